"""KILL: who may be ended, what becomes of the work, and what the client of the session sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine, Watch
from tests.standin.session.wire import Wire

KILLED = "Cannot continue the execution because the session is in the kill state."
COUNT = "SELECT COUNT(*) FROM dbo.Item"


def number_of(wire: Wire) -> str:
    number = wire.batch("SELECT @@SPID").value
    assert number is not None
    return number


def is_broken(wire: Wire) -> bool:
    try:
        wire.batch("SELECT 1")
    except ConnectionError:
        return True
    return False


@pytest.fixture
def clerk(engine: Engine, database: str, wire: Wire) -> Iterator[Wire]:
    """Somebody who does not own the database."""
    secret = "Str0ng-enough!"
    wire.batch(f"CREATE LOGIN Clerk WITH PASSWORD = '{secret}'")
    wire.batch("CREATE USER Clerk FOR LOGIN Clerk")
    with engine.wire(database, "Clerk", secret) as opened:
        yield opened
    wire.batch("DROP USER Clerk; DROP LOGIN Clerk")


def test_an_idle_session_that_is_killed_has_a_broken_connection(wire: Wire, other: Wire) -> None:
    number = number_of(other)

    assert wire.batch(f"KILL {number}").errors == []

    assert is_broken(other)
    assert wire.batch(f"KILL {number}").numbers == [6106]


def test_what_it_had_not_committed_is_undone_before_the_next_statement(
    wire: Wire, other: Wire
) -> None:
    number = number_of(other)
    other.batch("INSERT dbo.Item (Id) VALUES (1); BEGIN TRAN; INSERT dbo.Item (Id) VALUES (2)")

    answer = wire.batch(f"KILL {number}; SET LOCK_TIMEOUT 0; {COUNT}; DELETE dbo.Item")

    assert answer.errors == []
    assert answer.value == "1"
    assert is_broken(other)


def test_a_request_that_runs_ends_with_596(wire: Wire, other: Wire, watch: Watch) -> None:
    number = number_of(other)
    other.start("BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1); WAITFOR DELAY '01:00:00'; SELECT 1")
    watch.until("Timeout")

    assert wire.batch(f"KILL {number}; {COUNT}").value == "0"

    answer = other.answer()
    [killed] = answer.errors
    assert (killed.number, killed.severity, killed.text) == (596, 21, KILLED)
    assert answer.sets == []
    assert is_broken(other)


def test_a_request_that_is_killed_does_not_catch_it(wire: Wire, other: Wire, watch: Watch) -> None:
    number = number_of(other)
    other.start(
        "BEGIN TRY WAITFOR DELAY '01:00:00'; END TRY"
        " BEGIN CATCH INSERT dbo.Item (Id) VALUES (1); END CATCH"
    )
    watch.until("Timeout")

    assert wire.batch(f"KILL {number}; {COUNT}").value == "0"

    assert other.answer().numbers == [596]


def test_who_waited_for_the_killed_one_goes_on(
    engine: Engine, database: str, wire: Wire, other: Wire, watch: Watch
) -> None:
    number = number_of(other)
    other.batch("INSERT dbo.Item (Id) VALUES (1); BEGIN TRAN; UPDATE dbo.Item SET Stock = 5")
    with engine.wire(database) as third:
        third.start("UPDATE dbo.Item SET Stock = Stock + 1; SELECT Stock FROM dbo.Item")
        watch.until("Lock")

        wire.batch(f"KILL {number}")

        assert third.answer().value == "1"
    assert is_broken(other)


def test_one_that_waits_for_the_killer_may_be_killed(wire: Wire, other: Wire, watch: Watch) -> None:
    """By a procedure, outside of its transaction; the killer's own work stays."""
    number = number_of(other)
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")
    wire.batch(f"CREATE PROCEDURE dbo.Ends AS COMMIT; KILL {number}; SELECT 7")
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 3")
    other.start("UPDATE dbo.Item SET Stock = 4; WAITFOR DELAY '01:00:00'")
    watch.until("Lock")

    assert wire.batch("EXEC dbo.Ends").value == "7"

    assert other.answer().numbers == [596]
    assert wire.batch("SELECT Stock FROM dbo.Item").value in ("3", "4")


def test_session_locks_and_temporary_tables_go_with_the_session(wire: Wire, other: Wire) -> None:
    number = number_of(other)
    lock = "DECLARE @r int; EXEC @r = sp_getapplock 'killed', 'Exclusive', 'Session', 0; SELECT @r"
    assert other.batch(f"CREATE TABLE #t (a int); {lock}").value == "0"
    assert wire.batch(lock).value == "-1"

    wire.batch(f"KILL {number}")

    assert wire.batch(lock).value == "0"
    wire.batch("EXEC sp_releaseapplock 'killed', 'Session'")


def test_complaints_come_in_the_order_of_sql_server(wire: Wire, other: Wire, clerk: Wire) -> None:
    own, victim = number_of(clerk), number_of(other)

    def complaint(text: str) -> tuple[int, int, int, str]:
        [error] = clerk.batch(text).errors
        return error.number, error.severity, error.state, error.text

    assert complaint("KILL 0") == (6101, 16, 1, "Session ID 0 is not valid.")
    assert complaint("KILL 50") == (6107, 14, 1, "Only user processes can be killed.")
    assert complaint("KILL 32767") == (
        *(6106, 16, 2),
        "Process ID 32767 is not an active process ID.",
    )
    assert complaint(f"KILL {own}") == (6104, 16, 1, "Cannot use KILL to kill your own process.")
    denied = (6102, 14, 2, "User does not have permission to use the KILL statement.")
    assert complaint(f"KILL {victim}") == denied
    assert complaint(f"KILL {victim} WITH STATUSONLY") == denied
    assert clerk.batch(f"BEGIN TRAN; KILL {victim}; ROLLBACK").numbers == [6115]
    assert not is_broken(other)


def test_how_far_the_rollback_is_cannot_be_told(wire: Wire, other: Wire) -> None:
    number = number_of(other)

    [error] = wire.batch(f"KILL {number} WITH STATUSONLY").errors

    assert (error.number, error.severity) == (6120, 16)
    assert error.text == (
        f"Status report cannot be obtained. Rollback operation for Process ID {number}"
        " is not in progress."
    )
    assert not is_broken(other)


def test_the_session_that_asks_goes_on_after_a_complaint(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY KILL 0; END TRY BEGIN CATCH PRINT CONCAT(ERROR_NUMBER(), ' ', ERROR_LINE());"
        " END CATCH; KILL 7; SELECT @@ERROR"
    )

    assert answer.printed == ["6101 1"]
    assert answer.numbers == [6107]
    assert answer.value == "6107"
