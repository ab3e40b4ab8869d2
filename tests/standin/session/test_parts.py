"""Where a batch is cut: what follows a definition is compiled when the definition is there."""

from __future__ import annotations

import pytest

from couponry_standin.session.parts import parts
from couponry_standin.tsql.errors import NotSupported
from couponry_standin.tsql.parser import parse


def sizes(text: str, *, whole: bool = False) -> list[int]:
    return [len(part.statements) for part in parts(parse(text), whole=whole)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1; SELECT 2", [2]),
        ("CREATE TABLE t (a int); INSERT t VALUES (1); SELECT a FROM t", [1, 2]),
        ("IF 1 = 1 CREATE TABLE t (a int); ALTER TABLE t ADD b int; SELECT b FROM t", [1, 1, 1]),
        ("EXECUTE AS USER = 'u'; SELECT a FROM t; REVERT; SELECT a FROM t", [1, 2, 1]),
        ("SELECT a FROM t; DROP TABLE t", [2]),
        ("USE a; SELECT 1", [1, 1]),
    ],
)
def test_a_batch_is_cut_behind_what_its_rest_depends_on(text: str, expected: list[int]) -> None:
    assert sizes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "DECLARE @a int = 1; CREATE TABLE t (a int); SELECT @a",
        "DECLARE @a int; CREATE TABLE t (a int); SET @a = 2",
        "IF 1 = 1 RETURN; CREATE TABLE t (a int); SELECT 1",
    ],
)
def test_variables_and_returns_keep_a_batch_together(text: str) -> None:
    assert len(sizes(text)) == 1


def test_a_text_with_parameters_is_cut_by_use_alone() -> None:
    assert sizes("CREATE TABLE t (a int); SELECT 1", whole=True) == [2]
    assert sizes("USE a; SELECT 1", whole=True) == [1, 1]


def test_no_variable_crosses_a_use() -> None:
    with pytest.raises(NotSupported) as caught:
        parts(parse("DECLARE @a int = 1; USE b; SELECT @a"))

    assert "used across USE" in caught.value.message
