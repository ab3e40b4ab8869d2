"""DATE_BUCKET, percentiles, time zones."""

from __future__ import annotations

import pytest

from .conftest import Desk

BUCKETS = [
    (1, "2026-03-15", "1900-01-01", "2026-03-01"),
    (3, "2026-05-31", "1900-01-01", "2026-04-01"),
    (12, "2026-03-15", "1900-01-01", "2026-01-01"),
    (2, "2026-04-30", "2026-01-31", "2026-03-31"),  # a bucket of March 31 lasts to May 31
    (1, "2026-02-28", "2026-01-31", "2026-02-28"),
    (1, "2026-02-27", "2026-01-31", "2026-01-31"),
    (1, "2025-12-31", "2026-01-01", "2025-12-01"),  # before the origin
    (5, "2025-12-31", "2026-01-01", "2025-08-01"),
    (1, "2026-03-01 00:00:00", "2026-02-01 00:00:01", "2026-02-01 00:00:01"),
]

EXPRESSIONS = [
    ("DATE_BUCKET(month, 3, CAST('2026-05-31' AS date))", "2026-04-01"),
    ("DATE_BUCKET(year, 1, CAST('2026-05-31' AS date))", "2026-01-01"),
    ("DATE_BUCKET(week, 1, CAST('2026-01-07' AS date))", "2026-01-05"),
    ("DATE_BUCKET(day, 0, CAST('2026-01-07' AS date))", "ERROR 9834"),
    ("DATE_BUCKET(day, -1, CAST('2026-01-07' AS date))", "ERROR 9834"),
    ("CAST('2026-07-01 12:00' AS datetime2(0)) AT TIME ZONE 'Central European Standard Time'",
     "2026-07-01 12:00:00+02:00"),
    ("CAST('2026-07-01 12:00 +00:00' AS datetimeoffset(0)) AT TIME ZONE 'Tokyo Standard Time'",
     "2026-07-01 21:00:00+09:00"),
    ("CAST('2026-07-01 12:00 -07:00' AS datetimeoffset(0)) AT TIME ZONE 'UTC'",
     "2026-07-01 19:00:00+00:00"),
    ("CAST('2026-07-01 12:00' AS datetime2(0)) AT TIME ZONE 'Nowhere'", "ERROR 9820"),
]  # fmt: skip


@pytest.mark.parametrize(("months", "moment", "origin", "begin"), BUCKETS)
def test_buckets_of_months_begin_where_the_origin_says(
    desk: Desk, months: int, moment: str, origin: str, begin: str
) -> None:
    found = desk.scalar(
        "SELECT tsql.month_bucket($1::int4, $2::timestamp, $3::timestamp)::text",
        months, moment, origin,
    )  # fmt: skip

    assert found.removesuffix(" 00:00:00") == begin


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_a_calendar_function_gives_what_sql_server_gives(
    desk: Desk, expression: str, expected: str
) -> None:
    assert desk.value(expression) == expected


@pytest.mark.parametrize(
    ("share", "descending", "continuous", "discrete"),
    [
        ("0", "false", 1, 1), ("0.5", "false", 2.5, 2), ("1", "false", 10, 10),
        ("0.25", "true", 4.75, 10), ("0.5", "true", 2.5, 3),
    ],
)  # fmt: skip
def test_percentiles_are_read_from_an_ordered_list(
    desk: Desk, share: str, descending: str, continuous: float, discrete: int
) -> None:
    given = "ARRAY[3, 1, 10, 2]"

    assert desk.scalar(
        f"SELECT tsql.percentile_cont({share}, {given}::float8[], {descending})"
    ) == pytest.approx(continuous)
    assert desk.scalar(f"SELECT tsql.percentile_disc({share}, {given}, {descending})") == discrete


def test_percentiles_of_nothing_are_null(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.percentile_cont(0.5, NULL::float8[], false)") is None
    assert desk.scalar("SELECT tsql.percentile_disc(0.5, '{}'::int4[], true)") is None


@pytest.mark.parametrize("zone", ["UTC", "utc", "GMT Standard Time", "Fiji Standard Time"])
def test_every_zone_of_windows_has_a_place(desk: Desk, zone: str) -> None:
    assert desk.scalar("SELECT tsql.place_of_zone($1)", zone)


def test_every_place_is_known_to_postgresql(desk: Desk) -> None:
    unknown = desk.connection.execute(
        "SELECT z.place FROM tsql.time_zones AS z"
        " WHERE NOT EXISTS (SELECT FROM pg_timezone_names AS n WHERE n.name = z.place)"
    ).fetchall()

    assert unknown == []
