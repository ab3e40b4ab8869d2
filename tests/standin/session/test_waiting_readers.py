"""READ_COMMITTED_SNAPSHOT, switched: the plans that are made for it, and what it leaves behind.

Who waits for whom is told in tests/conformance/locking/05_without_versions.sql.
"""

from __future__ import annotations

import pytest

from tests.standin.session.engine import Engine, Watch
from tests.standin.session.wire import Wire

SWITCH = "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT"
AT_ONCE = "WITH ROLLBACK IMMEDIATE"
OFF = f"{SWITCH} OFF {AT_ONCE}"
ON = f"{SWITCH} ON {AT_ONCE}"
OPTION = "SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = DB_NAME()"
READS = [
    "SELECT Stock FROM dbo.Item WHERE Id = 1",
    "SELECT SUM(Stock) FROM dbo.Item",
    "EXEC dbo.Reads",
    "EXEC sp_executesql N'SELECT Stock FROM dbo.Item WHERE Id = @i', N'@i int', @i = 1",
]


@pytest.fixture(autouse=True)
def _items(wire: Wire) -> None:
    wire.batch(OFF)
    wire.batch("INSERT dbo.Item (Id, Stock) VALUES (1, 10), (2, 20)")
    wire.batch("CREATE PROCEDURE dbo.Reads AS SELECT Stock FROM dbo.Item WHERE Id = 1")


def waits(wire: Wire, text: str) -> bool:
    """Whether a statement would wait: it has no time to."""
    return wire.batch(f"SET LOCK_TIMEOUT 0; {text}").numbers == [1222]


def test_a_new_database_has_the_option_off_and_tells_so(wire: Wire) -> None:
    assert wire.batch(OPTION).value == "0"


@pytest.mark.parametrize("read", READS)
def test_the_same_text_waits_as_the_option_is(
    engine: Engine, database: str, wire: Wire, read: str
) -> None:
    """Its plan is of the option that the statement finds, switched as often as one likes."""
    for option, awaited in ((OFF, True), (ON, False), (OFF, True)):
        assert wire.batch(option).numbers == []
        with engine.wire(database) as other:
            wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
            assert waits(other, read) is awaited
            wire.batch("ROLLBACK")
            assert not waits(other, read)


@pytest.mark.parametrize(
    "table",
    ["CREATE TABLE dbo.Later (Id int NOT NULL PRIMARY KEY)", "SELECT 1 AS Id INTO dbo.Later"],
)
def test_a_table_that_is_made_later_is_waited_for_too(wire: Wire, other: Wire, table: str) -> None:
    wire.batch(table)
    wire.batch("BEGIN TRAN; INSERT dbo.Later (Id) VALUES (5)")

    assert waits(other, "SELECT COUNT(*) FROM dbo.Later")
    wire.batch("ROLLBACK")


def test_a_table_is_waited_for_under_its_new_name(wire: Wire, other: Wire) -> None:
    wire.batch("EXEC sp_rename 'dbo.Item', 'Ware'")
    wire.batch("BEGIN TRAN; DELETE FROM dbo.Ware WHERE Id = 1")

    assert waits(other, "SELECT COUNT(*) FROM dbo.Ware")
    wire.batch("ROLLBACK; EXEC sp_rename 'dbo.Ware', 'Item'")


def test_the_option_is_switched_for_another_database(
    engine: Engine, database: str, wire: Wire, other: Wire
) -> None:
    name = wire.batch("SELECT DB_NAME()").value
    other.batch("USE master")

    assert (
        other.batch(f"ALTER DATABASE [{name}] SET READ_COMMITTED_SNAPSHOT ON {AT_ONCE}").numbers
        == []
    )

    other.batch(f"USE [{name}]")
    with engine.wire(database) as writer:
        writer.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
        assert not waits(other, READS[0])
    other.batch(OFF)


