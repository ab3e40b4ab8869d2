"""Every construct of the subset, as text and as the tree it must become."""

from __future__ import annotations

from pathlib import Path

import pytest

from couponry_standin.tsql.errors import SqlError
from couponry_standin.tsql.lexer import tokenise
from couponry_standin.tsql.parser import parse
from tests.standin.tsql.parser.dump import dump

FIXTURES = Path(__file__).parent / "fixtures"


def read_cases() -> list[tuple[str, str, str]]:
    """(title, T-SQL, expected trees one a line) of all fixture files."""
    cases: list[tuple[str, str, str]] = []
    for file in sorted(FIXTURES.glob("*.txt")):
        for block in ("\n" + file.read_text()).split("\n== ")[1:]:
            title, body = block.split("\n", 1)
            text, expected = body.split("\n--->\n")
            cases.append((f"{file.stem}: {title}", text, expected.strip("\n")))
    return cases


CASES = read_cases()


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_text_becomes_its_tree(text: str, expected: str) -> None:
    batch = parse(text)

    assert "\n".join(dump(each) for each in batch.statements) == expected


@pytest.mark.parametrize("text", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_layout_and_letter_case_of_keywords_change_nothing(text: str) -> None:
    plain = [dump(each) for each in parse(text).statements]

    spread = "/* a /* nested */ comment */ " + text.replace(" ", "\n\t -- note\n ")

    if "'" not in text and "[" not in text and '"' not in text:
        assert [dump(each) for each in parse(spread).statements] == plain
    else:  # quoted text must not be touched: only the ends grow
        around = f"-- first\n{text}\n-- last"
        assert [dump(each) for each in parse(around).statements] == plain


def test_a_module_keeps_the_text_of_its_batch() -> None:
    text = "-- what for\nCREATE VIEW dbo.v AS SELECT 1 AS a"

    [view] = parse(text).statements

    assert view.text == text  # type: ignore[attr-defined]


def test_an_empty_batch_has_no_statements() -> None:
    assert parse("").statements == []
    assert parse(" ;; -- nothing\n").statements == []


def test_places_are_lines_and_columns_from_one() -> None:
    [first, second] = parse("SELECT 1\n  PRINT\n\tN'a\nb' + @x").statements

    assert (first.line, first.col) == (1, 1)
    assert (second.line, second.col) == (2, 3)
    assert (second.expr.left.line, second.expr.left.col) == (3, 2)  # type: ignore[attr-defined]
    assert (second.expr.right.line, second.expr.right.col) == (4, 6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_a_text_cut_anywhere_is_parsed_or_refused_with_its_place(text: str) -> None:
    for token in tokenise(text):
        for part in (
            text[: token.start],
            text[token.end :],
            text[: token.start] + text[token.end :],
        ):
            try:
                parse(part)
            except SqlError as refused:
                assert refused.line >= 1
                assert refused.col is not None
