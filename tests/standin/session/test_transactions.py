"""Transactions: autocommit, explicit, nested, named, doomed, and those that drivers begin."""

from __future__ import annotations

import pytest

from tests.standin.session.wire import Wire, integer, text

DUPLICATE = "INSERT dbo.Item (Id) VALUES (1); INSERT dbo.Item (Id) VALUES (1);"


def items(wire: Wire) -> list[str | None]:
    return [row[0] for row in wire.batch("SELECT Id FROM dbo.Item ORDER BY Id").rows]


def trancount(wire: Wire) -> str | None:
    return wire.batch("SELECT @@TRANCOUNT").value


# ---------------------------------------------------------------- autocommit


def test_each_statement_commits_by_itself(wire: Wire) -> None:
    answer = wire.batch(f"{DUPLICATE} INSERT dbo.Item (Id) VALUES (2)")

    assert answer.story == ["count 1", "error 2627", "count 1"]
    assert items(wire) == ["1", "2"]


def test_a_terminated_statement_says_so(wire: Wire) -> None:
    answer = wire.batch(DUPLICATE)

    assert [each.number for each in answer.of("info")] == [3621]
    assert answer.errors[0].severity == 14


def test_with_xact_abort_the_batch_ends_and_what_was_committed_stays(wire: Wire) -> None:
    answer = wire.batch(f"SET XACT_ABORT ON; {DUPLICATE} INSERT dbo.Item (Id) VALUES (2)")

    assert answer.story == ["count 1", "error 2627"]
    assert items(wire) == ["1"]


def test_a_statement_is_undone_as_a_whole(wire: Wire) -> None:
    answer = wire.batch("INSERT dbo.Item (Id) VALUES (1), (2), (1)")

    assert answer.numbers == [2627]
    assert items(wire) == []


@pytest.mark.parametrize("begin", ["BEGIN TRAN;", "IF @@TRANCOUNT = 0 BEGIN TRAN;"])
def test_what_a_called_procedure_wrote_before_the_transaction_outlives_its_rollback(
    wire: Wire, begin: str
) -> None:
    wire.batch("CREATE PROCEDURE dbo.note @Id int AS INSERT dbo.Item (Id) VALUES (@Id);")
    wire.batch(
        "CREATE PROCEDURE dbo.work AS BEGIN SET XACT_ABORT ON; EXEC dbo.note 1;"
        f" BEGIN TRY {begin} EXEC dbo.note 2; EXEC dbo.note 1; COMMIT; END TRY"
        " BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK; END CATCH; END;"
    )

    wire.batch("EXEC dbo.work")

    assert items(wire) == ["1"]


# ---------------------------------------------------------------- explicit transactions


def test_a_failed_statement_leaves_the_transaction_usable(wire: Wire) -> None:
    answer = wire.batch(f"BEGIN TRAN; {DUPLICATE} SELECT @@TRANCOUNT, XACT_STATE(); COMMIT")

    assert answer.rows == [("1", "1")]
    assert items(wire) == ["1"]


def test_with_xact_abort_a_failed_statement_rolls_back_all(wire: Wire) -> None:
    answer = wire.batch(f"SET XACT_ABORT ON; BEGIN TRAN; {DUPLICATE} SELECT 1")

    assert answer.story[-2:] == ["rollback", "error 2627"]
    assert trancount(wire) == "0"
    assert items(wire) == []


def test_a_transaction_spans_batches(wire: Wire, other_versioned: Wire) -> None:
    assert wire.batch("BEGIN TRAN").of("environment") == ["begin"]
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")

    assert trancount(wire) == "1"
    assert items(other_versioned) == []
    assert wire.batch("COMMIT").of("environment") == ["commit"]
    assert items(other_versioned) == ["1"]


def test_only_the_outermost_commit_commits(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRAN; BEGIN TRAN; COMMIT; SELECT @@TRANCOUNT; ROLLBACK; SELECT @@TRANCOUNT"
    )

    assert answer.sets == [[("1",)], [("0",)]]
    assert answer.of("environment") == ["begin", "rollback"]


def test_a_rollback_ends_all_levels(wire: Wire) -> None:
    answer = wire.batch("BEGIN TRAN; BEGIN TRAN; ROLLBACK; SELECT @@TRANCOUNT")

    assert answer.value == "0"


def test_a_savepoint_is_gone_back_to(wire: Wire) -> None:
    wire.batch(
        "BEGIN TRAN; INSERT dbo.Item (Id) VALUES (1); SAVE TRAN half;"
        " INSERT dbo.Item (Id) VALUES (2); ROLLBACK TRAN half; SELECT @@TRANCOUNT;"
        " INSERT dbo.Item (Id) VALUES (3); COMMIT"
    )

    assert items(wire) == ["1", "3"]


