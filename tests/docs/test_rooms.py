"""The rooms into which `make test` deals the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rooms import LAST, ROOMS, place, room

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("tests/spec/test_bulk.py::test_ends_are_moved", "database"),
        ("tests/cli/test_jobs.py::test_x[a/b::c]", "database"),
        ("tests/standin/session/test_calls.py::test_x", "engine"),
        ("tests/standin/tsql/parser/test_lexer.py::test_x", "standin/tsql"),
        ("tests/conformance/test_cases.py::test_x", "conformance"),
        ("tests/schema/test_seed.py::test_x", "schema"),
    ],
)
def test_a_folder_is_in_one_room(test: str, expected: str) -> None:
    assert room(test) == expected


def test_the_longest_come_first_and_what_anybody_can_do_last() -> None:
    tests = [
        f"tests/{folder}/test_x.py::test_x"
        for folder in ("schema", "standin/tsql", "compile", "docs", "spec")
    ]

    assert [room(test) for test in sorted(tests, key=place)] == [
        "database",
        "docs",
        "compile",
        "standin/tsql",
        "schema",
    ]


@pytest.mark.parametrize("folder", [*(one for all_ in ROOMS.values() for one in all_), *LAST])
def test_every_folder_that_is_named_has_tests(folder: str) -> None:
    assert list((TESTS / folder).rglob("test_*.py"))


def test_the_workers_are_dealt_rooms(pytestconfig: pytest.Config) -> None:
    """xdist's own groups once had no effect, and every worker deployed everything."""
    hook = pytestconfig.hook.pytest_xdist_make_scheduler

    names = {str(each.plugin_name) for each in hook.get_hookimpls()}

    assert any(name.endswith("tests/conftest.py") for name in names)
