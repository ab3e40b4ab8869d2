"""Arithmetic, comparison, LIKE, CASE: results and their types."""

from __future__ import annotations

import pytest

from .conftest import Desk

ARITHMETIC = [
    ("7 / 2", "3", "int"),
    ("-7 / 2", "-3", "int"),
    ("-7 % 3", "-1", "int"),
    ("2147483647 + 1", "ERROR 8115", "int"),
    ("1 / 0", "ERROR 8134", "int"),
    ("1.0 / 0", "ERROR 8134", "decimal(7,6)"),
    ("CAST(250 AS tinyint) + CAST(10 AS tinyint)", "ERROR 8115", "tinyint"),
    ("CAST(32767 AS smallint) + CAST(1 AS smallint)", "ERROR 8115", "smallint"),
    ("CAST(1 AS bigint) + 2147483647", "2147483648", "bigint"),
    ("2147483648", "2147483648", "decimal(10,0)"),
    ("-2147483648", "-2147483648", "int"),
    ("1.5 + 2", "3.5", "decimal(3,1)"),
    ("CAST(12.50 AS decimal(9,2)) * 2", "25.00", "decimal(11,2)"),
    ("CAST(12.50 AS decimal(9,2)) * CAST(3.333 AS decimal(9,3))", "41.66250", "decimal(19,5)"),
    ("CAST(2 AS decimal(9,2)) / 3", "0.666666", "decimal(13,6)"),
    ("CAST(1 AS decimal(9,2)) / CAST(3 AS decimal(9,2))", "0.333333333333", "decimal(21,12)"),
    (
        "CAST(100 AS decimal(18,4)) * CAST(19 AS decimal(18,4)) / 100",
        "19.000000000",
        "decimal(38,9)",
    ),
    ("CAST(1 AS decimal(38,10)) * CAST(1 AS decimal(38,10))", "1.000000", "decimal(38,6)"),
    ("CAST(1 AS decimal(38,10)) + CAST(1 AS decimal(38,10))", "2.0000000000", "decimal(38,10)"),
    ("CAST(5.5 AS decimal(5,2)) % 2", "1.50", "decimal(3,2)"),
    ("$2 / 3", "0.6666", "money"),
    ("$1.5 * $3.3333", "5.0000", "money"),
    ("$1 + 1.5", "2.5000", None),
    ("1e0 / 3", "0.3333333333333333", "float"),
    ("CAST(1 AS real) + 1", "2", "real"),
    ("1e0 % 2", "ERROR 402", ""),
    ("1e999", "ERROR 168", ""),
    ("CONCAT($1.5, 'x')", "1.50x", None),
    ("'5' + 1", "6", "int"),
    ("'a' + 1", "ERROR 245", "int"),
    ("'a' + N'b'", "ab", "nvarchar(2)"),
    ("'a' + NULL", None, "varchar(1)"),
    ("'a' - 'b'", "ERROR 8117", ""),
    ("NULL + 1", None, "int"),
    ("5 & 3", "1", "int"),
    ("5 | 3", "7", "int"),
    ("5 ^ 3", "6", "int"),
    ("~5", "-6", "int"),
    ("~CAST(1 AS bit)", "0", "bit"),
    ("CAST(1 AS bit) + CAST(1 AS bit)", "ERROR 402", ""),
    ("0x01 + 0x02", "\\x0102", "varbinary(2)"),
    ("CAST('2026-01-31' AS datetime) + 1", "2026-02-01 00:00:00", "datetime"),
    ("CAST('2026-01-31' AS datetime) - 0.5", "2026-01-30 12:00:00", "datetime"),
    ("CAST('2026-01-31' AS datetime2) + 1", "ERROR 206", ""),
    ("CAST('2026-01-31' AS date) + 1", "ERROR 206", ""),
]