def test_a_savepoint_may_be_named_by_a_variable(wire: Wire) -> None:
    wire.batch(
        "DECLARE @s varchar(10) = 'half'; BEGIN TRAN; SAVE TRAN @s;"
        " INSERT dbo.Item (Id) VALUES (2); ROLLBACK TRAN @s; COMMIT"
    )

    assert items(wire) == []


def test_the_name_of_the_outermost_transaction_rolls_it_back(wire: Wire) -> None:
    answer = wire.batch("BEGIN TRAN a; BEGIN TRAN b; ROLLBACK TRAN a; SELECT @@TRANCOUNT")

    assert answer.value == "0"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("COMMIT", 3902),
        ("ROLLBACK", 3903),
        ("SAVE TRAN s", 628),
        ("BEGIN TRAN; ROLLBACK TRAN missing", 6401),
        ("BEGIN TRAN a; BEGIN TRAN b; ROLLBACK TRAN b", 6401),
    ],
)
def test_what_no_transaction_fits(wire: Wire, text: str, number: int) -> None:
    assert wire.batch(text).numbers == [number]
    assert wire.batch("IF @@TRANCOUNT > 0 ROLLBACK; SELECT 1").value == "1"


# ---------------------------------------------------------------- doomed transactions

DOOM = "SET XACT_ABORT ON; BEGIN TRAN; INSERT dbo.Item (Id) VALUES (7); BEGIN TRY SELECT 1 / 0;"


def test_a_caught_error_dooms_the_transaction_under_xact_abort(wire: Wire) -> None:
    answer = wire.batch(
        f"{DOOM} END TRY BEGIN CATCH SELECT XACT_STATE(), @@TRANCOUNT, ERROR_NUMBER();"
        " ROLLBACK; END CATCH; SELECT XACT_STATE(), @@TRANCOUNT"
    )

    assert answer.sets[-2:] == [[("-1", "1", "8134")], [("0", "0")]]
    assert answer.errors == []
    assert items(wire) == []


def test_a_doomed_transaction_can_be_read_in(wire: Wire) -> None:
    answer = wire.batch(
        f"{DOOM} END TRY BEGIN CATCH DECLARE @n int = (SELECT COUNT(*) FROM sys.tables);"
        " SELECT CASE WHEN @n > 0 THEN 'read' END; ROLLBACK; END CATCH"
    )

    assert answer.sets[-1] == [("read",)]


def test_a_doomed_transaction_takes_no_write(wire: Wire) -> None:
    answer = wire.batch(f"{DOOM} END TRY BEGIN CATCH INSERT dbo.Log (Text) VALUES ('x'); END CATCH")

    assert answer.numbers[0] == 3930
    assert trancount(wire) == "0"


def test_a_doomed_transaction_is_not_committed(wire: Wire) -> None:
    answer = wire.batch(f"{DOOM} END TRY BEGIN CATCH COMMIT; END CATCH")

    assert answer.numbers[0] == 3930
    assert trancount(wire) == "0"
    assert items(wire) == []


def test_a_doomed_transaction_does_not_outlive_the_batch(wire: Wire) -> None:
    answer = wire.batch(f"{DOOM} END TRY BEGIN CATCH PRINT 'caught'; END CATCH")

    assert answer.printed == ["caught"]
    assert answer.story[-2:] == ["rollback", "error 3998"]
    assert trancount(wire) == "0"


def test_a_conversion_error_dooms_even_without_xact_abort(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRAN; BEGIN TRY SELECT CAST('x' AS int); END TRY"
        " BEGIN CATCH SELECT XACT_STATE(); ROLLBACK; END CATCH"
    )

    assert answer.sets[-1] == [("-1",)]


def test_a_caught_error_without_xact_abort_leaves_the_transaction_committable(wire: Wire) -> None:
    answer = wire.batch(
        f"BEGIN TRAN; BEGIN TRY {DUPLICATE} END TRY BEGIN CATCH SELECT XACT_STATE(); COMMIT;"
        " END CATCH"
    )

    assert answer.value == "1"
    assert items(wire) == ["1"]


# ---------------------------------------------------------------- what drivers ask for


def test_a_driver_begins_and_commits_by_request(wire: Wire) -> None:
    assert wire.begin().of("environment") == ["begin"]
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")

    assert wire.commit(again=True).of("environment") == ["commit", "begin"]
    assert trancount(wire) == "1"
    wire.batch("INSERT dbo.Item (Id) VALUES (2)")
    assert wire.rollback().of("environment") == ["rollback"]
    assert items(wire) == ["1"]


def test_a_driver_may_roll_back_and_begin_at_once(wire: Wire) -> None:
    wire.begin()

    assert wire.rollback(again=True).of("environment") == ["rollback", "begin"]
    assert trancount(wire) == "1"