def test_a_reader_that_is_cancelled_or_times_out_holds_nothing(
    wire: Wire, other: Wire, watch: Watch
) -> None:
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
    for read in READS[:2]:
        assert waits(other, read)
        other.start(f"SET LOCK_TIMEOUT -1; {read}")
        watch.until("Lock")
        other.attention()
        other.cancelled()

    assert wire.batch("UPDATE dbo.Item SET Stock = 1; COMMIT; SELECT @@TRANCOUNT").value == "0"
    assert other.batch(READS[1]).value == "2"


def test_a_writer_that_vanishes_is_waited_for_no_more(
    wire: Wire, other: Wire, watch: Watch
) -> None:
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
    other.start(READS[1])
    watch.until("Lock")

    wire.socket.close()

    assert other.answer().value == "30"


def test_what_a_loop_reads_is_asked_for_each_time(wire: Wire, other: Wire, watch: Watch) -> None:
    """The question stands before the condition each time it is asked."""
    wire.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")
    other.start(
        "DECLARE @n int = 0; WHILE (SELECT COUNT(*) FROM dbo.Item WHERE Stock = 0) < 2 BEGIN"
        " UPDATE dbo.Item SET Stock = 0 WHERE Id = 2; SET @n += 1; END; SELECT @n"
    )
    watch.until("Lock")
    wire.batch("COMMIT")

    assert other.answer().value == "1"


# ---------------------------------------------------------------- the database for one alone


@pytest.mark.parametrize("termination", [AT_ONCE, "WITH ROLLBACK AFTER 0 SECONDS"])
def test_who_switches_at_once_ends_the_others_and_undoes_what_they_did(
    wire: Wire, other: Wire, termination: str
) -> None:
    other.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0")

    assert wire.batch(f"{SWITCH} ON {termination}").numbers == []

    assert wire.batch(READS[1]).value == "30"
    with pytest.raises(ConnectionError):
        other.batch("SELECT 1")
    wire.batch(OFF)


def test_a_database_is_dropped_whoever_is_in_it_after_it_has_one_user_only(engine: Engine) -> None:
    with engine.database() as name, engine.wire() as master, engine.wire(name) as inside:
        inside.batch("BEGIN TRAN; CREATE TABLE dbo.Held (Id int)")

        assert master.batch(f"DROP DATABASE {name}").numbers == [3702]
        alone = f"ALTER DATABASE {name} SET SINGLE_USER"
        assert master.batch(f"{alone} WITH NO_WAIT").numbers == [5070, 5069]
        assert master.batch(f"{alone} WITH ROLLBACK IMMEDIATE").numbers == []

        assert master.batch(f"DROP DATABASE {name}").numbers == []


def test_who_does_not_want_to_wait_is_told_that_others_are_there(wire: Wire, other: Wire) -> None:
    other.batch("SELECT 1")

    assert wire.batch(f"{SWITCH} ON WITH NO_WAIT").numbers == [5070, 5069]

    assert wire.batch(OPTION).value == "0"
    assert other.batch("SELECT 1").value == "1"


def test_without_a_word_the_switch_waits_until_the_others_have_left(
    wire: Wire, other: Wire
) -> None:
    other.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0")
    wire.start(f"{SWITCH} ON")

    other.batch("COMMIT; USE master")

    assert wire.answer().numbers == []
    assert wire.batch(READS[1]).value == "0"
    wire.batch(OFF)


def test_a_switch_that_waits_can_be_cancelled(wire: Wire, other: Wire) -> None:
    other.batch("SELECT 1")
    wire.start(f"{SWITCH} ON")
    wire.attention()

    wire.cancelled()

    assert wire.batch(OPTION).value == "0"


def test_an_option_that_stays_as_it_is_disturbs_nobody(wire: Wire, other: Wire) -> None:
    other.batch("BEGIN TRAN; UPDATE dbo.Item SET Stock = 0 WHERE Id = 1")

    assert wire.batch(OFF).numbers == []

    assert other.batch("SELECT @@TRANCOUNT; ROLLBACK").value == "1"


def test_a_database_is_not_altered_inside_a_transaction(wire: Wire) -> None:
    assert wire.batch(f"BEGIN TRAN; {ON}").numbers == [226]
    wire.batch("IF @@TRANCOUNT > 0 ROLLBACK")
