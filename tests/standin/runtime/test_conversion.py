"""CAST, CONVERT, TRY_CAST and storing into columns."""

from __future__ import annotations

import pytest

from couponry_standin.types import SqlType, decimal, nvarchar, varbinary, varchar

from .conftest import Desk

NUMBERS = [
    ("CAST('12' AS int)", "12"),
    ("CAST(' -7 ' AS int)", "-7"),
    ("CAST('' AS int)", "0"),
    ("CAST(N'x' AS int)", "ERROR 245"),
    ("CAST('1.5' AS int)", "ERROR 245"),
    ("CAST('99999999999' AS int)", "ERROR 248"),
    ("CAST('300' AS tinyint)", "ERROR 244"),
    ("CAST('x' AS bigint)", "ERROR 8114"),
    ("TRY_CAST('x' AS int)", None),
    ("TRY_CAST('300' AS tinyint)", None),
    ("CAST(300 AS tinyint)", "ERROR 220"),
    ("TRY_CAST(300 AS tinyint)", None),
    ("CAST(70000 AS smallint)", "ERROR 220"),
    ("CAST(3000000000 AS int)", "ERROR 8115"),
    ("CAST(1.99 AS int)", "1"),
    ("CAST(-1.99 AS int)", "-1"),
    ("CAST(CAST(1.99 AS float) AS int)", "1"),
    ("CAST($1.5 AS int)", "2"),
    ("CAST(5 AS bit)", "1"),
    ("CAST('true' AS bit)", "1"),
    ("CAST('FALSE' AS bit)", "0"),
    ("CAST('yes' AS bit)", "ERROR 245"),
    ("CAST(12.345 AS decimal(5,2))", "12.35"),
    ("CAST(-12.345 AS decimal(5,2))", "-12.35"),
    ("CAST(12 AS decimal(5,2))", "12.00"),
    ("CAST(1234.5 AS decimal(5,2))", "ERROR 8115"),
    ("TRY_CAST(1234.5 AS decimal(5,2))", None),
    ("CAST('12.345' AS decimal(5,2))", "12.35"),
    ("CAST('' AS decimal(5,2))", "ERROR 8114"),
    ("CAST('1e3' AS float)", "1000"),
    ("CAST('$1,234.5' AS money)", "1234.5000"),
    ("CAST('x' AS money)", "ERROR 235"),
    ("CAST(1.23456 AS money)", "1.2346"),
    ("CAST(0x0102 AS int)", "258"),
    ("CAST(0xFFFFFFFF AS int)", "-1"),
    ("CAST(NULL AS int)", None),
]

TEXTS = [
    ("CAST(12345 AS varchar(3))", "*"),
    ("CAST(12345 AS nvarchar(3))", "ERROR 8115"),
    ("CAST(12.50 AS varchar(10))", "12.50"),
    ("CAST(12345.6 AS varchar(3))", "ERROR 8115"),
    ("CAST(CAST(12 AS decimal(9,2)) AS nvarchar(20))", "12.00"),
    ("CAST($1234.5678 AS varchar(20))", "1234.57"),
    ("CONVERT(varchar(20), $1234567.8951, 1)", "1,234,567.90"),
    ("CONVERT(varchar(20), $1234.5678, 2)", "1234.5678"),
    ("CAST(CAST(123456789 AS float) AS varchar(30))", "1.23457e+008"),
    ("CAST(CAST(0.1 AS float) AS varchar(30))", "0.1"),
    ("CAST(CAST(0.00001 AS float) AS varchar(30))", "1e-005"),
    ("CONVERT(varchar(30), CAST(1.5 AS float), 1)", "1.5000000e+000"),
    ("CONVERT(varchar(30), CAST(1.5 AS float), 2)", "1.500000000000000e+000"),
    ("CAST(N'hello' AS nvarchar(3))", "hel"),
    ("CAST('ab' AS char(4))", "ab  "),
    ("CAST(N'aé€😀' AS varchar(10))", "aé€??"),
    ("CAST(CAST(1 AS bit) AS varchar(5))", "1"),
    ("CAST(CAST('00112233-4455-6677-8899-aabbccddeeff' AS uniqueidentifier) AS varchar(36))",
     "00112233-4455-6677-8899-AABBCCDDEEFF"),
    ("CAST('not a guid' AS uniqueidentifier)", "ERROR 8169"),
    ("TRY_CAST('not a guid' AS uniqueidentifier)", None),
    ("CAST(NEWID() AS varchar(10))", "ERROR 8170"),
    ("CAST(NEWID() AS int)", "ERROR 529"),
    ("CAST(1 AS date)", "ERROR 529"),
    ("CAST(CAST('2026-01-01' AS date) AS int)", "ERROR 529"),
]  # fmt: skip