COMPARISONS = [
    ("N'abc' = N'ABC'", "true"),
    ("N'abc' = N'abc  '", "true"),
    ("N'a' < N'B'", "true"),
    ("N'a' = N'A' COLLATE Latin1_General_BIN2", "false"),
    ("N'a ' = N'a' COLLATE Latin1_General_BIN2", "true"),
    ("N'É' = N'é'", "true"),
    ("N'a' = N'A' COLLATE Latin1_General_CS_AS", "false"),
    ("N'a' COLLATE Latin1_General_BIN2 = N'a' COLLATE Latin1_General_CI_AS", "ERROR 468"),
    ("'10' = 10", "true"),
    ("'x' = 1", "ERROR 245"),
    ("'1.50' = 1.5", "true"),
    ("CAST('2026-01-01' AS date) = '2026-01-01'", "true"),
    ("CAST('2026-01-01' AS date) < CAST('2026-01-01 00:01' AS datetime2)", "true"),
    ("CAST('2026-01-01T02:00:00+02:00' AS datetimeoffset) = CAST('2026-01-01' AS datetime2)",
     "true"),
    ("CAST('00112233-4455-6677-8899-aabbccddeeff' AS uniqueidentifier) = "
     "'00112233-4455-6677-8899-AABBCCDDEEFF'", "true"),
    # The last group counts first.
    ("CAST('ff000000-0000-0000-0000-000000000001' AS uniqueidentifier) < "
     "CAST('00000000-0000-0000-0000-000000000002' AS uniqueidentifier)", "true"),
    ("NULL = NULL", None),
    ("1 = NULL", None),
    ("CAST('10:00' AS time) = CAST('2026-01-01' AS date)", "ERROR 402"),
    ("5 BETWEEN 1 AND 5.0", "true"),
    ("5 NOT BETWEEN 1 AND 4", "true"),
    ("N'B' IN ('a', N'b')", "true"),
    ("3 NOT IN (1, 2)", "true"),
    ("3 NOT IN (1, NULL)", None),
]  # fmt: skip

PATTERNS = [
    ("'SAVE10' LIKE 'save%'", "true"),
    ("'a ' LIKE 'a'", "true"),
    ("'a' LIKE 'a '", "false"),
    ("N'a ' LIKE N'a'", "false"),
    ("'a%  ' LIKE 'a!%' ESCAPE '!'", "true"),
    ("'B5  ' LIKE '[a-c][0-9]'", "true"),
    ("REVERSE('ba  ') LIKE CONCAT('  a', '_')", "true"),
    ("REVERSE(N'  ba') LIKE CONCAT(N'a', N'_')", "false"),
    ("N'e' = N'É' COLLATE Latin1_General_CI_AI", "true"),
    ("N'E' = N'é' COLLATE Latin1_General_CS_AI", "false"),
    ("N'JOSE' LIKE N'%sé' COLLATE Latin1_General_CI_AI", "true"),
    ("N'Æsop' = N'aesop' COLLATE Latin1_General_CI_AI", "true"),
    ("'SAVE10' LIKE 'save%' COLLATE Latin1_General_BIN2", "false"),
    ("'SAVE10' LIKE '____10'", "true"),
    ("'SAVE10' LIKE '%[0-9]'", "true"),
    ("'SAVEX' LIKE '%[^0-9]'", "true"),
    ("'10%' LIKE '10!%' ESCAPE '!'", "true"),
    ("'10x' LIKE '10!%' ESCAPE '!'", "false"),
    ("'a[b' LIKE 'a[[]b'", "true"),
    ("'a-b' LIKE 'a[-]b'", "true"),
    ("'a.b' LIKE 'a.b'", "true"),
    ("'axb' LIKE 'a.b'", "false"),
    ("'a\\b' LIKE 'a\\b'", "true"),
    ("'a' + 'b' LIKE REPLACE('A?', '?', '%')", "true"),
    ("'a1' LIKE REPLACE('A?', '?', '[0-9]')", "true"),
    ("'a1' NOT LIKE REPLACE('A?', '?', '[0-9]')", "false"),
    ("'abc' LIKE 'a[b'", "false"),
    ("123 LIKE '1%'", "true"),
    ("NULL LIKE 'a'", None),
]

