"""READ_COMMITTED_SNAPSHOT OFF: writers say that they write, readers can wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from .conftest import Desk

Connection = psycopg.Connection[Any]
TABLE = 7001


@pytest.fixture
def pair(desk: Desk) -> Iterator[tuple[Connection, Connection]]:
    """A writer and a reader of a table of two rows, in a database with the option OFF."""
    with (
        psycopg.connect(desk.conninfo, autocommit=True) as writer,
        psycopg.connect(desk.conninfo, autocommit=True) as reader,
    ):
        writer.execute("CREATE TABLE dbo.marked (id int4 PRIMARY KEY, n int4)")
        writer.execute("INSERT INTO dbo.marked VALUES (1, 10), (2, 20)")
        writer.execute(
            "INSERT INTO tsql.objects (object_id, schema_name, name, type, doc)"
            f" VALUES ({TABLE}, 'dbo', 'marked', 'U', '{{}}')"
        )
        writer.execute("SELECT tsql.mark_writers('dbo', 'marked')")
        reader.execute("SET lock_timeout = '20ms'")
        yield writer, reader
        writer.rollback()
        writer.execute("DROP TABLE dbo.marked")
        writer.execute(f"DELETE FROM tsql.objects WHERE object_id = {TABLE}")
        writer.execute(
            "UPDATE tsql.options SET value = 'OFF' WHERE name = 'READ_COMMITTED_SNAPSHOT'"
        )


def awaits(reader: Connection) -> bool | None:
    """What ``await_writers`` answers; None where it still waits when its patience ends."""
    try:
        row = reader.execute(f"SELECT tsql.await_writers({TABLE})").fetchone()
    except psycopg.errors.LockNotAvailable:
        return None
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO dbo.marked VALUES (3, 30)",
        "UPDATE dbo.marked SET n = 0 WHERE id = 1",
        "DELETE FROM dbo.marked WHERE id = 1",
    ],
)
def test_a_reader_waits_for_whoever_has_changed_a_row(
    pair: tuple[Connection, Connection], change: str
) -> None:
    writer, reader = pair
    assert awaits(reader) is False

    with writer.transaction(force_rollback=True):
        writer.execute(change)
        assert awaits(reader) is None

    assert awaits(reader) is False


def test_nobody_waits_for_a_change_of_no_row_or_for_himself(
    pair: tuple[Connection, Connection],
) -> None:
    writer, reader = pair

    with writer.transaction():
        writer.execute("UPDATE dbo.marked SET n = 0 WHERE id = 99")
        assert awaits(reader) is False
        writer.execute("UPDATE dbo.marked SET n = 0 WHERE id = 1")
        assert awaits(writer) is False


def test_a_waiting_reader_holds_up_no_other_writer(pair: tuple[Connection, Connection]) -> None:
    """It asks for the process that it waits for, which no writer but that one does."""
    writer, reader = pair
    pid = writer.info.backend_pid

    with writer.transaction(), psycopg.connect(writer.info.dsn, autocommit=True) as third:
        writer.execute("UPDATE dbo.marked SET n = 0 WHERE id = 1")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            reader.execute("SELECT tsql.await_writer(%s)", (pid,))
        reader.execute("SELECT tsql.await_writer(%s)", (third.info.backend_pid,))
        third.execute("UPDATE dbo.marked SET n = 1 WHERE id = 2")


def test_an_updated_row_is_waited_for_and_one_that_is_locked_for_an_update_is_not(
    pair: tuple[Connection, Connection],
) -> None:
    writer, reader = pair
    asked = "SELECT FROM dbo.marked WHERE id = 1 FOR KEY SHARE"

    with writer.transaction(force_rollback=True):
        writer.execute("SELECT FROM dbo.marked WHERE id = 1 FOR NO KEY UPDATE")
        reader.execute(asked)
        writer.execute("UPDATE dbo.marked SET n = 0 WHERE id = 1")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            reader.execute(asked)

    reader.execute(asked)


def test_with_the_option_on_writers_say_nothing(pair: tuple[Connection, Connection]) -> None:
    writer, reader = pair
    writer.execute("UPDATE tsql.options SET value = 'ON' WHERE name = 'READ_COMMITTED_SNAPSHOT'")
    writer.execute("SELECT tsql.mark_writers('dbo', 'marked')")

    with writer.transaction(force_rollback=True):
        writer.execute("UPDATE dbo.marked SET n = 0 WHERE id = 1")
        assert awaits(reader) is False
