"""Application locks between sessions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from .conftest import Desk

Connection = psycopg.Connection[Any]


def get(connection: Connection, mode: str, owner: str = "Session", wait: int | None = 0) -> int:
    row = connection.execute(
        "SELECT tsql.getapplock('orders', %s, %s, %s)", (mode, owner, wait)
    ).fetchone()
    assert row is not None
    return row[0]


def release(connection: Connection) -> int:
    row = connection.execute("SELECT tsql.releaseapplock('orders', 'Session')").fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def pair(desk: Desk) -> Iterator[tuple[Connection, Connection]]:
    with (
        psycopg.connect(desk.conninfo, autocommit=True) as first,
        psycopg.connect(desk.conninfo, autocommit=True) as second,
    ):
        yield first, second
        # A session that ends lets go a little later: the next test may be quicker.
        for each in (first, second):
            each.execute("SELECT pg_advisory_unlock_all()")


@pytest.mark.parametrize(
    ("held", "asked", "answer"),
    [
        ("Shared", "Shared", 0),
        ("Shared", "Update", 0),
        ("Shared", "Exclusive", -1),
        ("Shared", "IntentExclusive", -1),
        ("Update", "Shared", 0),
        ("Update", "Update", -1),
        ("Exclusive", "Shared", -1),
        ("Exclusive", "IntentShared", -1),
        ("IntentExclusive", "IntentShared", 0),
        ("IntentExclusive", "Update", -1),
    ],
)
def test_modes_are_compatible_as_in_sql_server(
    pair: tuple[Connection, Connection], held: str, asked: str, answer: int
) -> None:
    first, second = pair
    assert get(first, held) == 0

    assert get(second, asked) == answer

    assert release(first) == 0
    if answer == 0:
        assert release(second) == 0
    assert get(second, "Exclusive") == 0


def test_a_waiting_session_gets_the_lock_with_answer_1(
    pair: tuple[Connection, Connection],
) -> None:
    first, second = pair
    get(first, "Exclusive")
    answers: list[int] = []
    waiter = threading.Thread(target=lambda: answers.append(get(second, "Exclusive", wait=10000)))
    waiter.start()
    while not first.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
        pass

    release(first)
    waiter.join()

    assert answers == [1]


def test_a_wait_ends_with_its_time(pair: tuple[Connection, Connection]) -> None:
    first, second = pair
    get(first, "Exclusive")

    assert get(second, "Exclusive", wait=30) == -1
    assert second.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_a_transaction_owns_its_lock_until_it_ends(pair: tuple[Connection, Connection]) -> None:
    first, second = pair
    with first.transaction():
        assert get(first, "Exclusive", "Transaction") == 0
        assert get(second, "Shared") == -1

    assert get(second, "Shared") == 0


def test_the_mode_held_and_the_mode_possible_can_be_asked(
    pair: tuple[Connection, Connection],
) -> None:
    first, second = pair
    get(first, "Update")

    def ask(connection: Connection, sql: str) -> Any:
        row = connection.execute(sql).fetchone()
        assert row is not None
        return row[0]

    assert ask(first, "SELECT tsql.applock_mode('orders', 'Session')") == "Update"
    assert ask(second, "SELECT tsql.applock_mode('orders', 'Session')") == "NoLock"
    assert ask(second, "SELECT tsql.applock_test('orders', 'Shared', 'Session')") == 1
    assert ask(second, "SELECT tsql.applock_test('orders', 'Update', 'Session')") == 0
    assert get(first, "Nonsense") == -999


def test_releasing_what_is_not_held_is_1223(desk: Desk) -> None:
    assert desk.failure("SELECT tsql.releaseapplock('nothing', 'Session')")[0] == 1223


@pytest.mark.parametrize("ends", ["COMMIT", "ROLLBACK"])
def test_a_key_that_somebody_holds_is_waited_for_and_not_kept(
    pair: tuple[Connection, Connection], ends: str
) -> None:
    first, second = pair
    first.execute("BEGIN")
    first.execute("SELECT pg_advisory_xact_lock(77)")
    answers: list[Any] = []
    waiting = threading.Thread(
        target=lambda: answers.append(
            second.execute("SELECT tsql.await_key(77, 7, true)").fetchone()
        )
    )
    waiting.start()
    while first.execute(
        "SELECT pg_backend_pid() = ANY (pg_blocking_pids(%s))", (second.info.backend_pid,)
    ).fetchone() != (True,):
        pass

    first.execute(ends)

    waiting.join()
    assert answers == [(True,)]
    assert first.execute("SELECT pg_try_advisory_xact_lock(77)").fetchone() == (True,)


def test_a_key_that_nobody_holds_was_not_waited_for(pair: tuple[Connection, Connection]) -> None:
    first, second = pair

    answer = first.execute(
        "SELECT tsql.await_key(77, 7, true), tsql.await_key(NULL, 7, true)"
    ).fetchone()

    assert answer == (False, False)
    assert second.execute("SELECT pg_try_advisory_xact_lock(77)").fetchone() == (True,)


def test_ones_own_key_is_not_waited_for(pair: tuple[Connection, Connection]) -> None:
    first, _ = pair
    first.execute("BEGIN")
    first.execute("SELECT pg_advisory_xact_lock(77)")

    assert first.execute("SELECT tsql.await_key(77, 7, true)").fetchone() == (False,)

    first.execute("ROLLBACK")


def test_who_does_not_wait_is_told_that_the_key_is_held(
    pair: tuple[Connection, Connection],
) -> None:
    first, second = pair
    first.execute("BEGIN")
    first.execute("SELECT pg_advisory_xact_lock(77)")

    with pytest.raises(psycopg.errors.LockNotAvailable):
        second.execute("SELECT tsql.await_key(77, 7, false)")

    first.execute("ROLLBACK")


def test_who_has_locked_rows_by_their_table_is_waited_for(
    pair: tuple[Connection, Connection],
) -> None:
    first, second = pair
    first.execute("BEGIN")
    first.execute("SELECT pg_advisory_xact_lock(tsql.rows_mark(7))")

    with pytest.raises(psycopg.errors.LockNotAvailable):
        second.execute("SELECT tsql.await_key(77, 7, false)")

    assert second.execute("SELECT tsql.await_key(77, 8, false)").fetchone() == (False,)
    first.execute("ROLLBACK")


ROOM = """
    CREATE OR REPLACE FUNCTION tsql.room_for_locks() RETURNS int8 STABLE LANGUAGE plpgsql
    AS 'BEGIN RETURN {}; END'
