"""What the fuzzers of texts have found, each in its shortest form, with SQL Server's answer."""

from __future__ import annotations

import pytest

from tests.standin.session.wire import Wire, text

REFUSED = {
    # Aggregates that are another query's, or stand where none may.
    "SELECT (SELECT MAX(i.Stock) FROM dbo.Log) AS a, i.Id FROM dbo.Item AS i": 8120,
    "SELECT i.Stock, COUNT(*), (SELECT TOP (1) Text FROM dbo.Log ORDER BY i.Id)"
    " FROM dbo.Item AS i GROUP BY i.Stock": 8120,
    "SELECT Id FROM dbo.Item ORDER BY MAX(Stock)": 8120,
    "SELECT 1 FROM dbo.Item AS i WHERE (SELECT MAX(i.Stock) FROM dbo.Log) = 1": 147,
    "DELETE dbo.Item WHERE (SELECT MAX(Stock) FROM dbo.Log) = 1": 147,
    "UPDATE dbo.Item SET Stock = COUNT(*)": 157,
    "SELECT 1 FROM dbo.Item AS i JOIN dbo.Part AS p ON MAX(i.Id) = p.Id": 1015,
    "SELECT 1 FROM dbo.Item AS i CROSS APPLY (SELECT MAX(i.Id) AS m FROM dbo.Log) AS x": 4101,
    "SELECT SUM(COUNT(*)) FROM dbo.Item": 130,
    "SELECT SUM((SELECT 1)) FROM dbo.Item": 130,
    "SELECT (SELECT MAX(p.Id + i.Id) FROM dbo.Part AS p) FROM dbo.Item AS i": 8124,
    "SELECT MAX(SUM(Id) OVER ()) FROM dbo.Item": 4109,
    "SELECT SUM(SUM(Id) OVER ()) OVER () FROM dbo.Item": 4109,
    # Orders and frames.
    "SELECT Id FROM dbo.Item ORDER BY 'x'": 408,
    "SELECT ROW_NUMBER() OVER (ORDER BY 1) FROM dbo.Item": 5308,
    "SELECT ROW_NUMBER() OVER (ORDER BY 'x') FROM dbo.Item": 5309,
    "SELECT SUM(Id) OVER (ORDER BY Id ROWS -1 PRECEDING) FROM dbo.Item": 102,
    "SELECT SUM(Id) OVER (ORDER BY Id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)"
    " FROM dbo.Item": 4193,
    "INSERT dbo.Item (Id) VALUES (1); SELECT NTILE(0) OVER (ORDER BY Id) FROM dbo.Item": 4116,
    "SELECT Id FROM dbo.Item ORDER BY CEILING(255)": 408,
    # Lists of columns.
    "SELECT b.x FROM (SELECT 2, 3) AS b (x)": 8158,
    "SELECT b.x FROM (SELECT 2) AS b (x, y)": 8159,
    "WITH b (x) AS (SELECT 2, 3) SELECT x FROM b": 8158,
    "UPDATE dbo.Item SET Stock = 1, Stock = 2": 264,
    # Types.
    "SELECT CAST(CAST('9999-12-31' AS date) AS smalldatetime)": 242,
    "DECLARE @t TABLE (a int); SELECT @t = 1": 137,
    "SELECT * FROM OPENJSON(CAST(GETDATE() AS time))": 8116,
    "SELECT TODATETIMEOFFSET(CAST('0001-01-01' AS datetime2), 1)": 9813,
    "SELECT TODATETIMEOFFSET(GETDATE(), 900)": 9812,
    "SELECT Id FROM dbo.Item ORDER BY Id OFFSET GETDATE() ROWS": 1060,
    "SELECT TOP (1.5) Id FROM dbo.Item": 1060,
    "SELECT Id FROM dbo.Item ORDER BY Id OFFSET -1 ROWS": 10742,
    "SELECT 1 WHERE 'a' LIKE 'b' ESCAPE GETDATE()": 506,
    "DECLARE @x nvarchar(4100)": 2717,
    # Grammar.
    "SELECT NCHAR(*)": 102,
    "EXEC sp_getapplock 'a', 'b', 'c', 1, 'd', 'e'": 8144,
}


@pytest.mark.parametrize("found", REFUSED)
def test_what_was_found_is_answered_as_sql_server_does(wire: Wire, found: str) -> None:
    assert wire.batch(found).numbers == [REFUSED[found]]
    assert wire.batch("SELECT 1").value == "1"


def test_a_binary_compares_with_a_string(wire: Wire) -> None:
    text = "SELECT CASE WHEN CAST('A' AS varbinary(1)) = 'a' THEN 1 ELSE 0 END"

    assert wire.batch(text).value == "1"


