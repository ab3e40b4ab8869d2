"""Definitions and the steps they become; expressions stay T-SQL in angle brackets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standin.tsql.ddl.paper import Paper, show

FIXTURES = Path(__file__).parent / "fixtures"


def read_cases() -> list[tuple[str, str, str, str]]:
    """(title, definitions before, definition, expected steps) of all fixture files."""
    cases: list[tuple[str, str, str, str]] = []
    for file in sorted(FIXTURES.glob("*.txt")):
        for block in ("\n" + file.read_text()).split("\n== ")[1:]:
            title, body = block.split("\n", 1)
            text, expected = body.split("\n--->\n")
            before, _, last = text.rpartition("\n---\n")
            cases.append((f"{file.stem}: {title}", before, last, expected.strip("\n")))
    return cases


CASES = read_cases()


@pytest.mark.parametrize(
    ("before", "text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_definition_becomes_its_steps(before: str, text: str, expected: str) -> None:
    paper = Paper()
    paper.define(before)

    plans = paper.define(text)

    assert "\n;\n".join(show(plan) for plan in plans) == expected
