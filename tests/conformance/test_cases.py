"""Every case of the suite on the endpoint of the tests, and the documents beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from couponry_jobs.settings import Settings
from tests.conformance import locking, report
from tests.conformance.cases import Case, Subject, subjects
from tests.conformance.running import DIFFERENT, FAILED, PASSED, REFUSED, Room, room

SUBJECTS = subjects()
CASES = [
    pytest.param(subject, case, id=case.identifier)
    for subject in SUBJECTS
    for case in subject.cases
]


@pytest.fixture(scope="module")
def place(server: Settings) -> Iterator[Room]:
    with room(server) as made:
        yield made


@pytest.fixture(scope="module")
def marked_outcomes() -> dict[str, Counter[str]]:
    """How the marked cases went, by mark."""
    return {"refused": Counter(), "differs": Counter()}


@pytest.mark.parametrize(("subject", "case"), CASES)
def test_the_endpoint_answers_as_sql_server_does(
    place: Room, marked_outcomes: dict[str, Counter[str]], subject: Subject, case: Case
) -> None:
    verdict = place.judge(subject, case)

    if case.refused:
        marked_outcomes["refused"][verdict.outcome] += 1
    if case.differs:
        marked_outcomes["differs"][verdict.outcome] += 1
    assert verdict.outcome != FAILED, verdict.reason
    assert not report.changed(case, verdict)


def test_an_endpoint_that_refuses_a_marked_case_refuses_all_of_them(
    marked_outcomes: dict[str, Counter[str]],
) -> None:
    refused, different = marked_outcomes["refused"], marked_outcomes["differs"]

    stale = refused[PASSED] + different[PASSED]

    assert stale == 0 or refused[REFUSED] + different[DIFFERENT] == 0


def test_what_is_marked_stands_in_what_is_written_by_hand() -> None:
    text = re.sub(r"<!-- (\w+): begin -->.*?<!-- \1: end -->", "", document(), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)

    missing = [
        f"{case.identifier}: {word}"
        for subject in [*SUBJECTS, *locking.subjects()]
        for case in subject.cases
        for word in (case.refused, case.differs)
        if word and word not in text
    ]

    assert missing == []


def test_the_answer_to_every_marked_case_is_kept_and_to_no_other() -> None:
    marked = {
        case.identifier
        for subject in [*SUBJECTS, *locking.subjects()]
        for case in subject.cases
        if case.is_marked
    }

    assert set(report.answers()) == marked


def document() -> str:
    return report.DOCUMENT.read_text(encoding="utf-8")