def test_a_subquery_reads_a_string_that_is_grouped_by(wire: Wire) -> None:
    wire.batch("INSERT dbo.Item (Id, Name) VALUES (1, N'a'), (2, N'A'), (3, N'b')")
    wire.batch("INSERT dbo.Log (Text) VALUES (N'A')")

    rows = wire.batch(
        "SELECT COUNT(*), (SELECT COUNT(*) FROM dbo.Log AS l WHERE l.Text = i.Name)"
        " FROM dbo.Item AS i GROUP BY i.Name ORDER BY 1"
    ).rows

    assert rows == [("1", "0"), ("2", "1")]


def test_what_only_the_stand_in_cannot_do_is_refused_without_a_word_of_postgresql(
    wire: Wire,
) -> None:
    text = "SELECT TOP (1) WITH TIES Id FROM dbo.Item WITH (UPDLOCK, READPAST) ORDER BY Id"

    [error] = wire.batch(text).errors

    assert (error.number, error.severity) == (40517, 16)
    assert error.text == (
        "The stand-in does not support what this statement asks for (line 1, column 1). It refuses"
        " what it cannot run as SQL Server would."
    )


@pytest.mark.parametrize(
    ("text", "what", "column"),
    [
        ("CREATE TABLE #t (a float); INSERT #t VALUES (VAR(1))", "an aggregate in VALUES", 46),
        ("SELECT TOP (COUNT(*)) Id FROM dbo.Item", "an aggregate in TOP or FETCH", 13),
        (
            "CREATE TABLE #t (a int CONSTRAINT c DEFAULT MAX(1))",
            "an aggregate in a definition of a table",
            45,
        ),
        (
            "MERGE dbo.Part AS p USING dbo.Item AS i ON p.ItemId = i.Id"
            " WHEN NOT MATCHED THEN INSERT (ItemId) VALUES (COUNT(*));",
            "an aggregate in VALUES",
            60,
        ),
    ],
)
def test_an_aggregate_where_there_are_no_rows_is_refused_with_its_place(
    wire: Wire, text: str, what: str, column: int
) -> None:
    [error] = wire.batch(text).errors

    assert error.text.startswith(f"The stand-in does not support {what} (line 1, column {column}).")


@pytest.mark.parametrize(
    ("procedure", "missing"),
    [
        ("sp_prepare", "@handle"),
        ("sp_prepexec", "@handle"),
        ("sp_prepexecrpc", "@handle"),
        ("sp_execute", "@handle"),
        ("sp_unprepare", "@handle"),
        ("sp_executesql", "@statement"),
    ],
)
def test_a_call_of_a_driver_without_its_parameters_is_an_error(
    wire: Wire, procedure: str, missing: str
) -> None:
    [error] = wire.call(procedure).errors

    assert (error.number, missing in error.text) == (201, True)
    assert wire.batch("SELECT 1").value == "1"


def test_a_handle_that_is_no_number_is_an_error(wire: Wire) -> None:
    assert wire.call("sp_execute", text("@handle", "x")).numbers == [8114]
    assert wire.call("(SELECT 1)").numbers == [2812]


def test_the_value_of_a_double_key_of_a_table_variable_is_shown(wire: Wire) -> None:
    [error] = wire.batch(
        "DECLARE @t TABLE (a int, b varchar(5) NULL, UNIQUE (a, b));"
        " INSERT @t (a, b) VALUES (1, 'x'), (2, NULL), (2, NULL)"
    ).errors

    assert error.number == 2627
    assert error.text.endswith("The duplicate key value is (2, <NULL>).")


# ---------------------------------------------------------------- the ends of days and of time


def test_a_time_that_is_rounded_up_to_midnight_is_midnight(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @t time(7) = '23:59:59.6', @v time(0) = '23:59:59.6'; SELECT CAST(@t AS time(0)),"
        " @v, CAST(CAST('2026-01-01 23:59:59.99' AS datetime2(2)) AS time(1))"
    )

    assert answer.rows == [("00:00:00", "00:00:00", "00:00:00")]


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("CAST('9999-12-31 23:59:59.9' AS datetime2(0))", 8115),
        ("CAST('0001-01-01 00:00 +14:00' AS datetimeoffset(0))", 8115),
        ("CAST(CAST('9999-12-31 23:59:59.999' AS datetime2(3)) AS datetime)", 242),
        ("CAST('9999-12-31 23:59:59.9' AS smalldatetime)", 242),
    ],
)
@pytest.mark.parametrize("rows", [1, 20])
def test_a_moment_outside_of_time_ends_the_statement_and_not_the_session(
    wire: Wire, moment: str, number: int, rows: int
) -> None:
    wire.batch("BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1)")

    answer = wire.batch(f"SELECT {moment} FROM GENERATE_SERIES(1, {rows})")

    assert answer.numbers == [number]
    assert wire.batch("IF @@TRANCOUNT > 0 ROLLBACK; SELECT COUNT(*) FROM dbo.Item").value == "0"