BINARIES = [
    ("CAST(258 AS varbinary(4))", "\\x00000102"),
    ("CAST(258 AS binary(2))", "\\x0102"),
    ("CAST(258 AS binary(6))", "\\x000000000102"),
    ("CAST(N'A' AS varbinary(4))", "\\x4100"),
    ("CAST('A' AS varbinary(4))", "\\x41"),
    ("CAST(N'😀' AS varbinary(8))", "\\x3dd800de"),
    ("CAST('€' AS varbinary(4))", "\\x80"),
    ("CAST(0x410042 AS nvarchar(4))", "A"),
    ("CAST(0x41004200 AS nvarchar(4))", "AB"),
    ("CONVERT(varchar(10), 0x4142, 1)", "0x4142"),
    ("CONVERT(varchar(10), 0x4142, 2)", "4142"),
    ("CONVERT(varbinary(4), '0x4142', 1)", "\\x4142"),
    ("CONVERT(varbinary(4), '4142', 2)", "\\x4142"),
    ("CONVERT(varbinary(4), 'x', 2)", "ERROR 8114"),
    ("TRY_CONVERT(varbinary(4), 'x', 2)", None),
    ("CAST(CAST('00112233-4455-6677-8899-aabbccddeeff' AS uniqueidentifier) AS binary(16))",
     "\\x33221100554477668899aabbccddeeff"),
    ("CAST(0x33221100554477668899aabbccddeeff AS uniqueidentifier)",
     "00112233-4455-6677-8899-aabbccddeeff"),
]  # fmt: skip

MOMENT = "CAST('2026-11-21 09:05:07.1234567' AS datetime2(7))"
LEGACY = "CAST('2026-11-21 09:05:07.123' AS datetime)"

STYLES = [
    (LEGACY, 0, "Nov 21 2026  9:05AM"),
    (LEGACY, 1, "11/21/26"),
    (LEGACY, 23, "2026-11-21"),
    (LEGACY, 101, "11/21/2026"),
    (LEGACY, 103, "21/11/2026"),
    (LEGACY, 104, "21.11.2026"),
    (LEGACY, 107, "Nov 21, 2026"),
    (LEGACY, 108, "09:05:07"),
    (LEGACY, 109, "Nov 21 2026  9:05:07:123AM"),
    (LEGACY, 110, "11-21-2026"),
    (LEGACY, 111, "2026/11/21"),
    (LEGACY, 112, "20261121"),
    (LEGACY, 113, "21 Nov 2026 09:05:07:123"),
    (LEGACY, 114, "09:05:07:123"),
    (LEGACY, 120, "2026-11-21 09:05:07"),
    (LEGACY, 121, "2026-11-21 09:05:07.123"),
    (LEGACY, 126, "2026-11-21T09:05:07.123"),
    (LEGACY, 127, "2026-11-21T09:05:07.123Z"),
    (MOMENT, 121, "2026-11-21 09:05:07.1234560"),
    (MOMENT, 126, "2026-11-21T09:05:07.1234560"),
    (MOMENT, 130, "ERROR 40517"),
    ("CAST('2026-11-21' AS date)", 104, "21.11.2026"),
    ("CAST('09:05:07' AS time(0))", 108, "09:05:07"),
]

