"""A disk without room: the statement ends with SQL Server's error, and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.standin.session.engine import Engine

TABLES = (
    "CREATE TABLE dbo.Big (Id int NOT NULL, Filler char(1000) NOT NULL)",
    "CREATE TABLE dbo.Small (Id int NOT NULL)",
)
FILL = "INSERT dbo.Big (Id, Filler) VALUES (1, 'x')"
FULL = (
    "Could not allocate space for object 'dbo.Big' in database '{}' because the 'PRIMARY'"
    " filegroup is full due to lack of storage space or database files reaching the maximum allowed"
    " size. Note that UNLIMITED files are still limited to 16TB. Create the necessary space by"
    " dropping objects in the filegroup, adding additional files to the filegroup, or setting"
    " autogrowth on for existing files in the filegroup."
)


@contextmanager
def full(engine: Engine, database: str, table: str) -> Iterator[None]:
    """No room for an empty table: /dev/full lies in the place of its file.

    The system itself answers every write to it with ENOSPC. Backends that have the file open would
    not notice the exchange: they are ended before it, and after it.
    """
    with engine.watch(database) as watch:
        info = watch.connection.info
        where = {"host": info.host, "port": str(info.port), "user": info.user}
        with psycopg.connect(**where, dbname=database, autocommit=True) as inside:
            row = inside.execute("SELECT pg_relation_filepath(%s)", (table,)).fetchone()
            # What is still to be written of the empty file must not meet the other one.
            inside.execute("CHECKPOINT")
        assert row is not None
        file = engine.data_dir / "postgres" / str(row[0])
        watch.kill()
        aside = file.rename(file.with_suffix(".aside"))
        file.symlink_to("/dev/full")
        try:
            yield
        finally:
            watch.kill()
            aside.replace(file)


def test_a_full_disk_is_1105_and_ends_the_statement_only(engine: Engine) -> None:
    with engine.database(*TABLES) as database:
        with full(engine, database, "dbo.big"), engine.wire(database) as wire:
            answer = wire.batch(f"{FILL}; SELECT 2")
            caught = wire.batch(
                f"BEGIN TRY {FILL} END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH"
            )
            wire.batch("BEGIN TRAN; INSERT dbo.Small (Id) VALUES (7)")
            inside = wire.batch(FILL)
            after = wire.batch("COMMIT; SELECT Id FROM dbo.Small")

        [error] = answer.errors
        assert (error.number, error.severity, error.state) == (1105, 17, 2)
        assert error.text == FULL.format(database)
        assert answer.value == "2"
        assert caught.value == "1105"
        assert inside.numbers == [1105]
        assert after.value == "7"
        with engine.wire(database) as wire:
            assert wire.batch(FILL).counts == [1]