CHOICES = [
    ("CASE WHEN 1 = 1 THEN 1 ELSE 2.5 END", "1.0", "decimal(11,1)"),
    ("CASE 'A' WHEN 'a' THEN 'x' ELSE N'yy' END", "x", "nvarchar(2)"),
    ("CASE WHEN 1 = 2 THEN 1 END", None, "int"),
    ("CASE WHEN 1 = 1 THEN NULL ELSE NULL END", "ERROR 8133", ""),
    ("CASE WHEN 1 = 1 THEN 'x' ELSE 1 END", "ERROR 245", "int"),
    ("IIF(1 = 1, 'a', 'bb')", "a", "varchar(2)"),
    ("ISNULL(NULL, 'abc')", "abc", "varchar(3)"),
    ("ISNULL(CAST(NULL AS varchar(2)), 'abc')", "ab", "varchar(2)"),
    ("ISNULL(CAST(NULL AS int), 1.9)", "1", "int"),
    ("COALESCE(NULL, CAST(NULL AS int), 1.9)", "1.9", "decimal(11,1)"),
    ("COALESCE(NULL, NULL)", "ERROR 4127", ""),
    ("NULLIF('A', 'a')", None, "varchar(1)"),
    ("NULLIF(4, 5)", "4", "int"),
    ("CHOOSE(3, 'Manager', 'Director', 'Developer', 'Tester')", "Developer", "varchar(9)"),
    ("CHOOSE(9, 'a', 'b')", None, "varchar(1)"),
    ("GREATEST('6.62', 3.1415, N'7')", "7.0000", "decimal(5,4)"),
    ("LEAST(N'B', N'a')", "a", "nvarchar(1)"),
    ("GREATEST(1, NULL, 3)", "3", "int"),
]


@pytest.mark.parametrize(("expression", "expected", "type_"), ARITHMETIC + CHOICES)
def test_an_operation_gives_value_and_type(
    desk: Desk, expression: str, expected: str | None, type_: str | None
) -> None:
    value, found = desk.answer(expression)

    assert value == expected
    assert type_ is None or found == type_


@pytest.mark.parametrize(("condition", "expected"), COMPARISONS + PATTERNS)
def test_a_condition_holds_as_in_sql_server(
    desk: Desk, condition: str, expected: str | None
) -> None:
    assert desk.value("?" + condition) == expected


def test_a_collation_conflict_names_both(desk: Desk) -> None:
    message = desk.message("?N'a' COLLATE Latin1_General_BIN2 = N'a' COLLATE Latin1_General_CI_AS")

    assert message == (
        'Cannot resolve the collation conflict between "Latin1_General_BIN2" and '
        '"Latin1_General_CI_AS" in the equal to operation.'
    )


def test_a_key_of_binary_collation_is_compared_as_it_is_stored(desk: Desk) -> None:
    desk.define(
        "CREATE TABLE dbo.Keys (Code nvarchar(50) COLLATE Latin1_General_BIN2 NOT NULL"
        " CONSTRAINT PK_Keys PRIMARY KEY, Note nvarchar(50) NOT NULL)"
    )
    desk.connection.execute(
        "INSERT INTO dbo.keys SELECT 'C' || n, 'n' FROM generate_series(1, 20000) AS n"
    )
    desk.connection.execute("ANALYZE dbo.keys")
    typed = desk.typed("?N'C7' = N'x' COLLATE Latin1_General_BIN2")
    assert "lower" not in typed.sql

    plan = desk.connection.execute(
        "EXPLAIN SELECT note FROM dbo.keys WHERE (keys.code = ('C7'::text)::bpchar)"
    ).fetchall()

    assert "Index Scan" in plan[0][0]
    assert desk.rows("SELECT Note FROM dbo.Keys WHERE Code = N'C7 '") == [("n",)]
    assert desk.rows("SELECT Note FROM dbo.Keys WHERE Code = N'c7'") == []