MOMENTS = [
    ("CAST('2026-01-31' AS date)", "2026-01-31"),
    ("CAST('20260131' AS date)", "2026-01-31"),
    ("CAST('01/31/2026' AS date)", "2026-01-31"),
    ("CAST('Jan 31 2026' AS date)", "2026-01-31"),
    ("CAST('31 January 2026' AS date)", "2026-01-31"),
    ("CONVERT(date, '31/01/2026', 103)", "2026-01-31"),
    ("CAST('2026-02-30' AS date)", "ERROR 241"),
    ("CAST('2026-02-30' AS datetime)", "ERROR 242"),
    ("CAST('x' AS datetime2)", "ERROR 241"),
    ("TRY_CAST('2026-02-30' AS date)", None),
    ("TRY_CAST('2026-01-31 10:11' AS datetime2(0))", "2026-01-31 10:11:00"),
    ("CAST('2026-01-31 10:11:12' AS time(0))", "10:11:12"),
    ("CAST('2026-01-31T10:11:12.123456' AS datetime2(6))", "2026-01-31 10:11:12.123456"),
    ("CAST('2026-01-31 10:11:12.1234567' AS datetime2(6))", "2026-01-31 10:11:12.123456"),
    ("CAST(CAST('2026-01-31 10:11:12.003' AS datetime) AS time(5))", "10:11:12.00333"),
    ("CAST(CAST('2026-01-31 10:11:12.997' AS datetime) AS time(4))", "10:11:12.9967"),
    ("CONVERT(time(0), CAST('2026-01-31 01:00 +02:00' AS datetimeoffset(0)), 1)", "23:00:00"),
    ("CONVERT(date, CAST('2026-01-31 01:00 +02:00' AS datetimeoffset(0)), 1)", "2026-01-30"),
    ("CAST('9999-12-31 23:59:59.123' AS datetime2(3))", "9999-12-31 23:59:59.123"),
    ("TRY_CAST('0000-01-31' AS date)", None),
    ("TRY_CAST('2026-01-31 24:00:00' AS datetime2(0))", None),
    ("TRY_CAST('2026-01-31 23:59:60' AS datetime2(0))", None),
    ("TRY_CAST('2026-01-31 23:60:00' AS datetime2(0))", None),
    ("TRY_CAST('2026-13-31T10:11:12' AS datetime2(0))", None),
    ("CAST('1752-12-31' AS datetime)", "ERROR 242"),
    ("CAST('2026-01-31T10:11:12.5' AS datetime2(3))", "2026-01-31 10:11:12.5"),
    ("CAST('2026-01-31 1:05 PM' AS datetime)", "2026-01-31 13:05:00"),
    ("CAST('2026-01-31T10:11:12+02:00' AS datetimeoffset(0))", "2026-01-31 10:11:12+02:00"),
    ("CAST('2026-01-31T10:11:12Z' AS datetimeoffset(0))", "2026-01-31 10:11:12+00:00"),
    ("CAST('' AS date)", "1900-01-01"),
    ("CAST('12:34' AS datetime)", "1900-01-01 12:34:00"),
    ("CAST('1752-12-31' AS datetime)", "ERROR 242"),
    ("CAST('2026-01-31 10:11:12.1234' AS datetime)", "ERROR 241"),
    ("CAST('2026-01-31 10:11:12.005' AS datetime)", "2026-01-31 10:11:12.007"),
    ("CAST('2026-01-31 23:59:59.999' AS datetime)", "2026-02-01 00:00:00"),
    ("CAST('2026-01-31 10:11:29.998' AS smalldatetime)", "2026-01-31 10:11:00"),
    ("CAST('2026-01-31 10:11:30' AS smalldatetime)", "2026-01-31 10:12:00"),
    ("CAST(CAST('10:11:12.55' AS time(2)) AS time(1))", "10:11:12.6"),
    ("CAST(0 AS datetime)", "1900-01-01 00:00:00"),
    ("CAST(2.5 AS datetime)", "1900-01-03 12:00:00"),
    (f"CAST({LEGACY} AS int)", "46345"),
    ("CAST(CAST('2026-01-31' AS date) AS datetime2(3))", "2026-01-31 00:00:00"),
    ("CAST(CAST('2026-01-31 10:00' AS datetime2) AS datetimeoffset(3))",
     "2026-01-31 10:00:00+00:00"),
    ("CAST(CAST('2026-01-31T10:00:00+02:00' AS datetimeoffset) AS datetime2(0))",
     "2026-01-31 10:00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), NUMBERS + TEXTS + BINARIES + MOMENTS)
def test_a_conversion_gives_what_sql_server_gives(
    desk: Desk, expression: str, expected: str | None
) -> None:
    assert desk.value(expression) == expected


@pytest.mark.parametrize(("moment", "style", "expected"), STYLES)
def test_a_style_writes_a_moment_its_way(
    desk: Desk, moment: str, style: int, expected: str
) -> None:
    assert desk.value(f"CONVERT(varchar(40), {moment}, {style})") == expected


def test_a_failed_conversion_names_value_and_types(desk: Desk) -> None:
    assert desk.message("CAST(N'x' AS int)") == (
        "Conversion failed when converting the nvarchar value 'x' to data type int."
    )
    assert desk.message("CAST('99999999999' AS int)") == (
        "The conversion of the varchar value '99999999999' overflowed an int column."
    )
    assert desk.message("CAST(300 AS tinyint)") == (
        "Arithmetic overflow error for data type tinyint, value = 300."
    )


@pytest.mark.parametrize(
    ("expression", "type_", "expected"),
    [
        ("N'abc'", nvarchar(3), "abc"),
        ("N'abcd'", nvarchar(3), "ERROR 2628"),
        ("N'abc   '", nvarchar(3), "abc"),
        ("N'a😀'", nvarchar(3), "a😀"),
        ("N'ab😀'", nvarchar(3), "ERROR 2628"),
        ("N'ab'", SqlType("char", 4), "ab  "),
        ("0x0102", varbinary(1), "ERROR 2628"),
        ("1234.5", decimal(5, 2), "ERROR 8115"),
        ("12.345", decimal(5, 2), "12.35"),
        ("300", SqlType("tinyint"), "ERROR 220"),
        ("'2026-01-31'", SqlType("date"), "2026-01-31"),
        ("12", varchar(5), "12"),
        ("NULL", varchar(5), None),
    ],
)
def test_a_column_keeps_only_what_fits(
    desk: Desk, expression: str, type_: SqlType, expected: str | None
) -> None:
    assert desk.store(expression, type_) == expected


def test_the_error_for_a_long_value_names_table_and_column(desk: Desk) -> None:
    found = desk.failure("SELECT tsql.fit('abcdef', 3, 'dbo.Coupons', 'Code')")

    assert found == (
        2628,
        16,
        1,
        "String or binary data would be truncated in table 'Runtime_Test.dbo.Coupons', "
        "column 'Code'. Truncated value: 'abc'.",
    )


def test_an_assignment_converts_by_itself_only_what_sql_server_lets(desk: Desk) -> None:
    assert desk.value("?CAST('2026-01-01' AS datetime) = 1") == "false"
    assert desk.value("?NEWID() = 1") == "ERROR 206"


@pytest.mark.parametrize("target", ["datetime2(6)", "datetime", "date", "time(3)", "smalldatetime"])
@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31", "2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "1752-12-31"),
        *("2026-01-31 10:11", "2026-01-31T24:00", "2026-01-31 10:60", "2026-01-31T1:11:12"),
        *("2026-01-31 10:11:12", "2026-01-31 10:11:60", "2026-01-31T23:59:59.999"),
        *("2026-01-31 10:11:12.1", "2026-01-31 10:11:12.1234", "2026-01-31T10:11:12.123456"),
        *("2026-01-31-10:11:12", "2026-01-31 10-11-12", "2026-01-31T10:11:12,5"),
    ],
)
def test_the_short_way_over_a_moment_leads_where_the_long_one_does(
    desk: Desk, text: str, target: str
) -> None:
    # A blank before it sends a text the long way; a text that is put together is no constant.
    short, long = (
        desk.value(f"TRY_CAST(CONCAT('{blank}', '{text}') AS {target})") for blank in ("", " ")
    )

    assert short == long


@pytest.mark.parametrize(
    ("value", "size", "expected"),
    [
        ("\\x0102", 4, b"\1\2\0\0"),
        ("\\x010203", 2, b"\1\2"),
        ("\\x", 1, b"\0"),
        ("\\x01", 1, b"\1"),
    ],
)
def test_bytes_are_cut_or_filled_up_on_the_right(
    desk: Desk, value: str, size: int, expected: bytes
) -> None:
    assert desk.scalar("SELECT tsql.bytes_pad($1::bytea, $2::int4)", value, size) == expected
