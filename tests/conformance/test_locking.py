"""Every locking script of the suite on the endpoint of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from couponry_jobs.settings import Settings
from tests.conformance import locking, report
from tests.conformance.cases import Case, Subject
from tests.conformance.running import FAILED, Room, room

SCRIPTS = [
    pytest.param(subject, case, id=case.identifier)
    for subject in locking.subjects()
    for case in subject.cases
]


@pytest.fixture(scope="module")
def place(server: Settings) -> Iterator[Room]:
    with room(server) as made, made.connected() as looking:
        locking.require_sight(looking)
        yield made


def test_a_login_that_sees_no_other_session_is_told_so(place: Room) -> None:
    with place.connected() as connection:
        connection.run("CREATE USER Blind WITHOUT LOGIN")
        connection.run("EXECUTE AS USER = N'Blind'")

        with pytest.raises(locking.Blind, match="VIEW SERVER STATE"):
            locking.require_sight(connection)

        connection.run("REVERT; DROP USER Blind")
        locking.require_sight(connection)


@pytest.mark.parametrize(("subject", "case"), SCRIPTS)
def test_sessions_meet_as_on_sql_server(place: Room, subject: Subject, case: Case) -> None:
    verdict = locking.judge(place, subject, case)

    assert verdict.outcome != FAILED, verdict.reason
    assert not report.changed(case, verdict)
