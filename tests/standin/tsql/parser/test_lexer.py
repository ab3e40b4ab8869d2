"""Tokens: kinds, values, places."""

from __future__ import annotations

import pytest

from couponry_standin.tsql.errors import SyntaxProblem
from couponry_standin.tsql.lexer import tokenise


def read(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in tokenise(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select", [("word", "select")]),
        ("#temp ##all", [("word", "#temp"), ("word", "##all")]),
        ('[a]]b] "c""d"', [("quoted", "a]b"), ("quoted", 'c"d')]),
        ("'it''s' N'é' n'x'", [("string", "it's"), ("nstring", "é"), ("nstring", "x")]),
        ("''", [("string", "")]),
        ("'a\\\nb'", [("string", "ab")]),
        ("0x 0xAB 0xABC", [("binary", ""), ("binary", "AB"), ("binary", "0ABC")]),
        (
            "1 1.5 .5 2. 1e3 1.5E-2 1e",
            [
                ("int", "1"),
                ("decimal", "1.5"),
                ("decimal", ".5"),
                ("decimal", "2."),
                ("float", "1e3"),
                ("float", "1.5E-2"),
                ("float", "1e0"),
            ],
        ),
        ("$1.25 $", [("money", "1.25"), ("money", "0")]),
        ("@a @@b", [("variable", "@a"), ("sysvar", "@@b")]),
        ("a--b\nc", [("word", "a"), ("word", "c")]),
        ("a/* x /* y */ z */b", [("word", "a"), ("word", "b")]),
        (
            "a+=1<>2!=3!<4",
            [
                ("word", "a"),
                ("op", "+="),
                ("int", "1"),
                ("op", "<>"),
                ("int", "2"),
                ("op", "!="),
                ("int", "3"),
                ("op", "!<"),
                ("int", "4"),
            ],
        ),
        ("x::y", [("word", "x"), ("op", "::"), ("word", "y")]),
        ("größe 名", [("word", "größe"), ("word", "名")]),
    ],
)
def test_text_becomes_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


def test_a_quoted_name_is_never_a_keyword() -> None:
    [token, _] = tokenise("[SELECT]")

    assert (token.kind, token.key) == ("quoted", "")


def test_places_survive_comments_and_strings_with_line_breaks() -> None:
    tokens = tokenise("a /* 1\n2 */ 'x\r\ny' b\n  c")

    assert [(t.line, t.col) for t in tokens] == [(1, 1), (2, 6), (3, 4), (4, 3), (4, 3)]


@pytest.mark.parametrize(
    ("text", "number", "place"),
    [
        ("SELECT 'open", 105, (1, 8)),
        ("SELECT [open", 105, (1, 8)),
        ("SELECT 1 /* open /* */", 113, (1, 10)),
        ("SELECT \\", 102, (1, 8)),
        ("SELECT []", 1038, (1, 8)),
        ("SELECT " + "x" * 129, 103, (1, 8)),
    ],
)
def test_text_that_is_no_token_is_refused(text: str, number: int, place: tuple[int, int]) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        tokenise(text)

    assert caught.value.number == number
    assert (caught.value.line, caught.value.col) == place
