"""Clients that vanish in the middle: what they hold is free at once, what they did is undone.

Nothing here is a matter of time: a second session waits for the lock, and gets it.
"""

from __future__ import annotations

import socket
import struct

import pytest

from tests.standin.session.engine import Engine, Watch
from tests.standin.session.wire import Wire

WAYS = ("in order", "by a reset")
TWO_ROWS = "INSERT dbo.Item (Id, Stock) VALUES (1, 10), (2, 20)"


def vanish(wire: Wire, way: str) -> None:
    """FIN, as when a process ends; RST, as when it is killed with bytes unread or its host dies."""
    if way == "by a reset":
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()


@pytest.mark.parametrize("way", WAYS)
def test_who_waits_for_a_client_that_vanishes_gets_the_row_as_it_was(
    engine: Engine, database: str, wire: Wire, watch: Watch, way: str
) -> None:
    wire.batch(TWO_ROWS)
    gone = engine.wire(database)
    gone.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 99; INSERT dbo.Log (Text) VALUES (N'x')")
    wire.start("UPDATE dbo.Item SET Stock += 1 OUTPUT inserted.Stock WHERE Id = 1")
    watch.until("Lock")

    vanish(gone, way)

    assert wire.answer().rows == [("11",)]
    assert wire.batch("SELECT COUNT(*) FROM dbo.Log").value == "0"


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_vanishes_while_it_waits_for_a_lock_lets_go_of_its_own(
    engine: Engine, database: str, wire: Wire, other: Wire, watch: Watch, way: str
) -> None:
    # The row that it waits for stays locked all the while: its own becomes free nevertheless.
    wire.batch(TWO_ROWS)
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 21 WHERE Id = 2")
    gone = engine.wire(database)
    gone.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 99 WHERE Id = 1")
    gone.start("UPDATE dbo.Item SET Stock = 99 WHERE Id = 2")
    watch.until("Lock")

    vanish(gone, way)

    assert other.batch(
        "UPDATE dbo.Item SET Stock += 1 OUTPUT inserted.Stock WHERE Id = 1"
    ).rows == [("11",)]
    wire.batch("COMMIT")
    assert other.batch("SELECT Stock FROM dbo.Item WHERE Id = 2").value == "21"


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_vanishes_inside_a_procedure_leaves_nothing_of_it(
    engine: Engine, database: str, wire: Wire, watch: Watch, way: str
) -> None:
    wire.batch(TWO_ROWS)
    wire.batch(
        "CREATE PROCEDURE dbo.spSlow AS BEGIN SET XACT_ABORT OFF; BEGIN TRAN;"
        " UPDATE dbo.Item SET Stock = 99; BEGIN TRY WAITFOR DELAY '01:00:00' END TRY"
        " BEGIN CATCH PRINT 'caught' END CATCH; COMMIT END"
    )
    gone = engine.wire(database)
    gone.start("EXEC dbo.spSlow")
    watch.until("Timeout")

    vanish(gone, way)

    assert wire.batch("UPDATE dbo.Item SET Stock += 1 OUTPUT inserted.Stock WHERE Id = 1").rows == [
        ("11",)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_a_client_that_vanishes_lets_go_of_its_application_locks(
    engine: Engine, database: str, wire: Wire, watch: Watch, way: str
) -> None:
    gone = engine.wire(database)
    gone.batch(
        "EXEC sp_getapplock @Resource = 'door', @LockMode = 'Exclusive', @LockOwner = 'Session'"
    )
    wire.start(
        "DECLARE @r int; EXEC @r = sp_getapplock @Resource = 'door', @LockMode = 'Exclusive',"
        " @LockOwner = 'Session'; SELECT @r"
    )
    watch.until("Lock")

    vanish(gone, way)

    assert wire.answer().value == "1"


def test_a_database_whose_backends_have_all_gone_is_used_by_nobody(engine: Engine) -> None:
    with engine.database("CREATE TABLE dbo.Item (Id int NOT NULL)") as database:
        with engine.watch(database) as watch:
            watch.kill()
        with engine.wire(database) as wire:
            # The catalogue is read anew, over a connection that has gone.
            assert wire.batch("CREATE TABLE dbo.Other (Id int NOT NULL)").errors == []

        with engine.wire() as wire:
            assert wire.batch(f"DROP DATABASE {database}").errors == []
