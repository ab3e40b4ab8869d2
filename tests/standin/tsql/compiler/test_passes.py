"""What the compiler makes of small texts, case by case."""

from __future__ import annotations

import pytest

from tests.standin.tsql.compiler.passes import FIXTURES, PASSES, catalog, read

CASES = [
    (name, title, text, expected)
    for name in PASSES
    for title, text, expected in read(FIXTURES / f"{name}.txt")
]
NAMES = [f"{name}: {title}" for name, title, _, _ in CASES]


@pytest.mark.parametrize(("name", "title", "text", "expected"), CASES, ids=NAMES)
def test_a_text_becomes_its_sql(name: str, title: str, text: str, expected: str) -> None:
    assert PASSES[name](text, catalog()) == expected


@pytest.mark.parametrize(("name", "title", "text", "expected"), CASES, ids=NAMES)
def test_compiling_twice_gives_the_same(name: str, title: str, text: str, expected: str) -> None:
    known = catalog()

    assert PASSES[name](text, known) == PASSES[name](text, known)
