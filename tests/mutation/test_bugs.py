"""The list of planted bugs is fit to be planted, and the page about it is current."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from couponry_jobs.scripts import split_batches
from tests.concurrency.sabotage import changed
from tests.endpoint import Target
from tests.mutation import report
from tests.mutation.bug import Bug
from tests.mutation.planted import BUGS
from tests.mutation.running import first_red, planted
from tests.spec.office import Office

TESTS = Path(__file__).resolve().parents[1]
HEAD = re.compile(r"(CREATE OR ALTER (?:PROCEDURE|FUNCTION|VIEW) dbo\.)(\w+)")
# Quick ones of several kinds; make mutation kills the others.
SAMPLE = ("discount-rounded-down", "reversal-unaudited", "delivery-told-by-anybody")


@pytest.fixture
def office(database: Target) -> Iterator[Office]:
    with Office(database) as made:
        yield made


def test_there_are_at_least_forty_and_no_two_of_one_name() -> None:
    assert len(BUGS) >= 40
    assert len({bug.id for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_a_bug_can_be_planted_and_compiles(office: Office, bug: Bug) -> None:
    assert bug.scripts
    for script, replacements in bug.changes.items():
        text = changed(script, replacements)
        for batch in split_batches(text):
            # Under another name, so that the other tests go on with the script as it is.
            head = HEAD.search(batch)
            office.write(HEAD.sub(r"\1planted_\2", batch, count=1))
            if head is not None:
                office.write(f"DROP {head[1].split()[-2]} dbo.planted_{head[2]};")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_the_tests_of_a_bug_exist(bug: Bug) -> None:
    for test in bug.tests:
        file, _, name = test.partition("::")
        assert not name or name in functions(TESTS / file), test


@pytest.mark.parametrize("name", SAMPLE)
def test_a_bug_is_noticed(database: Target, name: str) -> None:
    (bug,) = [one for one in BUGS if one.id == name]

    killer = planted(database, bug)

    assert killer is not None
    assert first_red(database, [killer]) is None


def test_the_page_tells_of_the_bugs_as_they_are() -> None:
    killers = report.written()

    assert report.DOCUMENT.read_text(encoding="utf-8") == report.page(killers)
    assert killers.keys() == {bug.id for bug in BUGS if not bug.survives}, "make mutation renews it"
    for killer in killers.values():
        file, _, name = killer.partition("::")
        assert name in functions(TESTS / file), killer


@cache
def functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
