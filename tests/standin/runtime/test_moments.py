"""Date and time functions."""

from __future__ import annotations

import pytest

from .conftest import Desk

MOMENT = "CAST('2007-10-30 12:15:32.1234567' AS datetime2(7))"

ZONED = "CAST('2026-01-31 23:59:59.6 +02:00' AS datetimeoffset(1))"

PARTS = [
    ("year", "2007", "2007"),
    ("quarter", "4", "4"),
    ("month", "10", "October"),
    ("dayofyear", "303", "303"),
    ("day", "30", "30"),
    ("week", "44", "44"),
    ("weekday", "3", "Tuesday"),
    ("hour", "12", "12"),
    ("minute", "15", "15"),
    ("second", "32", "32"),
    ("millisecond", "123", "123"),
    ("microsecond", "123456", "123456"),
    ("iso_week", "44", "44"),
]

CASES = [
    ("DATEADD(month, 1, CAST('2006-08-31' AS date))", "2006-09-30", "date"),
    ("DATEADD(year, 1, '2024-02-29')", "2025-02-28 00:00:00", "datetime"),
    ("DATEADD(quarter, -1, CAST('2026-05-31' AS date))", "2026-02-28", "date"),
    ("DATEADD(week, 2, CAST('2026-01-01' AS date))", "2026-01-15", "date"),
    ("DATEADD(hour, 1, CAST('2026-01-01' AS date))", "ERROR 9810", ""),
    ("DATEADD(hour, 25, CAST('2026-01-01' AS datetime2(0)))", "2026-01-02 01:00:00",
     "datetime2(0)"),
    ("DATEADD(second, -1, CAST('2026-01-01' AS datetime2(3)))", "2025-12-31 23:59:59",
     "datetime2(3)"),
    ("DATEADD(minute, 90, CAST('23:00' AS time(0)))", "00:30:00", "time(0)"),
    ("DATEADD(millisecond, 4, CAST('2026-01-01' AS datetime))", "2026-01-01 00:00:00.003",
     "datetime"),
    ("DATEADD(day, 1, CAST('9999-12-31' AS date))", "ERROR 517", "date"),
    ("DATEADD(year, 9000, CAST('2026-01-01' AS datetime2))", "ERROR 517", "datetime2(7)"),
    ("DATEADD(day, 1, CAST('2026-01-01T00:00:00+02:00' AS datetimeoffset(0)))",
     "2026-01-02 00:00:00+02:00", "datetimeoffset(0)"),
    ("DATEADD(day, NULL, CAST('2026-01-01' AS date))", None, "date"),
    ("DATEDIFF(year, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(quarter, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(month, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(day, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(week, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(hour, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(minute, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(second, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(millisecond, '2005-12-31 23:59:59.999', '2006-01-01')", "1", "int"),
    ("DATEDIFF(microsecond, '2005-12-31 23:59:59.999', '2006-01-01')", "1000", "int"),
    ("DATEDIFF(second, '2026-01-02', '2026-01-01')", "-86400", "int"),
    ("DATEDIFF(second, '1900-01-01', '2026-01-01')", "ERROR 535", "int"),
    ("DATEDIFF_BIG(second, '1900-01-01', '2026-01-01')", "3976214400", "bigint"),
    ("EOMONTH('2026-02-11')", "2026-02-28", "date"),
    ("EOMONTH('2026-01-31', 1)", "2026-02-28", "date"),
    ("EOMONTH('2026-01-31', -1)", "2025-12-31", "date"),
    ("YEAR('2007-04-30')", "2007", "int"),
    ("DAY(CAST('2026-11-21' AS date))", "21", "int"),
    ("DATEPART(hour, CAST('2026-11-21' AS date))", "ERROR 9810", ""),
    ("DATEFROMPARTS(2010, 12, 31)", "2010-12-31", "date"),
    ("DATEFROMPARTS(2010, 2, 29)", "ERROR 289", "date"),
    ("DATETIME2FROMPARTS(2011, 8, 15, 14, 23, 44, 50, 2)", "2011-08-15 14:23:44.5",
     "datetime2(2)"),
    ("DATETIMEFROMPARTS(2010, 12, 31, 23, 59, 59, 5)", "2010-12-31 23:59:59.007", "datetime"),
    ("TIMEFROMPARTS(14, 23, 44, 5, 1)", "14:23:44.5", "time(1)"),
    ("ISDATE('2009-05-12 10:19:41.177')", "1", "int"),
    ("ISDATE('2009-13-12')", "0", "int"),
    ("ISDATE('')", "0", "int"),
    ("SWITCHOFFSET(CAST('1998-09-20 07:45:50.71345 -5:00' AS datetimeoffset), '-08:00')",
     "ERROR 241", "datetimeoffset(7)"),
    ("SWITCHOFFSET(CAST('1998-09-20 07:45:50.71345 -05:00' AS datetimeoffset), '-08:00')",
     "1998-09-20 04:45:50.71345-08:00", "datetimeoffset(7)"),
    ("TODATETIMEOFFSET(CAST('2026-01-01' AS datetime2(0)), '+01:30')",
     "2026-01-01 00:00:00+01:30", "datetimeoffset(0)"),
    ("CAST('2026-01-01' AS datetime2(0)) AT TIME ZONE 'UTC'", "2026-01-01 00:00:00+00:00",
     "datetimeoffset(0)"),
    ("CAST('2026-01-01' AS datetime2(0)) AT TIME ZONE 'W. Europe Standard Time'",
     "2026-01-01 00:00:00+01:00", "datetimeoffset(0)"),
    ("CAST('2026-01-01' AS datetime2(0)) AT TIME ZONE 'Nowhere'", "ERROR 9820",
     "datetimeoffset(0)"),
    (f"CAST({ZONED} AS datetimeoffset(0))", "2026-02-01 00:00:00+02:00", "datetimeoffset(0)"),
    (f"CAST({ZONED} AS varchar(40))", "2026-01-31 23:59:59.6 +02:00", "varchar(40)"),
    (f"CONVERT(varchar(40), {ZONED}, 126)", "2026-01-31T23:59:59.6+02:00", "varchar(40)"),
    (f"CONVERT(varchar(40), {ZONED}, 127)", "2026-01-31T21:59:59.6Z", "varchar(40)"),
    (f"CONVERT(varchar(40), {ZONED}, 103)", "31/01/2026", "varchar(40)"),
    ("DATETRUNC(month, CAST('2026-11-21' AS date))", "2026-11-01", "date"),
    ("DATE_BUCKET(day, -1, CAST('2026-11-21' AS date))", "ERROR 9834", "date"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "number", "name"), PARTS)