"""


def keys(session: Connection, count: int, each: int = 1) -> list[int]:
    """How many of so many keys are locked, and how many locks the transaction then has."""
    query = """
        WITH asked AS MATERIALIZED (
            SELECT CASE WHEN tsql.locks_keys(7, %(each)s)
                THEN pg_advisory_xact_lock(100000 + i) IS NOT NULL END AS locked
            FROM generate_series(1, %(count)s) AS i)
        SELECT count(locked) FROM asked
    """
    [locked] = session.execute(query, {"count": count, "each": each}).fetchone() or [0]
    held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'"
    [total] = session.execute(held).fetchone() or [0]
    return [locked, total]


def test_behind_5000_keys_the_table_is_locked_in_their_place(
    pair: tuple[Connection, Connection],
) -> None:
    first, second = pair
    first.execute("BEGIN")
    first.execute("SELECT pg_advisory_xact_lock(i) FROM generate_series(1, 4000) AS i")
    first.execute("SAVEPOINT a")

    assert keys(first, 3000) == [1000, 5002]

    of_table = "SELECT pg_try_advisory_xact_lock((1::int8 << 61) + 7)"
    assert second.execute(of_table).fetchone() == (False,)
    first.execute("ROLLBACK TO SAVEPOINT a")
    assert second.execute(of_table).fetchone() == (True,)
    assert keys(first, 500) == [500, 4500]
    first.execute("ROLLBACK")
    first.execute("BEGIN")
    assert keys(first, 500) == [500, 500]
    first.execute("ROLLBACK")


def test_the_room_for_locks_is_what_the_server_was_started_with(
    pair: tuple[Connection, Connection],
) -> None:
    settings = "current_setting('max_locks_per_transaction')::int8, current_setting('{}')::int8"
    [each, sessions, room] = pair[0].execute(
        f"SELECT {settings.format('max_connections')}, tsql.room_for_locks()"
    ).fetchone() or (0, 0, 1)

    assert each * sessions == room


def test_where_others_have_the_table_keys_are_locked_while_there_is_room(
    pair: tuple[Connection, Connection],
) -> None:
    first, second = pair
    second.execute("BEGIN")
    second.execute("SELECT pg_advisory_xact_lock_shared((1::int8 << 61) + 7)")
    first.execute("BEGIN")

    first.execute(ROOM.format(100_000))
    assert keys(first, 7000) == [7000, 7000]

    first.execute(ROOM.format(14_000))
    [locked, held] = keys(first, 3000)
    assert locked < 1250
    assert held == 7000
    second.execute("ROLLBACK")
    assert keys(first, 1) == [0, 7002]
    first.execute("ROLLBACK")
