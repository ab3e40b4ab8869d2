"""No function of the runtime without a test of its own: PostgreSQL has counted who was called."""

from __future__ import annotations

import psycopg
import pytest

from .conftest import Desk

# PostgreSQL counts neither aggregates nor what runs a function of its own; these are called here,
# {} is the function.
UNCOUNTED = {
    "tsql.clock()": ("SELECT abs(extract(epoch FROM clock_timestamp() - {}())) < 60", True),
    "tsql.max_dto(text)": ("SELECT {}(v) FROM (VALUES ('2026-01-01 01:00:00+02:00'),"
                           " ('2026-01-01 00:00:00+00:00')) AS t (v)", "2026-01-01 00:00:00+00:00"),
    "tsql.max_folded(text)": ("SELECT {}(v) FROM (VALUES ('B'), ('a')) AS t (v)", "B"),
    "tsql.max_guid(uuid)": ("SELECT substr({}(gen_random_uuid())::text, 15, 1)", "4"),
    "tsql.min_dto(text)": ("SELECT {}(v) FROM (VALUES ('2026-01-01 00:00:00+00:00'),"
                           " ('2026-01-01 01:00:00+02:00')) AS t (v)", "2026-01-01 01:00:00+02:00"),
    "tsql.min_folded(text)": ("SELECT {}(v) FROM (VALUES ('B'), ('a')) AS t (v)", "a"),
    "tsql.min_guid(uuid)": ("SELECT substr({}(gen_random_uuid())::text, 15, 1)", "4"),
    "tsql.padded_in(cstring)": ("SELECT {}('ab  ')::text", "ab  "),
    "tsql.padded_out(tsql.padded)": ("SELECT {}('ab  '::tsql.padded)", "ab  "),
}  # fmt: skip

DEFINED = """
SELECT p.oid::regprocedure::text, p.prokind = 'a' OR l.lanname IN ('internal', 'c')
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'tsql'::regnamespace
"""


@pytest.mark.parametrize("function", UNCOUNTED)
def test_what_postgresql_does_not_count_is_called_here(desk: Desk, function: str) -> None:
    query, expected = UNCOUNTED[function]

    assert desk.scalar(query.format(function.partition("(")[0])) == expected


def test_every_function_of_the_runtime_is_called_by_a_test(desk: Desk) -> None:
    """Runs behind all tests of this folder, and not at all when some of them do not run."""
    desk.scalar("SELECT pg_stat_force_next_flush()")
    with psycopg.connect(desk.conninfo) as reader:
        defined = reader.execute(DEFINED).fetchall()
        counted = {
            name
            for (name,) in reader.execute(
                "SELECT funcid::regprocedure::text FROM pg_stat_user_functions"
            ).fetchall()
        }

    assert sorted(name for name, uncounted in defined if uncounted) == sorted(UNCOUNTED)
    assert [name for name, uncounted in defined if not uncounted and name not in counted] == []
