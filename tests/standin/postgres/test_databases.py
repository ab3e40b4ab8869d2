"""Databases are copies of a template that holds the runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from couponry_standin.postgres.cluster import Cluster
from couponry_standin.postgres.connection import Connection
from couponry_standin.postgres.databases import (
    DatabaseError,
    DatabaseExists,
    DatabaseInUse,
    DatabaseMissing,
    Databases,
    NameReserved,
)
from couponry_standin.postgres.pool import Pool
from couponry_standin.postgres.result import PgError
from couponry_standin.postgres.statement import Statement

from .conftest import Run


@pytest.fixture
def clean(cluster: Cluster, run: Run[Any]) -> Iterator[Cluster]:
    """No databases but PostgreSQL's own."""
    yield cluster

    async def drop() -> None:
        connection = await Connection.open(cluster.conninfo("postgres"))
        [found] = await connection.run(
            [
                Statement(
                    "SELECT datname FROM pg_database WHERE oid > 16383 AND datname <> 'postgres'"
                )
            ]
        )
        for (name,) in found.rows:
            quoted = '"' + (name or b"").decode() + '"'
            await connection.script(f"ALTER DATABASE {quoted} IS_TEMPLATE false")
            await connection.script(f"DROP DATABASE {quoted} WITH (FORCE)")
        await connection.close()

    run(drop())


async def value(cluster: Cluster, database: str, sql: str) -> bytes | None:
    connection = await Connection.open(cluster.conninfo(database))
    try:
        [result] = await connection.run([Statement(sql)])
        assert result.error is None
        return result.value()
    finally:
        await connection.close()


def test_the_first_start_makes_master_and_the_second_nothing(
    clean: Cluster, run: Run[Any], runtime: Path
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            first = await databases.install()
            second = await databases.install()

            assert first.fresh
            assert not second.fresh
            assert second.upgraded == ()
            assert await databases.list_databases() == ["master"]
            assert await value(clean, "master", "SELECT tsql.version()") == b"1"

    run(scene())


def test_a_database_is_found_in_any_spelling_and_keeps_its_own(
    clean: Cluster, run: Run[Any], runtime: Path
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            await databases.install()

            await databases.create_database("CouponDb")

            assert await databases.database_exists("COUPONDB")
            name = "SELECT value FROM tsql.options WHERE name = 'name'"
            assert await value(clean, "coupondb", name) == b"CouponDb"
            with pytest.raises(DatabaseExists):
                await databases.create_database("coupondb")
            await databases.drop_database("COUPONDB")
            assert not await databases.database_exists("CouponDb")
            with pytest.raises(DatabaseMissing):
                await databases.drop_database("CouponDb")

    run(scene())


@pytest.mark.parametrize("name", ["postgres", "Template1", "tsql_template"])
def test_the_engines_own_names_are_refused(
    clean: Cluster, run: Run[Any], runtime: Path, name: str
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            await databases.install()

            with pytest.raises(NameReserved):
                await databases.create_database(name)
            with pytest.raises(NameReserved):
                await databases.drop_database(name)
            assert not await databases.database_exists(name)

    run(scene())


@pytest.mark.parametrize("name", ['a"b; DROP DATABASE master; --', "x" * 128, "ü" * 60])
def test_any_name_of_tsql_is_a_name(
    clean: Cluster, run: Run[Any], runtime: Path, name: str
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            await databases.install()

            await databases.create_database(name)

            assert await databases.database_exists(name)
            await databases.drop_database(name)
            assert await databases.list_databases() == ["master"]

    run(scene())


def test_a_database_in_use_is_not_dropped(clean: Cluster, run: Run[Any], runtime: Path) -> None:
    async def scene() -> None:
        pool = Pool(clean.conninfo, limit=5)
        async with Databases(clean.conninfo, pool=pool, runtime=runtime) as databases:
            await databases.install()
            await databases.create_database("busy")
            connection = await pool.acquire("busy")

            with pytest.raises(DatabaseInUse):
                await databases.drop_database("busy")

            await pool.release(connection)
            await databases.drop_database("busy")
            await pool.close()

    run(scene())


class Lingering(Databases):
    """PostgreSQL that still sees a process in each database when a command first comes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.tried: list[str] = []

    async def _command(self, sql: str) -> Any:
        if sql.startswith(("CREATE", "DROP")) and sql not in self.tried:
            self.tried.append(sql)
            return SimpleNamespace(error=PgError("55006", "is being accessed by other users"))
        return await super()._command(sql)


def test_processes_that_end_slowly_are_waited_for(
    clean: Cluster, run: Run[Any], runtime: Path
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            await databases.install()
        pool = Pool(clean.conninfo, limit=5)
        async with Lingering(clean.conninfo, pool=pool, runtime=runtime) as lingering:
            await lingering.create_database("model")
            await lingering.create_database("copy", "model")
            await lingering.drop_database("copy")
            await lingering.drop_database("model")

            assert len(lingering.tried) == 4
            assert await lingering.list_databases() == ["master"]
            await pool.close()

    run(scene())


def test_a_changed_runtime_reaches_every_database(
    clean: Cluster, run: Run[Any], runtime: Path
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            await databases.install()
            await databases.create_database("Old")
        functions = runtime / "010_functions.sql"
        functions.write_text(functions.read_text().replace("1 +", "2 +"))

        async with Databases(clean.conninfo, runtime=runtime) as databases:
            installation = await databases.install()
            await databases.create_database("New")

        assert sorted(installation.upgraded) == ["master", "old"]
        for name in ("master", "old", "new"):
            assert await value(clean, name, "SELECT tsql.version()") == b"2"

    run(scene())


def test_a_database_that_refuses_the_new_runtime_stays_as_it_was(
    clean: Cluster, run: Run[Any], runtime: Path
) -> None:
    async def scene() -> None:
        async with Databases(clean.conninfo, runtime=runtime) as databases:
            await databases.install()
        (runtime / "000_tables.sql").open("a").write("CREATE TABLE tsql.extra ();\n")
        (runtime / "010_functions.sql").write_text(
            "CREATE OR REPLACE FUNCTION tsql.version() RETURNS text LANGUAGE sql RETURN '3';\n"
        )

        async with Databases(clean.conninfo, runtime=runtime) as databases:
            with pytest.raises(DatabaseError, match=r"'master' was made by another version"):
                await databases.install()

        assert await value(clean, "master", "SELECT tsql.version()") == b"1"
        assert await value(clean, "master", "SELECT to_regclass('tsql.extra')") is None

    run(scene())


def test_an_error_in_the_runtime_names_its_file_and_line(
    clean: Cluster, run: Run[Any], runtime: Path
) -> None:
    async def scene() -> None:
        (runtime / "020_broken.sql").write_text("SELECT 1;\nSELECT 1;\nSELEC 3;\n")

        async with Databases(clean.conninfo, runtime=runtime) as databases:
            with pytest.raises(DatabaseError, match=r"runtime/020_broken\.sql:3: syntax error"):
                await databases.install()

    run(scene())
