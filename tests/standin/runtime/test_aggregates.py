"""Aggregates, window functions and what they return."""

from __future__ import annotations

import pytest

from couponry_standin.types import INT

from .conftest import Desk

NUMBERS = "FROM (VALUES (1), (2), (2), (NULL)) AS t (n)"
WORDS = "FROM (VALUES (N'b'), (N'A'), (N'a '), (NULL)) AS t (w)"

CASES = [
    (f"SELECT COUNT(*), COUNT(n), COUNT(DISTINCT n), COUNT_BIG(*) {NUMBERS}", ("4", "3", "2", "4")),
    (f"SELECT SUM(n), AVG(n), MIN(n), MAX(n) {NUMBERS}", ("5", "1", "1", "2")),
    (f"SELECT SUM(DISTINCT n) {NUMBERS}", ("3",)),
    (f"SELECT SUM(n) {NUMBERS} WHERE n > 5", (None,)),
    (f"SELECT AVG(CAST(n AS decimal(5,2))) {NUMBERS}", ("1.666666",)),
    (f"SELECT AVG(CAST(n AS float)) {NUMBERS}", ("1.6666666666666667",)),
    (f"SELECT AVG(CAST(n AS money)) {NUMBERS}", ("1.6666",)),
    (f"SELECT STDEV(n), VAR(n), STDEVP(n), VARP(n) {NUMBERS}",
     ("0.5773502691896257", "0.3333333333333333", "0.4714045207910317", "0.2222222222222222")),
    (f"SELECT COUNT(DISTINCT w), MAX(w) {WORDS}", ("2", "b")),
    (f"SELECT STRING_AGG(n, ',') WITHIN GROUP (ORDER BY n DESC) {NUMBERS}", ("2,2,1",)),
    (f"SELECT STRING_AGG(w, N'-') WITHIN GROUP (ORDER BY w COLLATE Latin1_General_BIN2) {WORDS}",
     ("A-a -b",)),
    ("SELECT MIN(g) FROM (VALUES"
     " (CAST('ff000000-0000-0000-0000-000000000001' AS uniqueidentifier)),"
     " (CAST('00000000-0000-0000-0000-000000000002' AS uniqueidentifier))) AS t (g)",
     ("ff000000-0000-0000-0000-000000000001",)),
    ("SELECT MAX(d) FROM (VALUES"
     " (CAST('2026-01-01T00:00:00+00:00' AS datetimeoffset(0))),"
     " (CAST('2026-01-01T01:00:00+02:00' AS datetimeoffset(0)))) AS t (d)",
     ("2026-01-01 00:00:00+00:00",)),
]  # fmt: skip


@pytest.mark.parametrize(("query", "row"), CASES)
def test_an_aggregate_gives_what_sql_server_gives(
    desk: Desk, query: str, row: tuple[str | None, ...]
) -> None:
    assert desk.rows(query) == [row]


def test_a_sum_of_int_overflows_like_int(desk: Desk) -> None:
    typed = desk.typed("SUM(2147483647)")

    assert typed.type == INT
    assert desk.failure(f"SELECT {typed.sql} FROM generate_series(1, 2)")[0] == 8115


def test_window_functions_number_and_look_around(desk: Desk) -> None:
    rows = desk.rows(
        f"""
        SELECT n, ROW_NUMBER() OVER (ORDER BY n), RANK() OVER (ORDER BY n),
               DENSE_RANK() OVER (ORDER BY n), NTILE(2) OVER (ORDER BY n),
               LAG(n, 1, 0) OVER (ORDER BY n), LEAD(n) OVER (ORDER BY n),
               SUM(n) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING), COUNT(*) OVER ()
        {NUMBERS} WHERE n IS NOT NULL
        """
    )

    assert sorted(rows, key=lambda row: row[1] or "") == [
        ("1", "1", "1", "1", "1", "0", "2", "1", "3"),
        ("2", "2", "2", "2", "1", "1", "2", "3", "3"),
        ("2", "3", "2", "2", "2", "2", None, "5", "3"),
    ]


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("SUM('a')", "ERROR 8117"),
        ("SUM(CAST(1 AS bit))", "ERROR 8117"),
        ("MIN(CAST(1 AS bit))", "ERROR 8117"),
        ("SUM(CAST('2026-01-01' AS date))", "ERROR 8117"),
        ("ROW_NUMBER()", "ERROR 10753"),
        ("LEN('a') OVER (ORDER BY 1)", "ERROR 4113"),
    ],
)
def test_what_an_aggregate_does_not_take_is_an_error(
    desk: Desk, expression: str, number: str
) -> None:
    assert desk.value(expression) == number


ZERO = "00000000-0000-0000-0000-000000000002"
HIGH = "ff000000-0000-0000-0000-000000000001"
EARLY, LATE = "2026-01-01 01:00:00+02:00", "2026-01-01 00:00:00+00:00"


@pytest.mark.parametrize(
    ("function", "a", "b", "expected"),
    [
        ("smaller_folded", "B", "a", "a"),
        ("smaller_folded", "A", "a ", "A"),  # the first of equals stays
        ("greater_folded", "B", "a", "B"),
        ("greater_folded", "a ", "A", "a "),
        ("smaller_dto", LATE, EARLY, EARLY),
        ("greater_dto", EARLY, LATE, LATE),
        ("smaller_guid", ZERO, HIGH, HIGH),  # the last group of digits weighs most
        ("greater_guid", HIGH, ZERO, ZERO),
    ],
)
def test_of_two_values_the_smaller_or_greater_is_chosen(
    desk: Desk, function: str, a: str, b: str, expected: str
) -> None:
    type_ = "uuid" if function.endswith("guid") else "text"

    assert desk.scalar(f"SELECT tsql.{function}($1::{type_}, $2::{type_})::text", a, b) == expected
    assert desk.scalar(f"SELECT tsql.{function}($1::{type_}, NULL)", a) is None


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("min_folded", "A"), ("max_folded", "c"), ("min_dto", EARLY), ("max_dto", LATE),
     ("min_guid", HIGH), ("max_guid", ZERO)],
)  # fmt: skip
def test_extremes_are_those_of_the_type(desk: Desk, aggregate: str, expected: str) -> None:
    values = {"folded": ["b", "A", "c", None], "dto": [LATE, EARLY], "guid": [ZERO, None, HIGH]}
    kind = aggregate.partition("_")[2]
    type_ = "uuid" if kind == "guid" else "text"

    found = desk.scalar(
        f"SELECT tsql.{aggregate}(v)::text FROM unnest($1::{type_}[]) AS v", values[kind]
    )
    nothing = desk.scalar(f"SELECT tsql.{aggregate}(v)::text FROM unnest('{{}}'::{type_}[]) AS v")

    assert (found, nothing) == (expected, None)
