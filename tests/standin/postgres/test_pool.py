"""Borrowed connections are as new, and there are only so many."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg.pq import TransactionStatus

from couponry_standin.postgres.cluster import Cluster
from couponry_standin.postgres.connection import ConnectionLost
from couponry_standin.postgres.pool import Pool, PoolExhausted
from couponry_standin.postgres.statement import Statement

from .conftest import Run


def test_a_connection_comes_back_without_traces(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=4)
        first = await pool.acquire("postgres")
        await first.run(
            [
                Statement("SET work_mem = '1MB'", sync=True),
                Statement("SELECT set_config('tsql.user', 'somebody', false)", sync=True),
                Statement("CREATE TEMP TABLE scratch (n int)", sync=True),
                Statement("SELECT pg_advisory_lock(7)", sync=True),
                Statement("BEGIN"),
                Statement("SELECT 1/0"),
            ]
        )

        await pool.release(first)
        second = await pool.acquire("postgres")
        results = await second.run(
            [
                Statement("SELECT current_setting('work_mem') <> '1MB'"),
                Statement("SELECT coalesce(current_setting('tsql.user', true), '') = ''"),
                Statement("SELECT to_regclass('pg_temp.scratch') IS NULL"),
                Statement("SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'"),
            ]
        )

        assert second is first
        assert [result.value() for result in results] == [b"t"] * 4
        assert second.transaction_status == TransactionStatus.IDLE
        await pool.close()

    run(scene())


def test_prepared_statements_survive_the_return(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=4)
        kept = Statement("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%kept%'")
        connection = await pool.acquire("postgres")
        [before] = await connection.run([kept])

        await pool.release(connection)
        [after] = await (await pool.acquire("postgres")).run([kept])

        assert after.rows == before.rows
        await pool.close()

    run(scene())


def test_a_busy_connection_is_cancelled_when_it_is_returned(
    cluster: Cluster, run: Run[Any]
) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=4)
        connection = await pool.acquire("postgres")
        running = asyncio.create_task(connection.run([Statement("SELECT pg_sleep(600)")]))
        while not connection.busy:
            await asyncio.sleep(0)

        async with asyncio.timeout(60):
            await pool.release(connection)

        assert (await running)[0].error is not None
        assert pool.in_use("postgres") == 0
        await pool.close()

    run(scene())


def test_a_broken_connection_is_not_lent_again(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=4)
        connection = await pool.acquire("postgres")
        await connection.close()

        await pool.release(connection)
        other = await pool.acquire("postgres")

        assert other is not connection
        assert pool.size == 1
        await pool.close()

    run(scene())


def test_the_limit_is_told(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=2)
        await asyncio.gather(pool.acquire("postgres"), pool.acquire("postgres"))

        with pytest.raises(PoolExhausted, match="All 2 connections"):
            await pool.acquire("postgres")

        await pool.close()

    run(scene())


def test_an_idle_connection_elsewhere_makes_room(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=1)
        await pool.release(await pool.acquire("postgres"))

        elsewhere = await pool.acquire("template1")

        assert elsewhere.database == "template1"
        assert pool.size == 1
        await pool.close()

    run(scene())


def test_a_failed_connect_takes_no_place(cluster: Cluster, run: Run[Any]) -> None:
    async def scene() -> None:
        pool = Pool(cluster.conninfo, limit=1)

        with pytest.raises(ConnectionLost):
            await pool.acquire("nowhere")

        assert pool.size == 0
        await pool.close()

    run(scene())