def test_an_output_parameter_outside_of_time_does_not_end_the_session(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Last @at datetime2(0) OUTPUT AS"
        " SET @at = CAST('9999-12-31 23:59:59.9' AS datetime2(0))"
    )

    answer = wire.call("dbo.Last", text("@at", None, output=True))

    assert answer.numbers == [8115]
    assert wire.batch("SELECT 1").value == "1"


def test_the_last_moment_is_shown(wire: Wire) -> None:
    answer = wire.batch("SELECT CAST('9999-12-31 23:59:59.9999999' AS datetime2(7))")

    assert (answer.value or "").startswith("9999-12-31 23:59:59.99999")


# ---------------------------------------------------------------- OUTPUT INTO a table variable


def test_rows_put_out_into_a_table_variable_are_numbered(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @v TABLE (No int IDENTITY(1, 1), Id int);"
        " INSERT dbo.Item (Id) OUTPUT inserted.Id INTO @v (Id) VALUES (5), (6);"
        " DELETE dbo.Item OUTPUT deleted.Id INTO @v (Id) WHERE Id = 6;"
        " INSERT @v (Id) VALUES (7); SELECT No, Id FROM @v ORDER BY No"
    )

    assert answer.rows == [("1", "5"), ("2", "6"), ("3", "6"), ("4", "7")]


def test_a_null_put_out_into_a_column_without_nulls_is_an_error(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @v TABLE (Name nvarchar(20) NOT NULL);"
        " INSERT dbo.Item (Id, Name) OUTPUT inserted.Name INTO @v VALUES (1, N'a'), (2, NULL);"
        " SELECT COUNT(*) FROM @v; SELECT COUNT(*) FROM dbo.Item"
    )

    assert answer.numbers == [515]
    assert answer.sets == [[("0",)], [("0",)]]


# ---------------------------------------------------------------- functions that tables call


def test_a_function_that_a_table_calls_neither_changes_nor_goes(wire: Wire) -> None:
    wire.batch("CREATE FUNCTION dbo.Least (@n int) RETURNS int AS BEGIN RETURN @n END")
    wire.batch("CREATE TABLE dbo.Worth (N int CONSTRAINT CK_Worth CHECK (dbo.Least(N) > 0))")

    changed = wire.batch("ALTER FUNCTION dbo.Least (@n int) RETURNS int AS BEGIN RETURN 1 END")
    dropped = wire.batch("DROP FUNCTION dbo.Least")
    wire.batch("DROP TABLE dbo.Worth")

    assert [error.text for error in (*changed.errors, *dropped.errors)] == [
        "Cannot ALTER 'dbo.Least' because it is being referenced by object 'CK_Worth'.",
        "Cannot DROP FUNCTION 'dbo.Least' because it is being referenced by object 'CK_Worth'.",
    ]
    assert changed.numbers == dropped.numbers == [3729]
    assert wire.batch("DROP FUNCTION dbo.Least").numbers == []


# ---------------------------------------------------------------- what PostgreSQL refuses


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("WAITFOR DELAY '99:99:99'", 148),
        ("""SELECT JSON_VALUE('{"a": "\\u0000"}', '$.a')""", 40517),
        ("SELECT value FROM OPENJSON('[\"\\u0000\"]')", 40517),
        (
            "CREATE TABLE #t (a tinyint IDENTITY(255, 1), b int); INSERT #t (b) VALUES (1), (2)",
            8115,
        ),
        ("RAISERROR ('%*d', 16, 1, 2147483647, 5)", 50000),
        ("CREATE TABLE dbo.Sorted (a int COLLATE Latin1_General_CI_AS)", 447),
    ],
)
def test_what_postgresql_refuses_has_a_number_of_sql_server(
    wire: Wire, text: str, number: int
) -> None:
    assert wire.batch(text).numbers == [number]
    assert wire.batch("SELECT 1").value == "1"


def test_a_string_is_repeated_to_the_end_of_its_type(wire: Wire) -> None:
    answer = wire.batch(
        "SELECT LEN(REPLICATE('x', 2147483647)), LEN(REPLICATE(N'xy', 2147483647)),"
        " REPLICATE('', 9)"
    )

    assert answer.rows == [("8000", "4000", "")]


def test_rows_are_ordered_by_what_only_looks_like_a_place(wire: Wire) -> None:
    answer = wire.batch("SELECT value FROM GENERATE_SERIES(1, 2) ORDER BY ISNUMERIC(NULL), value")

    assert answer.rows == [("1",), ("2",)]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE FUNCTION missing.f(@a int) RETURNS int AS BEGIN RETURN @a END",
        "CREATE FUNCTION missing.f() RETURNS @t TABLE (a int) AS BEGIN RETURN END",
        "CREATE FUNCTION missing.f() RETURNS TABLE AS RETURN SELECT 1 AS a",
        "CREATE VIEW missing.v AS SELECT 1 AS a",
        "CREATE PROCEDURE missing.p AS RETURN 0",
    ],
)
def test_a_module_wants_a_schema_that_exists(wire: Wire, text: str) -> None:
    assert wire.batch(text).numbers == [2760]
