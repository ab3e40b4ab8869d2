"""Calls whose transaction is that of their request, and those whose transaction cannot be."""

from __future__ import annotations

import pytest

from tests.standin.session.wire import Wire

TOP = "SET NOCOUNT, XACT_ABORT ON;"
CAUGHT = (
    "IF XACT_STATE() <> 0 ROLLBACK TRANSACTION; INSERT dbo.Log (Text) VALUES (STR(ERROR_NUMBER()));"
)


def make(wire: Wire, body: str, name: str = "Works") -> None:
    assert wire.batch(f"CREATE PROCEDURE dbo.{name} AS BEGIN {TOP} {body} END").errors == []


def items(wire: Wire) -> str | None:
    return wire.batch("SELECT STRING_AGG(CAST(Id AS varchar(9)), ',') FROM dbo.Item").value


def test_what_is_committed_stays_and_the_session_is_outside(wire: Wire, other: Wire) -> None:
    make(wire, "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); COMMIT TRANSACTION; SELECT 5;")

    answer = wire.batch("EXEC dbo.Works")

    assert answer.value == "5"
    assert [each for each in answer.of("environment") if each in ("begin", "commit")] == [
        "begin",
        "commit",
    ]
    assert items(other) == "1"
    assert wire.batch("SELECT @@TRANCOUNT").value == "0"


@pytest.mark.parametrize(
    "failure", ["INSERT dbo.Item (Id) VALUES (1);", "THROW 50001, N'no', 1;", "SELECT 1 / 0;"]
)
def test_an_error_undoes_everything_and_is_caught_once(wire: Wire, failure: str) -> None:
    make(
        wire,
        "BEGIN TRY BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1);"
        f" {failure} COMMIT TRANSACTION; END TRY BEGIN CATCH {CAUGHT} END CATCH",
    )

    wire.batch("EXEC dbo.Works")

    assert items(wire) is None
    assert wire.batch("SELECT COUNT(*) FROM dbo.Log").value == "1"


def test_an_error_without_a_handler_undoes_everything(wire: Wire) -> None:
    make(
        wire,
        "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); THROW 50001, N'no', 1;"
        " COMMIT TRANSACTION;",
    )

    assert wire.batch("EXEC dbo.Works").numbers == [50001]
    assert items(wire) is None
    assert wire.batch("SELECT @@TRANCOUNT").value == "0"


def test_a_rollback_without_an_error_undoes_everything(wire: Wire) -> None:
    make(
        wire,
        "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); IF @@TRANCOUNT = 1"
        " ROLLBACK TRANSACTION; BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (2);"
        " COMMIT TRANSACTION;",
    )

    wire.batch("EXEC dbo.Works")

    assert items(wire) == "2"


def test_two_transactions_of_one_call_stand_for_themselves(wire: Wire) -> None:
    make(
        wire,
        "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); COMMIT TRANSACTION;"
        " BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (2), (2); COMMIT TRANSACTION;",
    )

    assert wire.batch("EXEC dbo.Works").numbers == [2627]
    assert items(wire) == "1"


def test_a_call_through_the_session_goes_on_in_the_transaction(wire: Wire, other: Wire) -> None:
    make(wire, "SELECT COUNT(*) FROM dbo.Item;", "Shows")
    make(
        wire,
        "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); EXEC dbo.Shows;"
        " INSERT dbo.Item (Id) VALUES (2); COMMIT TRANSACTION;",
    )

    # The first call finds out, the second knows.
    assert wire.batch("EXEC dbo.Works").value == "1"
    assert items(other) == "1,2"
    other.batch("DELETE dbo.Item")
    assert wire.batch("EXEC dbo.Works").value == "1"
    assert items(other) == "1,2"


def test_a_savepoint_needs_a_transaction_that_goes_on(wire: Wire) -> None:
    make(
        wire,
        "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); SAVE TRANSACTION Here;"
        " INSERT dbo.Item (Id) VALUES (2); ROLLBACK TRANSACTION Here; COMMIT TRANSACTION;",
    )

    wire.batch("EXEC dbo.Works")

    assert items(wire) == "1"


def test_a_transaction_that_is_left_open_stays_open(wire: Wire) -> None:
    make(wire, "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1);")

    assert wire.batch("EXEC dbo.Works").numbers == [266]
    assert wire.batch("SELECT @@TRANCOUNT").value == "1"
    wire.batch("ROLLBACK")
    assert items(wire) is None


def test_the_transaction_of_the_caller_is_joined(wire: Wire, other: Wire) -> None:
    make(wire, "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1); COMMIT TRANSACTION;")

    wire.batch("BEGIN TRANSACTION")
    wire.batch("EXEC dbo.Works")

    assert wire.batch("SELECT @@TRANCOUNT").value == "1"
    wire.batch("ROLLBACK")
    assert items(other) is None


def test_variables_that_are_set_after_the_commit_are_shown(wire: Wire, other: Wire) -> None:
    make(
        wire,
        "DECLARE @n nvarchar(3), @b bit; BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (1);"
        " COMMIT TRANSACTION; SET @b = IIF(@n IS NULL, 7, 0); SELECT @n = N'abcd';"
        " IF @b = 1 SET @n = CONCAT(@n, N'') ELSE SELECT @n = NULL;"
        " SELECT CONCAT(@n, @b, @@TRANCOUNT);",
    )

    answer = wire.batch("EXEC dbo.Works")

    assert answer.value == "abc10"
    assert items(other) == "1"
