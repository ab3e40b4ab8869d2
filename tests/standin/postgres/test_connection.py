"""Statements go out together, results come back one each, errors among them."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from psycopg.pq import TransactionStatus

from couponry_standin import server
from couponry_standin.postgres import prepared as room
from couponry_standin.postgres.cluster import Cluster
from couponry_standin.postgres.connection import Connection, ConnectionLost
from couponry_standin.postgres.result import PgError
from couponry_standin.postgres.statement import Statement

from .conftest import Run


async def opened(cluster: Cluster) -> Connection:
    return await Connection.open(cluster.conninfo("postgres"))


def states(results: list[Any]) -> list[str]:
    return [
        "aborted" if result.aborted else result.error.sqlstate if result.error else "ok"
        for result in results
    ]


def test_values_travel_as_text(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)

        [result] = await connection.run(
            [Statement("SELECT $1::int + 1 AS more, $2::text, 'ä'", (b"41", None))]
        )

        assert result.rows == [(b"42", None, "ä".encode())]
        assert result.value() == b"42"
        assert (result.nrows, result.ncols, result.row_count) == (1, 3, 1)
        assert result.names[0] == "more"
        assert result.types[0] == 23
        assert result.command_tag == "SELECT 1"
        await connection.close()

    run(scene())


def test_an_error_aborts_the_rest_of_its_section_only(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)

        results = await connection.run(
            [
                Statement("SELECT 1"),
                Statement("SELECT 1/0"),
                Statement("SELECT 2", sync=True),
                Statement("SELECT 3"),
            ]
        )

        assert states(results) == ["ok", "22012", "aborted", "ok"]
        assert connection.transaction_status == TransactionStatus.IDLE
        await connection.close()

    run(scene())


def test_a_failed_section_leaves_nothing_behind(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        await connection.run([Statement("CREATE TABLE sections (n int)")])

        await connection.run(
            [Statement("INSERT INTO sections VALUES (1)"), Statement("SELECT 1/0")]
        )
        await connection.run(
            [Statement("INSERT INTO sections VALUES (2)", sync=True), Statement("SELECT 1/0")]
        )

        [result] = await connection.run([Statement("SELECT n FROM sections")])
        assert result.rows == [(b"2",)]
        await connection.close()

    run(scene())


def test_an_explicit_transaction_outlives_its_section(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)

        await connection.run([Statement("BEGIN"), Statement("SELECT 1")])
        inside = connection.transaction_status
        await connection.run([Statement("SELECT 1/0")])
        failed = connection.transaction_status
        results = await connection.run([Statement("SELECT 1", sync=True), Statement("ROLLBACK")])

        assert inside == TransactionStatus.INTRANS
        assert failed == TransactionStatus.INERROR
        assert states(results) == ["25P02", "ok"]
        assert connection.transaction_status == TransactionStatus.IDLE
        await connection.close()

    run(scene())


def test_an_error_carries_postgresqls_fields(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> PgError | None:
        connection = await opened(cluster)
        table = "CREATE TABLE fields (n int CONSTRAINT positive CHECK (n > 0))"
        await connection.run([Statement(table)])

        [result] = await connection.run([Statement("INSERT INTO fields VALUES (-1)")])

        await connection.close()
        return result.error

    error = run(scene())

    assert error is not None
    assert (error.sqlstate, error.constraint, error.table) == ("23514", "positive", "fields")
    assert error.schema == "public"
    assert "-1" in error.detail


def test_a_refused_statement_is_reported_where_it_stood_and_not_remembered(
    cluster: Cluster, run: Run[Any]
) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        late = Statement("SELECT n FROM late", sync=True)

        results = await connection.run(
            [late, Statement("CREATE TABLE late AS SELECT 7 AS n", sync=True), late, late]
        )

        assert states(results) == ["42P01", "ok", "ok", "ok"]
        [again] = await connection.run([late])
        assert again.rows == [(b"7",)]
        await connection.close()

    run(scene())


def test_a_statement_is_prepared_once_and_evicted_when_others_crowd_it_out(
    cluster: Cluster, run: Run[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PREPARED_LIMIT", 3)

    async def scene() -> None:
        connection = await opened(cluster)
        counted = Statement("SELECT count(*) FROM pg_prepared_statements")
        for _ in range(3):
            await connection.run([counted])
        [once] = await connection.run([counted])

        await connection.run([Statement(f"SELECT {n}") for n in range(20)])
        [crowded] = await connection.run([counted])

        assert once.value() == b"1"
        # The three kept ones and the counting statement itself.
        assert crowded.value() == b"4"
        await connection.close()

    run(scene())


def test_a_plan_that_went_stale_is_made_anew(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        everything = Statement("SELECT * FROM stale")
        await connection.run([Statement("CREATE TABLE stale AS SELECT 1 AS a")])
        await connection.run([everything])

        await connection.run([Statement("ALTER TABLE stale ADD b int DEFAULT 2")])
        [result] = await connection.run([everything])

        assert result.rows == [(b"1", b"2")]
        await connection.close()

    run(scene())


def test_cancel_stops_the_statement_and_the_connection_goes_on(
    cluster: Cluster, run: Run[Any]
) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        assert not await connection.cancel()

        sleeping = asyncio.create_task(connection.run([Statement("SELECT pg_sleep(60)")]))
        while not connection.busy:
            await asyncio.sleep(0)
        # Sent before the statement began, a cancel would find nothing to stop.
        while not sleeping.done():
            await connection.cancel()
            await asyncio.sleep(0.01)

        assert states(sleeping.result()) == ["57014"]
        assert states(await connection.run([Statement("SELECT 1")])) == ["ok"]
        await connection.close()

    run(scene())


def test_an_abandoned_run_is_waited_for_by_the_next(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        abandoned = asyncio.create_task(connection.run([Statement("SELECT pg_sleep(0.05), 'old'")]))
        await asyncio.sleep(0)
        abandoned.cancel()

        [result] = await connection.run([Statement("SELECT 'new'")])

        assert result.value() == b"new"
        await connection.close()

    run(scene())


def test_notices_come_before_the_result(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        heard: list[str] = []
        connection.notices = lambda notice: heard.append(notice.message)

        await connection.run([Statement("DO $$ BEGIN RAISE NOTICE 'listen'; END $$")])

        assert heard == ["listen"]
        await connection.close()

    run(scene())


def test_a_broken_connection_says_why(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection, killer = await opened(cluster), await opened(cluster)
        kill = Statement(f"SELECT pg_terminate_backend({connection.backend_pid})")
        running = asyncio.create_task(connection.run([Statement("SELECT pg_sleep(600)")]))
        while not connection.busy:
            await asyncio.sleep(0)

        await killer.run([kill])

        with pytest.raises(ConnectionLost, match="administrator command"):
            await running
        assert connection.closed
        with pytest.raises(ConnectionLost):
            await connection.run([Statement("SELECT 1")])
        await killer.close()

    run(scene())


def test_a_backend_that_dies_with_a_statement_unread_is_noticed(cluster: Cluster) -> None:
    """uvloop does not say that such a socket can be read: the statement would never end."""

    async def scene() -> None:
        connection, killer = await opened(cluster), await opened(cluster)
        backend = connection.backend_pid
        os.kill(backend, signal.SIGSTOP)
        try:
            await killer.run([Statement(f"SELECT pg_terminate_backend({backend})")])
            unread = asyncio.ensure_future(connection.run([Statement("SELECT 1")]))
            await asyncio.sleep(0)
        finally:
            os.kill(backend, signal.SIGCONT)

        with pytest.raises(ConnectionLost):
            await asyncio.wait_for(unread, 60)
        assert connection.closed
        await killer.close()

    server.run(scene())


def test_an_idle_connection_notices_that_it_broke(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection, killer = await opened(cluster), await opened(cluster)
        reason: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        connection.ended = reason.set_result

        await killer.run([Statement(f"SELECT pg_terminate_backend({connection.backend_pid})")])

        assert await asyncio.wait_for(reason, 60)
        assert connection.closed
        await killer.close()

    run(scene())


def test_nobody_is_told_of_an_end_that_was_asked_for(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        told: list[str] = []
        connection.ended = told.append

        await connection.close()

        assert connection.closed
        assert told == []

    run(scene())


def test_much_data_both_ways_does_not_block(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        large = Statement("SELECT repeat('x', 100000), $1::text", (b"y" * 100_000,))

        results = await connection.run([large] * 100)

        assert len(results) == 100
        assert all(result.rows == [(b"x" * 100_000, b"y" * 100_000)] for result in results)
        await connection.close()

    run(scene())


def test_a_script_is_one_transaction_and_stops_at_its_error(
    cluster: Cluster, run: Run[Any]
) -> None:
    async def scene() -> None:
        connection = await opened(cluster)

        results = await connection.script("CREATE TABLE scripted (n int); SELECT 1/0; SELECT 1")
        [found] = await connection.run([Statement("SELECT to_regclass('scripted')")])

        assert states(results) == ["ok", "22012"]
        assert found.value() is None
        await connection.close()

    run(scene())


def test_a_nul_in_a_statement_is_refused_not_cut(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        connection = await opened(cluster)

        with pytest.raises(ValueError, match="NUL"):
            await connection.run([Statement("SELECT 1 -- \0 DROP TABLE x")])

        await connection.close()

    run(scene())


def test_an_unknown_database_is_named(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        with pytest.raises(ConnectionLost, match='database "nowhere" does not exist'):
            await Connection.open(cluster.conninfo("nowhere"))

    run(scene())


def test_a_refused_commit_of_an_implicit_transaction_is_an_error(
    cluster: Cluster, run: Run[Any]
) -> None:
    async def scene() -> None:
        connection = await opened(cluster)
        await connection.script(
            "CREATE TEMP TABLE owner (id int PRIMARY KEY);"
            "CREATE TEMP TABLE pet (owner int REFERENCES owner DEFERRABLE INITIALLY DEFERRED)"
        )

        results = await connection.run([Statement("INSERT INTO pet VALUES (1)")])

        assert states(results) == ["ok", "23503"]
        [count] = await connection.run([Statement("SELECT count(*) FROM pet")])
        assert count.value() == b"0"
        await connection.close()

    run(scene())