def test_requests_that_no_transaction_fits(wire: Wire) -> None:
    assert wire.commit().numbers == [3902]
    assert wire.rollback().numbers == [3903]


def test_a_driver_sets_savepoints_by_request(wire: Wire) -> None:
    name = b"\x08" + "half".encode("utf-16-le")
    wire.begin()
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")
    wire.transaction(9, name)
    wire.batch("INSERT dbo.Item (Id) VALUES (2)")

    assert wire.transaction(8, name + b"\0").errors == []
    wire.commit()

    assert items(wire) == ["1"]


def test_a_distributed_transaction_is_refused(wire: Wire) -> None:
    assert wire.transaction(0).numbers == [8509]
    assert wire.batch("SELECT 1").value == "1"


# ---------------------------------------------------------------- implicit transactions


def test_statements_on_tables_begin_an_implicit_transaction(wire: Wire) -> None:
    wire.batch("SET IMPLICIT_TRANSACTIONS ON")

    assert trancount(wire) == "0"
    assert wire.batch("INSERT dbo.Item (Id) VALUES (1)").of("environment") == ["begin"]
    assert trancount(wire) == "1"
    assert wire.batch("ROLLBACK").of("environment") == ["rollback"]
    assert items(wire) == []
    wire.batch("IF @@TRANCOUNT > 0 ROLLBACK; SET IMPLICIT_TRANSACTIONS OFF")
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")
    assert trancount(wire) == "0"


def test_an_implicit_transaction_begins_anew_after_each_end(wire: Wire) -> None:
    answer = wire.batch(
        "SET IMPLICIT_TRANSACTIONS ON; INSERT dbo.Item (Id) VALUES (1); COMMIT;"
        " IF 1 = 1 BEGIN INSERT dbo.Item (Id) VALUES (2); SELECT @@TRANCOUNT; END; ROLLBACK;"
        " SET IMPLICIT_TRANSACTIONS OFF"
    )

    assert answer.value == "1"
    assert answer.of("environment") == ["begin", "commit", "begin", "rollback"]
    assert items(wire) == ["1"]


def test_a_call_under_implicit_transactions_waits_for_a_commit(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Add1 AS INSERT dbo.Item (Id) VALUES (1)")
    wire.batch("SET IMPLICIT_TRANSACTIONS ON")

    wire.batch("EXEC dbo.Add1")

    assert trancount(wire) == "1"
    wire.batch("ROLLBACK; SET IMPLICIT_TRANSACTIONS OFF")
    assert items(wire) == []


def test_a_prepared_call_under_implicit_transactions_waits_for_a_commit(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Add1 AS INSERT dbo.Item (Id) VALUES (1)")
    wire.batch("SET IMPLICIT_TRANSACTIONS ON")

    wire.call(
        "sp_prepexecrpc", integer("@handle", None, output=True), text("@name", "{call dbo.Add1}")
    )

    assert trancount(wire) == "1"
    wire.batch("ROLLBACK; SET IMPLICIT_TRANSACTIONS OFF")
    assert items(wire) == []


# ---------------------------------------------------------------- definitions


def test_definitions_are_transactional(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRAN; CREATE TABLE dbo.Passing (Id int); ROLLBACK; SELECT OBJECT_ID('dbo.Passing')"
    )

    assert answer.value is None


@pytest.mark.parametrize("text", ["CREATE DATABASE x1", "DROP DATABASE x1", "USE master"])
def test_some_statements_want_no_transaction(wire: Wire, text: str) -> None:
    wire.batch("BEGIN TRAN")

    assert wire.batch(text).numbers == [226]
    wire.batch("ROLLBACK")


# ---------------------------------------------------------------- a COMMIT at the end


COMMITTING = (
    "CREATE PROCEDURE dbo.AddOne @Id int AS BEGIN SET NOCOUNT, XACT_ABORT ON;"
    " BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (@Id); COMMIT TRANSACTION;"
    " SELECT @Id AS Added; END"
)


def test_what_a_procedure_committed_at_its_end_outlives_the_callers_rollback(wire: Wire) -> None:
    wire.batch(COMMITTING)

    answer = wire.batch(
        "EXEC dbo.AddOne @Id = 1; BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (2);"
        " ROLLBACK TRANSACTION; SELECT @@TRANCOUNT"
    )

    assert not answer.errors
    assert items(wire) == ["1"]


def test_a_commit_inside_the_callers_transaction_commits_nothing(wire: Wire) -> None:
    wire.batch(COMMITTING)

    answer = wire.batch(
        "BEGIN TRANSACTION; EXEC dbo.AddOne @Id = 1; ROLLBACK TRANSACTION; SELECT @@TRANCOUNT"
    )

    assert not answer.errors
    assert items(wire) == []
    assert trancount(wire) == "0"