def test_a_date_part_has_a_number_and_a_name(desk: Desk, part: str, number: str, name: str) -> None:
    assert desk.answer(f"DATEPART({part}, {MOMENT})") == (number, "int")
    assert desk.answer(f"DATENAME({part}, {MOMENT})") == (name, "nvarchar(30)")


@pytest.mark.parametrize(("expression", "expected", "type_"), CASES)
def test_a_date_function_gives_what_sql_server_gives(
    desk: Desk, expression: str, expected: str | None, type_: str
) -> None:
    assert desk.answer(expression) == (expected, type_)


def test_the_clocks_agree_and_have_their_types(desk: Desk) -> None:
    types = {
        "SYSUTCDATETIME()": "datetime2(7)",
        "SYSDATETIME()": "datetime2(7)",
        "GETDATE()": "datetime",
        "GETUTCDATE()": "datetime",
        "CURRENT_TIMESTAMP": "datetime",
        "SYSDATETIMEOFFSET()": "datetimeoffset(7)",
    }
    for clock, type_ in types.items():
        assert desk.answer(f"ABS(DATEDIFF(second, {clock}, SYSUTCDATETIME()))") == ("0", "int")
        assert str(desk.typed(clock).type) == type_


def test_a_comparison_with_the_clock_can_use_an_index(desk: Desk) -> None:
    desk.connection.execute("CREATE TABLE IF NOT EXISTS public.due (at timestamp)")
    desk.connection.execute(
        "INSERT INTO public.due SELECT timestamp '2020-01-01' + n * interval '1 minute'"
        " FROM generate_series(1, 50000) AS n"
    )
    desk.connection.execute("CREATE INDEX ON public.due (at)")
    desk.connection.execute("ANALYZE public.due")

    now = desk.typed("SYSUTCDATETIME()").sql
    plan = desk.connection.execute(f"EXPLAIN SELECT * FROM public.due WHERE at > {now}").fetchall()

    assert any("Index Cond" in row[0] for row in plan)


@pytest.mark.parametrize("year", [1, 1899, 1999, 2000, 2026, 9998])
def test_halves_are_rounded_up_in_every_year(desk: Desk, year: int) -> None:
    day = f"{year:04}-02-28"
    moment = f"CAST('{day} 10:11:12.55' AS datetime2(2))"

    assert desk.value(f"CAST({moment} AS datetime2(1))") == f"{day} 10:11:12.6"
    assert desk.value(f"CAST('{day} 10:11:12.5555' AS datetime2(3))") == f"{day} 10:11:12.556"
    assert desk.value(f"CAST({moment} AS datetimeoffset(1))") == f"{day} 10:11:12.6+00:00"
    zoned = f"CAST('{day} 10:11:12.55 +00:00' AS datetimeoffset(2))"
    assert desk.value(f"CAST({zoned} AS datetimeoffset(1))") == f"{day} 10:11:12.6+00:00"
