"""Locks between two sessions. Nobody sleeps: who must wait is asked until it does."""

from __future__ import annotations

import pytest

from tests.standin.session.engine import Watch
from tests.standin.session.wire import Answer, Wire


@pytest.fixture(autouse=True)
def _items(wire: Wire) -> None:
    wire.batch("INSERT dbo.Item (Id, Stock) VALUES (1, 10), (2, 20)")


def refused(wire: Wire, text: str) -> bool:
    """Whether a statement meets a lock, by not waiting for it."""
    return wire.batch(f"SET LOCK_TIMEOUT 0; {text}").numbers == [1222]


def test_a_writer_waits_for_a_writer(wire: Wire, other: Wire) -> None:
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 11 WHERE Id = 1")

    assert refused(other, "UPDATE dbo.Item SET Stock = 12 WHERE Id = 1")
    assert not refused(other, "UPDATE dbo.Item SET Stock = 21 WHERE Id = 2")
    wire.batch("COMMIT")
    assert not refused(other, "UPDATE dbo.Item SET Stock = 12 WHERE Id = 1")


def test_a_lock_time_out_ends_the_statement_only(wire: Wire, other: Wire) -> None:
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 11 WHERE Id = 1")

    answer = other.batch(
        "SET LOCK_TIMEOUT 20; BEGIN TRAN; UPDATE dbo.Item SET Stock = 22 WHERE Id = 2;"
        " UPDATE dbo.Item SET Stock = 12 WHERE Id = 1; SELECT @@TRANCOUNT, XACT_STATE(); COMMIT"
    )

    assert answer.numbers == [1222]
    assert answer.rows == [("1", "1")]
    wire.batch("ROLLBACK")
    assert wire.batch("SELECT Stock FROM dbo.Item ORDER BY Id").rows == [("10",), ("22",)]


def test_a_lock_time_out_is_caught(wire: Wire, other: Wire) -> None:
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 11 WHERE Id = 1")

    answer = other.batch(
        "SET LOCK_TIMEOUT 0; BEGIN TRY UPDATE dbo.Item SET Stock = 12 WHERE Id = 1; END TRY"
        " BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE(); END CATCH"
    )

    assert answer.rows == [("1222", "0")]


