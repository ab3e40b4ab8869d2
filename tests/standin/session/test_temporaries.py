"""Temporary tables as connections see them: who else, until when, and what a pool gives back."""

from __future__ import annotations

from tests.standin.session.wire import Wire, text

EXISTS = "SELECT CASE WHEN OBJECT_ID('tempdb..#t') IS NULL THEN 'no' ELSE 'yes' END"


def test_a_table_belongs_to_its_session(wire: Wire, other: Wire) -> None:
    wire.batch("CREATE TABLE #t (a int); INSERT #t VALUES (1)")
    other.batch("CREATE TABLE #t (b varchar(3)); INSERT #t VALUES ('two'), ('too')")

    assert wire.batch("SELECT a FROM #t").rows == [("1",)]
    assert other.batch("SELECT COUNT(*) FROM #t").value == "2"


def test_a_reset_connection_has_none(wire: Wire) -> None:
    wire.batch("CREATE TABLE #t (a int)")
    assert wire.batch(EXISTS).value == "yes"

    assert wire.batch(EXISTS, reset=True).value == "no"
    assert wire.batch("CREATE TABLE #t (b int); SELECT COUNT(*) FROM #t").value == "0"


def test_a_parameterised_text_is_a_scope_of_its_own(wire: Wire) -> None:
    made = wire.call(10, text("", "CREATE TABLE #t (a int); SELECT COUNT(*) FROM #t"))

    assert made.value == "0"
    assert wire.batch(EXISTS).value == "no"


def test_a_procedure_uses_whichever_table_its_caller_has(wire: Wire, other: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Total AS SELECT SUM(a) FROM #t")
    wire.batch("CREATE TABLE #t (a int); INSERT #t VALUES (1), (2)")
    other.batch("CREATE TABLE #t (x varchar(9), a decimal(5, 2)); INSERT #t VALUES ('y', 1.5)")

    assert wire.batch("EXEC dbo.Total").value == "3"
    assert other.batch("EXEC dbo.Total").value == "1.50"
    assert wire.batch("DROP TABLE #t; EXEC dbo.Total").numbers == [208]


def test_a_rolled_back_procedure_leaves_no_table(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Half AS BEGIN CREATE TABLE #t (a int); BEGIN TRANSACTION;"
        " DROP TABLE #t; ROLLBACK TRANSACTION; INSERT #t VALUES (1); SELECT COUNT(*) FROM #t; END"
    )

    assert wire.batch("EXEC dbo.Half").value == "1"
    assert wire.batch(EXISTS).value == "no"


def test_another_database_is_refused_while_there_are_some(wire: Wire) -> None:
    wire.batch("CREATE TABLE #t (a int)")

    assert wire.batch("USE master").numbers == [40517]
    assert wire.batch("DROP TABLE #t; USE master").errors == []


def test_every_part_of_a_dynamic_text_runs(wire: Wire) -> None:
    made = "CREATE TABLE dbo.Parts1 (a int); INSERT dbo.Parts1 VALUES (7); SELECT a FROM dbo.Parts1"

    assert wire.batch(f"EXEC (N'{made}')").value == "7"
    assert wire.batch("EXEC sp_executesql N'DROP TABLE dbo.Parts1; SELECT 8'").value == "8"
