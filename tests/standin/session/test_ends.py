"""How requests and sessions end: cancelled, reset, abandoned, cut off; and how they begin."""

from __future__ import annotations

import re

import pytest

from tests.standin.session.engine import Engine, Watch
from tests.standin.session.wire import Wire

# ---------------------------------------------------------------- cancelling


def test_a_cancel_ends_what_runs(wire: Wire, watch: Watch) -> None:
    wire.start("WAITFOR DELAY '01:00:00'; SELECT 1")
    watch.until("Timeout")

    wire.attention()

    answer = wire.cancelled()
    assert answer.sets == []
    assert answer.of("done")[-1].error
    assert wire.batch("SELECT 2").value == "2"


def test_a_cancel_that_comes_with_its_request_is_heeded(wire: Wire) -> None:
    wire.start("WAITFOR DELAY '01:00:00'")
    wire.attention()

    assert wire.cancelled().of("done")[-1].error
    assert wire.batch("SELECT 2").value == "2"


def test_a_cancel_between_two_statements_is_heeded(wire: Wire) -> None:
    # Each round trip to PostgreSQL is short: only a look between them can end the loop.
    wire.start("WHILE 1 = 1 BEGIN BEGIN TRAN; COMMIT; END")
    wire.attention()

    assert wire.cancelled().of("done")[-1].error
    assert wire.batch("SELECT @@TRANCOUNT").value == "0"


def test_a_cancel_while_waiting_for_a_lock(wire: Wire, other: Wire, watch: Watch) -> None:
    other.batch("INSERT dbo.Item (Id) VALUES (1); BEGIN TRAN; UPDATE dbo.Item SET Stock = 1")
    wire.start("UPDATE dbo.Item SET Stock = 2")
    watch.until("Lock")

    wire.attention()

    assert wire.cancelled().of("done")[-1].error
    other.batch("COMMIT")
    assert wire.batch("SELECT Stock FROM dbo.Item").value == "1"


def test_a_cancel_is_not_caught(wire: Wire, watch: Watch) -> None:
    wire.start("BEGIN TRY WAITFOR DELAY '01:00:00'; END TRY BEGIN CATCH SELECT 1; END CATCH")
    watch.until("Timeout")

    wire.attention()

    assert wire.cancelled().sets == []


def test_a_cancel_rolls_the_transaction_back(wire: Wire, other: Wire, watch: Watch) -> None:
    wire.batch("BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1)")
    wire.start("WAITFOR DELAY '01:00:00'")
    watch.until("Timeout")

    wire.attention()

    assert wire.cancelled().of("environment") == ["rollback"]
    assert other.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"


def test_a_cancel_of_nothing_changes_nothing(wire: Wire) -> None:
    wire.batch("SELECT 1")
    wire.attention()

    assert wire.answer().of("done")[-1].attention
    assert wire.batch("SELECT 2").value == "2"


# ---------------------------------------------------------------- pooling


def test_a_reset_forgets_settings_and_rolls_back(wire: Wire, other: Wire, database: str) -> None:
    wire.batch("SET NOCOUNT, XACT_ABORT ON; SET LOCK_TIMEOUT 5; SET IMPLICIT_TRANSACTIONS ON")
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")

    answer = wire.batch("SELECT @@TRANCOUNT, @@LOCK_TIMEOUT", reset=True)

    assert answer.of("environment")[0] == "reset"
    assert answer.rows == [("0", "-1")]
    assert other.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"
    wire.batch(f"USE {database}")
    assert wire.batch("INSERT dbo.Item (Id) VALUES (2)").counts == [1]
    assert wire.batch("SELECT @@TRANCOUNT").value == "0"


def test_a_reset_gives_back_session_locks_and_identity(wire: Wire, other: Wire) -> None:
    lock = "DECLARE @r int; EXEC @r = sp_getapplock 'pooled', 'Exclusive', 'Session', 0; SELECT @r"
    assert wire.batch(lock).value == "0"
    wire.batch("CREATE USER Pooled WITHOUT LOGIN")
    wire.batch("EXECUTE AS USER = 'Pooled'")
    assert wire.batch("SELECT USER_NAME()").value == "Pooled"

    assert wire.batch("SELECT USER_NAME()", reset=True).value == "dbo"

    assert other.batch(lock).value == "0"
    other.batch("EXEC sp_releaseapplock 'pooled', 'Session'; DROP USER Pooled")


def test_a_reset_goes_back_to_the_database_of_the_login(wire: Wire, database: str) -> None:
    assert wire.batch("SELECT DB_NAME()").value == database

    answer = wire.batch("SELECT DB_NAME()", reset=True)

    assert answer.value == "master"
    assert answer.of("environment") == ["reset", "database"]


# ---------------------------------------------------------------- clients that vanish


def test_a_client_that_vanishes_is_rolled_back(engine: Engine, database: str, other: Wire) -> None:
    gone = engine.wire(database)
    gone.batch("BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1)")

    gone.socket.close()

    answer = other.batch("SET LOCK_TIMEOUT 100000; INSERT dbo.Item (Id) VALUES (1)")
    assert answer.errors == []
    assert answer.counts == [1]


def test_a_client_that_vanishes_while_it_waits_is_rolled_back(
    engine: Engine, database: str, other: Wire, watch: Watch
) -> None:
    gone = engine.wire(database)
    gone.start("BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1); WAITFOR DELAY '01:00:00'")
    watch.until("Timeout")

    gone.socket.close()

    assert other.batch("SET LOCK_TIMEOUT 100000; INSERT dbo.Item (Id) VALUES (1)").errors == []


def test_a_killed_backend_ends_the_connection_in_order(
    engine: Engine, database: str, wire: Wire, watch: Watch
) -> None:
    wire.batch("BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1)")

    watch.kill()

    # The server hangs up by itself: nobody has asked anything.
    assert wire.socket.recv(1) == b""
    with engine.wire(database) as fresh:
        assert fresh.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"
    # An operator finds one line about it, and no trace of Python's stack.
    log = "".join(path.read_text("utf-8") for path in engine.data_dir.glob("*.log"))
    assert "the session was ended: " in log
    assert "Traceback" not in log


# ---------------------------------------------------------------- login


@pytest.mark.parametrize(("login", "secret"), [("sa", "wrong"), ("nobody", "wrong"), ("", "wrong")])
def test_a_wrong_login_is_refused(engine: Engine, login: str, secret: str) -> None:
    opened = engine.wire(login=login or "SA ", secret=secret)

    [error] = opened.welcome.errors
    assert (error.number, error.severity, error.state) == (18456, 14, 1)
    assert re.fullmatch(r"Login failed for user '.*'\.", error.text)
    with pytest.raises(ConnectionError):
        opened.batch("SELECT 1")


def test_a_login_without_a_user_stays_outside(engine: Engine, database: str, wire: Wire) -> None:
    secret = "Str0ng-enough!"
    wire.batch(f"CREATE LOGIN Stranger WITH PASSWORD = '{secret}'")
    try:
        with engine.wire(login="Stranger", secret=secret) as stranger:
            assert stranger.welcome.errors == []
            assert stranger.batch(f"USE {database}").numbers == [916]
    finally:
        wire.batch("DROP LOGIN Stranger")