def test_a_lock_time_out_outlives_the_calls_that_a_procedure_makes(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Reads AS SELECT Id FROM dbo.Item")
    wire.batch(
        "CREATE PROCEDURE dbo.Takes AS BEGIN DECLARE @t TABLE (Id int);"
        " INSERT INTO @t EXEC dbo.Reads; SELECT @@LOCK_TIMEOUT; END"
    )
    wire.batch(
        "CREATE PROCEDURE dbo.Calls AS BEGIN SET LOCK_TIMEOUT 700; EXEC dbo.Takes;"
        " SELECT @@LOCK_TIMEOUT; BEGIN TRANSACTION; EXEC dbo.Takes; SELECT @@LOCK_TIMEOUT;"
        " ROLLBACK TRANSACTION; SELECT @@LOCK_TIMEOUT; END"
    )

    inside = wire.batch("EXEC dbo.Calls")

    assert [rows[0][0] for rows in inside.sets] == ["700"] * 5
    assert wire.batch("SELECT @@LOCK_TIMEOUT").value == "-1"


def test_a_waiting_writer_sees_what_was_committed(wire: Wire, other: Wire, watch: Watch) -> None:
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
    other.start("UPDATE dbo.Item SET Stock -= 1 WHERE Id = 1 AND Stock > 0; SELECT @@ROWCOUNT")
    watch.until("Lock")

    wire.batch("COMMIT")

    assert other.answer().value == "0"


def test_a_procedure_that_waited_in_vain_lets_go_of_the_row_and_keeps_the_others(
    wire: Wire, other: Wire, watch: Watch
) -> None:
    """In a procedure that is expanded in its caller, as those of a redemption are."""
    wire.batch(
        "CREATE PROCEDURE dbo.Takes @Id int AS BEGIN SET NOCOUNT, XACT_ABORT ON;"
        " UPDATE dbo.Item SET Stock -= 1 WHERE Id = @Id AND Stock > 0; RETURN @@ROWCOUNT; END"
    )
    wire.batch(
        "CREATE PROCEDURE dbo.Begins AS BEGIN SET NOCOUNT, XACT_ABORT ON; BEGIN TRANSACTION;"
        " UPDATE dbo.Item SET Stock = 7 WHERE Id = 2;"
        " DECLARE @n int; EXEC @n = dbo.Takes @Id = 1; SELECT @n AS n; END"
    )
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
    other.start("EXEC dbo.Begins")
    watch.until("Lock")
    wire.batch("COMMIT")

    assert other.answer().value == "0"
    assert not refused(wire, "UPDATE dbo.Item SET Stock = 5 WHERE Id = 1")
    assert refused(wire, "UPDATE dbo.Item SET Stock = 5 WHERE Id = 2")
    other.batch("ROLLBACK")


def test_what_a_statement_that_changes_others_waited_in_vain_for_stays_locked(
    wire: Wire, other_versioned: Wire, watch: Watch
) -> None:
    """A difference that docs/standin.md names: SQL Server lets go of what does not qualify."""
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
    other_versioned.start(
        "BEGIN TRAN; UPDATE dbo.Item SET Stock -= 1 WHERE Id IN (1, 2) AND Stock > 0"
    )
    watch.until("Lock")
    wire.batch("COMMIT")
    other_versioned.answer()

    assert refused(wire, "UPDATE dbo.Item SET Stock = 5 WHERE Id = 1")

    other_versioned.batch("ROLLBACK")
    assert not refused(wire, "UPDATE dbo.Item SET Stock = 5 WHERE Id = 1")


def test_updlock_keeps_others_from_updlock(wire: Wire, other: Wire) -> None:
    wire.batch("BEGIN TRAN; SELECT Stock FROM dbo.Item WITH (UPDLOCK) WHERE Id = 1")

    assert refused(other, "SELECT Stock FROM dbo.Item WITH (UPDLOCK) WHERE Id = 1")
    assert not refused(other, "SELECT Stock FROM dbo.Item WHERE Id = 1")
    wire.batch("ROLLBACK")


def test_readpast_passes_locked_rows_by(wire: Wire, other: Wire) -> None:
    wire.batch("BEGIN TRAN; SELECT Id FROM dbo.Item WITH (UPDLOCK) WHERE Id = 1")

    answer = other.batch("SELECT Id FROM dbo.Item WITH (UPDLOCK, READPAST, ROWLOCK) ORDER BY Id")

    assert answer.rows == [("2",)]
    wire.batch("ROLLBACK")


def test_holdlock_locks_what_is_not_there(wire: Wire, other: Wire) -> None:
    absent = "IF NOT EXISTS (SELECT 1 FROM dbo.Item WITH (UPDLOCK, HOLDLOCK) WHERE Id = {0})"
    insert = f"{absent} INSERT dbo.Item (Id) VALUES ({{0}})"
    wire.batch("BEGIN TRAN; " + insert.format(7))

    assert refused(other, "BEGIN TRAN; " + insert.format(7))
    other.batch("IF @@TRANCOUNT > 0 ROLLBACK")
    assert other.batch("SET LOCK_TIMEOUT 0; BEGIN TRAN; " + insert.format(8)).errors == []
    other.batch("ROLLBACK")
    wire.batch("COMMIT")


def test_a_deadlock_has_one_victim(wire: Wire, other: Wire, watch: Watch) -> None:
    change = "UPDATE dbo.Item SET Stock += 1 WHERE Id = {}"
    wire.batch("BEGIN TRAN; " + change.format(1))
    other.batch("BEGIN TRAN; " + change.format(2))

    wire.start(change.format(2))
    watch.until("Lock")
    other.start(change.format(1))
    answers: list[Answer] = []
    for each in (other, wire):
        answers.append(each.answer())
        each.batch("IF @@TRANCOUNT > 0 COMMIT")

    numbers = [answer.numbers for answer in answers]
    assert sorted(numbers) == [[], [1205]]
    [victim] = [answer for answer in answers if answer.errors]
    assert victim.errors[0].severity == 13
    assert victim.of("environment") == ["rollback"]
    assert wire.batch("SELECT SUM(Stock) FROM dbo.Item").value == "32"


def test_an_application_lock_is_one_holders(wire: Wire, other: Wire) -> None:
    take = (
        "DECLARE @r int; EXEC @r = sp_getapplock @Resource = N'thing', @LockMode = N'Exclusive',"
        " @LockOwner = N'Transaction', @LockTimeout = 0; SELECT @r"
    )

    assert wire.batch(f"BEGIN TRAN; {take}").value == "0"
    assert other.batch(f"BEGIN TRAN; {take}; ROLLBACK").value == "-1"
    wire.batch("ROLLBACK")
    assert other.batch(f"BEGIN TRAN; {take}; ROLLBACK").value == "0"


def test_a_loop_does_not_fill_the_room_for_locks(wire: Wire, watch: Watch) -> None:
    """SQL Server takes the table's lock instead of some thousands of its rows."""
    answer = wire.batch(
        "BEGIN TRAN; DECLARE @i int = 100; WHILE @i < 6100 BEGIN"
        " INSERT dbo.Item (Id) VALUES (@i); SET @i += 1; END; SELECT COUNT(*) FROM dbo.Item"
    )

    assert answer.value == "6002"
    held = watch.connection.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
    ).fetchone()
    assert held is not None
    assert 1000 < held[0] < 5500
    wire.batch("ROLLBACK")
