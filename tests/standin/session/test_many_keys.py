"""A transaction that inserts more rows than there is room for locks of their keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Watch
from tests.standin.session.wire import Wire

LOCKS = """
    SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
    WHERE d.datname = %s AND l.locktype = 'advisory'
"""
ROWS, KEYS = 1_900, 3


def held(watch: Watch) -> int:
    [count] = watch.connection.execute(LOCKS, (watch.database,)).fetchone() or [0]
    return int(count)


@pytest.fixture(autouse=True)
def _adding(wire: Wire) -> Iterator[None]:
    """A row by a call of its own, as loaders send them; and many such calls."""
    wire.batch(
        "CREATE TABLE dbo.Loaded (Id int NOT NULL PRIMARY KEY, A int NOT NULL UNIQUE,"
        " B varchar(20) NOT NULL UNIQUE)"
    )
    wire.batch(
        "CREATE PROCEDURE dbo.AddRow @Id int AS BEGIN SET NOCOUNT ON;"
        " INSERT dbo.Loaded (Id, A, B) VALUES (@Id, @Id, @Id); END"
    )
    wire.batch(
        "CREATE PROCEDURE dbo.AddRows @First int, @Count int AS BEGIN SET NOCOUNT ON;"
        " DECLARE @i int = @First; WHILE @i < @First + @Count BEGIN"
        " EXEC dbo.AddRow @Id = @i; SET @i += 1; END; END"
    )
    yield
    wire.batch("IF @@TRANCOUNT > 0 ROLLBACK; DROP TABLE dbo.Loaded")


def refused(wire: Wire, text: str) -> bool:
    return wire.batch(f"SET LOCK_TIMEOUT 0; {text}").numbers == [1222]


def test_behind_some_thousand_rows_it_locks_the_table_in_place_of_keys(
    wire: Wire, other: Wire, watch: Watch
) -> None:
    answer = wire.batch(
        f"BEGIN TRAN; EXEC dbo.AddRows 10, 100; SAVE TRAN a; EXEC dbo.AddRows 1000, {ROWS}"
    )

    assert answer.errors == []
    assert 4_900 < held(watch) < 5_300
    last = 999 + ROWS
    assert refused(other, f"UPDATE dbo.Loaded SET B = B WHERE Id = {last}")
    assert refused(other, f"DELETE dbo.Loaded WHERE Id = {last}")
    assert refused(other, "INSERT dbo.Loaded VALUES (1, 1, 1)")

    wire.batch("ROLLBACK TRAN a")

    assert other.batch("INSERT dbo.Loaded VALUES (1, 1, 1)").errors == []
    assert not refused(other, f"UPDATE dbo.Loaded SET B = B WHERE Id = {last}")
    assert refused(other, "UPDATE dbo.Loaded SET B = B WHERE Id = 10")
    wire.batch("ROLLBACK")
    assert held(watch) == 0


def test_the_next_transaction_locks_its_keys_again(wire: Wire, other: Wire, watch: Watch) -> None:
    wire.batch(f"BEGIN TRAN; EXEC dbo.AddRows 1000, {ROWS}; ROLLBACK")

    wire.batch("BEGIN TRAN; EXEC dbo.AddRows 1, 3")

    assert refused(other, "UPDATE dbo.Loaded SET B = B WHERE Id = 2")
    assert other.batch("INSERT dbo.Loaded VALUES (4, 4, 4)").errors == []
    assert 0 < held(watch) < 20
    wire.batch("ROLLBACK")


def test_where_others_have_written_to_the_table_nobody_waits_for_its_rows(
    wire: Wire, other: Wire, watch: Watch
) -> None:
    assert other.batch("BEGIN TRAN; INSERT dbo.Loaded VALUES (1, 1, 1)").errors == []

    assert wire.batch(f"BEGIN TRAN; EXEC dbo.AddRows 1000, {ROWS}").errors == []

    assert held(watch) >= ROWS * KEYS
    assert other.batch("INSERT dbo.Loaded VALUES (2, 2, 2)").errors == []
    assert refused(other, "UPDATE dbo.Loaded SET B = B WHERE Id = 1000")
    other.batch("ROLLBACK")
    wire.batch("ROLLBACK")
