"""Every refusal names its place: line and column of the statement, or that it was a call."""

from __future__ import annotations

import re

import pytest

from couponry_standin.session.faults import compiling
from couponry_standin.tsql import tree
from couponry_standin.tsql.errors import SqlError
from tests.standin.session.wire import Answer, Wire

PLACE = re.compile(r"\(line (\d+), column (\d+)\)\. It refuses what it cannot run as SQL Server")
TIES = "SELECT TOP (1) WITH TIES Id FROM dbo.Item WITH (UPDLOCK, READPAST) ORDER BY Id;"
"""PostgreSQL alone finds out that it cannot do this, when it is run."""


def place(answer: Answer) -> tuple[int, int]:
    [error] = answer.errors
    found = PLACE.search(error.text)
    assert (error.number, found is not None) == (40517, True), error.text
    assert found is not None
    assert error.line == int(found[1])
    return int(found[1]), int(found[2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{TIES}", (1, 1)),
        (f"DECLARE @a int = 1;\n   {TIES}", (2, 4)),
        (f"IF 1 = 1\nBEGIN\n    {TIES}\nEND;", (3, 5)),
        (f"DECLARE @a int = 1;\nWHILE @a < 3\nBEGIN\n  SET @a += 1; {TIES}\nEND;", (4, 16)),
        (f"BEGIN TRANSACTION;\nUPDATE dbo.Item SET Stock = 1; COMMIT;\n  {TIES}", (3, 3)),
        (f"BEGIN TRY\n  {TIES}\nEND TRY BEGIN CATCH THROW; END CATCH;", (2, 3)),
        ("SELECT 1;\n  EXEC sp_who2;", (2, 3)),
        ("DECLARE @p sysname = N'sp_who2';\n EXEC @p;", (2, 2)),
        (f"DECLARE @t nvarchar(400) = N'\n  {TIES}';\n EXEC (@t);", (2, 3)),
        (f"EXEC sp_executesql N'\n\n   {TIES}';", (3, 4)),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_only_running_brings_to_light_has_line_and_column(
    wire: Wire, text: str, expected: tuple[int, int]
) -> None:
    assert place(wire.batch(text)) == expected


def test_a_refusal_inside_of_a_procedure_has_the_place_in_its_text(wire: Wire) -> None:
    wire.batch(f"CREATE PROCEDURE dbo.Tied AS\nBEGIN\n    SET NOCOUNT ON;\n    {TIES}\nEND")
    wire.batch("CREATE PROCEDURE dbo.Outside AS\nBEGIN\n  EXEC dbo.Tied;\nEND")

    inner = wire.batch("EXEC dbo.Outside")

    assert place(inner) == (4, 5)
    assert inner.errors[0].procedure == "dbo.Tied"


def test_a_write_outside_of_the_transaction_that_a_condition_begins_has_its_place(
    wire: Wire,
) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Sometimes @own bit AS\nBEGIN SET XACT_ABORT ON;\n"
        "    IF @own = 1 BEGIN TRANSACTION;\n"
        "    INSERT dbo.Log (Text) VALUES (N'a');\n"
        "    IF @own = 1 COMMIT;\nEND"
    )

    assert place(wire.batch("EXEC dbo.Sometimes @own = 0")) == (4, 5)


def test_a_cursor_that_a_setting_forbids_has_its_place(wire: Wire) -> None:
    text = "SET CURSOR_CLOSE_ON_COMMIT ON;\nDECLARE c CURSOR LOCAL FOR SELECT 1;\n  OPEN c;"

    assert place(wire.batch(text)) == (3, 3)


def test_a_character_that_no_string_holds_is_refused_with_its_place(wire: Wire) -> None:
    text = "DECLARE @n int = 0;\n  SELECT JSON_VALUE(N'{\"a\": \"\\u0000\"}', '$.a');"

    assert place(wire.batch(text)) == (2, 3)


def test_what_catch_sees_has_the_place_too(wire: Wire) -> None:
    text = f"BEGIN TRY\n {TIES}\nEND TRY BEGIN CATCH SELECT ERROR_MESSAGE(); END CATCH;"

    answer = wire.batch(text)

    assert answer.errors == []
    assert "(line 2, column 2). It refuses" in str(answer.tokens)


@pytest.mark.parametrize("name", ["sp_who2", "sp_cursoropen", "sys.sp_helpdb"])
def test_a_call_says_that_it_has_no_lines(wire: Wire, name: str) -> None:
    [error] = wire.call(name).errors

    assert error.number == 40517
    assert "(in a call, which has no lines). It refuses what" in error.text


def test_a_fault_of_the_compiler_is_told_where_it_stood() -> None:
    def compile_statement(node: tree.Statement) -> None:
        raise KeyError(node.line)

    where = r"compiled \(line 7, column 9\)\. It refuses"
    with pytest.raises(SqlError, match=where), compiling("a text"):
        compile_statement(tree.Break(7, 9))
