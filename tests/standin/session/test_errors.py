"""Errors: their numbers, where they come from, what they end, and how TRY sees them."""

from __future__ import annotations

import pytest

from tests.standin.session.engine import Watch
from tests.standin.session.wire import Wire

REFUSALS = [
    ("SELECT * FROM dbo.Missing", 208),
    ("INSERT dbo.Missing VALUES (1)", 208),
    ("SELECT Missing FROM dbo.Item", 207),
    ("SELECT @Missing", 137),
    ("EXEC dbo.Missing", 2812),
    ("EXEC sp_who2", 40517),
    ("EXEC xp_cmdshell 'dir'", 40517),
    ("SELECT FROM", 156),
    ("SELECT 1 +", 102),
    ("SELECT 'open", 105),
    ("INSERT dbo.Item (Id) VALUES (1, 2)", 110),
    ("INSERT dbo.Item (Id, Stock) VALUES (1)", 109),
    ("INSERT dbo.Item (Id) VALUES (NULL)", 515),
    ("INSERT dbo.Item (Id, Stock) VALUES (1, -1)", 547),
    ("INSERT dbo.Part (ItemId) VALUES (99)", 547),
    ("INSERT dbo.Part (Id, ItemId) VALUES (1, 1)", 544),
    ("INSERT dbo.Item (Id, Name) VALUES (1, REPLICATE(N'x', 21))", 2628),
    ("SELECT 1 / 0", 8134),
    ("SELECT CAST('x' AS int)", 245),
    ("SELECT CAST(300 AS tinyint)", 220),
    ("SELECT CAST(99999999999 AS int)", 8115),
    ("SELECT CAST('2024-13-01' AS date)", 241),
    ("DECLARE c CURSOR KEYSET FOR SELECT 1", 40517),
    ("MERGE TOP (1) dbo.Item USING dbo.Part ON 1 = 1 WHEN MATCHED THEN DELETE;", 40517),
    ("THROW 50005, 'mine', 1", 50005),
    ("THROW 100, 'too small', 1", 35100),
    ("RAISERROR('big', 20, 1)", 2754),
    (f"SELECT {'1 + ' * 3000}1", 191),
    ("BREAK", 135),
    ("DECLARE @a int; DECLARE @a int", 134),
    ("USE missing_database", 911),
]


@pytest.mark.parametrize(("text", "number"), REFUSALS, ids=[text[:60] for text, _ in REFUSALS])
def test_an_error_has_its_number_and_the_session_goes_on(
    wire: Wire, text: str, number: int
) -> None:
    answer = wire.batch(text)

    assert answer.numbers == [number]
    assert answer.of("done")[-1].error
    assert wire.batch("SELECT @@TRANCOUNT").value == "0"


def test_nothing_of_a_batch_runs_if_its_text_is_wrong(wire: Wire) -> None:
    answer = wire.batch("INSERT dbo.Item (Id) VALUES (1);\nSELECT (;")

    assert answer.numbers == [102]
    assert answer.errors[0].line == 2
    assert wire.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"


def test_a_refusal_names_the_construct_and_its_place(wire: Wire) -> None:
    [error] = wire.batch("SELECT 1;\n  DECLARE c CURSOR KEYSET FOR SELECT 1").errors

    assert error.number == 40517
    assert error.line == 2
    assert "KEYSET cursors" in error.text
    assert "line 2, column 20" in error.text


def test_a_cursor_that_a_commit_would_close_is_refused(wire: Wire) -> None:
    cursor = "DECLARE c CURSOR FOR SELECT 1; OPEN c; FETCH NEXT FROM c; CLOSE c; DEALLOCATE c;"
    # FreeTDS says so at every login, and mostly no cursor follows.
    assert wire.batch("SET CURSOR_CLOSE_ON_COMMIT ON; SELECT 1").value == "1"

    (refused,) = wire.batch(cursor).errors
    wire.batch("SET CURSOR_CLOSE_ON_COMMIT OFF")

    assert refused.number == 40517
    assert "CURSOR_CLOSE_ON_COMMIT is ON (line 1, column 32)" in refused.text
    assert wire.batch(cursor).value == "1"


def test_an_error_tells_procedure_and_line(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Fail AS\nBEGIN\n  SELECT 1;\n  SELECT 1 / 0;\nEND")

    [error] = wire.batch("\n\nEXEC dbo.Fail").errors

    assert (error.procedure, error.line) == ("dbo.Fail", 4)


def test_a_plain_error_does_not_end_the_batch(wire: Wire) -> None:
    answer = wire.batch("PRINT 'a'; SELECT 1 / 0; PRINT 'b'")

    assert answer.story == ["print a", "rows", "error 8134", "print b"]


def test_a_conversion_error_ends_the_batch(wire: Wire) -> None:
    answer = wire.batch("SELECT 1; SELECT CAST('x' AS int); PRINT 'never'")

    assert answer.numbers == [245]
    assert answer.printed == []
    assert answer.sets[0] == [("1",)]


def test_throw_ends_the_batch(wire: Wire) -> None:
    answer = wire.batch("SELECT 1; THROW 50001, N'enough', 7; SELECT 2")

    assert answer.story == ["rows", "count 1", "error 50001"]
    assert (answer.errors[0].state, answer.errors[0].severity) == (7, 16)


def test_raiserror_does_not_end_the_batch(wire: Wire) -> None:
    answer = wire.batch("RAISERROR('%s is %d', 16, 3, 'x', 5); PRINT 'on'; RAISERROR('low', 10, 1)")

    assert [each.text for each in answer.errors] == ["x is 5"]
    assert answer.errors[0].number == 50000
    assert [each.text for each in answer.of("info")] == ["on", "low"]


def test_error_is_that_of_the_statement_before(wire: Wire) -> None:
    answer = wire.batch("SELECT 1 / 0; SELECT @@ERROR; SELECT @@ERROR")

    assert answer.sets[1:] == [[("8134",)], [("0",)]]


def test_error_is_remembered_between_batches(wire: Wire) -> None:
    wire.batch("SELECT 1 / 0")

    assert wire.batch("SELECT @@ERROR").value == "8134"


# ---------------------------------------------------------------- TRY and CATCH


def test_catch_knows_the_error(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Fail AS\nTHROW 51000, N'wrong', 3")

    answer = wire.batch(
        "BEGIN TRY EXEC dbo.Fail; PRINT 'never'; END TRY BEGIN CATCH"
        " SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_STATE(), ERROR_PROCEDURE(), ERROR_LINE(),"
        " ERROR_MESSAGE(); END CATCH; SELECT ERROR_NUMBER()"
    )

    assert answer.sets == [[("51000", "16", "3", "dbo.Fail", "2", "wrong")], [(None,)]]
    assert answer.errors == []


def test_a_procedure_called_in_catch_knows_the_error(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Told AS SELECT ERROR_NUMBER(), ERROR_MESSAGE()")

    answer = wire.batch(
        "BEGIN TRY THROW 51000, N'wrong', 3; END TRY BEGIN CATCH EXEC dbo.Told; END CATCH"
    )

    assert answer.rows == [("51000", "wrong")]


def test_a_procedure_called_in_catch_knows_the_error_after_the_rollback(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Late AS SELECT ERROR_NUMBER(), ERROR_MESSAGE()")
    wire.batch(
        "CREATE PROCEDURE dbo.Act AS BEGIN SET XACT_ABORT ON;"
        " BEGIN TRY BEGIN TRANSACTION; THROW 51000, N'wrong', 3; END TRY"
        " BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION; EXEC dbo.Late; THROW; END CATCH;"
        " END"
    )

    answer = wire.batch("EXEC dbo.Act")

    assert answer.rows == [("51000", "wrong")]
    assert answer.numbers == [51000]
    assert wire.batch("EXEC dbo.Late").rows == [(None, None)]


def test_bare_throw_rethrows_with_its_place(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Fail AS\n\nSELECT 1 / 0")
    wire.batch(
        "CREATE PROCEDURE dbo.Outer1 AS BEGIN TRY EXEC dbo.Fail; END TRY\n"
        "BEGIN CATCH PRINT 'seen'; THROW; END CATCH"
    )

    answer = wire.batch("EXEC dbo.Outer1; PRINT 'never'")

    assert answer.printed == ["seen"]
    [error] = answer.errors
    assert (error.number, error.procedure, error.line) == (8134, "dbo.Fail", 3)


def test_inner_try_catches_first(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY BEGIN TRY SELECT 1 / 0; END TRY BEGIN CATCH PRINT 'inner'; THROW; END CATCH;"
        " END TRY BEGIN CATCH PRINT 'outer'; SELECT ERROR_NUMBER(); END CATCH; PRINT 'after'"
    )

    assert answer.printed == ["inner", "outer", "after"]
    assert answer.sets[-1] == [("8134",)]


def test_an_error_in_catch_goes_to_the_outer_catch(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY BEGIN TRY THROW 50001, 'a', 1; END TRY BEGIN CATCH"
        " THROW 50002, 'b', 1; END CATCH; END TRY BEGIN CATCH SELECT ERROR_NUMBER(); END CATCH"
    )

    assert answer.value == "50002"


def test_catch_inside_catch_gives_the_outer_error_back(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY THROW 50001, 'a', 1; END TRY BEGIN CATCH"
        " BEGIN TRY THROW 50002, 'b', 1; END TRY BEGIN CATCH SELECT ERROR_NUMBER(); END CATCH;"
        " SELECT ERROR_NUMBER(); END CATCH"
    )

    assert answer.sets == [[("50002",)], [("50001",)]]


def test_try_in_a_loop(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @i int = 0, @caught int = 0; WHILE @i < 4 BEGIN SET @i += 1;"
        " BEGIN TRY IF @i % 2 = 0 THROW 50001, 'even', 1; IF @i = 3 CONTINUE; PRINT @i; END TRY"
        " BEGIN CATCH SET @caught += 1; IF @i = 4 BREAK; END CATCH; END; SELECT @i, @caught"
    )

    assert answer.printed == ["1"]
    assert answer.rows == [("4", "2")]


def test_return_leaves_a_try(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Leave AS BEGIN TRY RETURN 5; END TRY BEGIN CATCH RETURN 6; END CATCH"
    )

    assert wire.batch("DECLARE @r int; EXEC @r = dbo.Leave; SELECT @r").value == "5"


def test_a_raised_error_below_11_is_no_error_for_try(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY RAISERROR('low', 9, 1); PRINT 'on'; END TRY BEGIN CATCH PRINT 'no'; END CATCH"
    )

    assert answer.printed == ["on"]


def test_a_missing_table_is_not_caught_where_it_is_named(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Late AS SELECT * FROM dbo.Missing")

    answer = wire.batch(
        "BEGIN TRY EXEC dbo.Late; END TRY BEGIN CATCH SELECT ERROR_NUMBER(); END CATCH"
    )

    assert answer.value == "208"


def test_rows_before_an_error_arrive(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Show AS SELECT 1; SELECT 2; THROW 50001, 'then', 1")

    answer = wire.batch("EXEC dbo.Show")

    assert answer.sets == [[("1",)], [("2",)]]
    assert answer.numbers == [50001]


# ---------------------------------------------------------------- errors and what was committed


def test_what_was_committed_before_a_throw_stays(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Refuse AS BEGIN SET NOCOUNT, XACT_ABORT ON; BEGIN TRY BEGIN TRAN;"
        " INSERT dbo.Item (Id) VALUES (1); THROW 50001, 'no', 1; COMMIT; END TRY BEGIN CATCH"
        " IF @@TRANCOUNT > 0 ROLLBACK; BEGIN TRAN; INSERT dbo.Log (Text) VALUES (ERROR_MESSAGE());"
        " COMMIT; THROW; END CATCH END"
    )

    answer = wire.batch("EXEC dbo.Refuse")

    assert answer.numbers == [50001]
    counted = wire.batch("SELECT (SELECT COUNT(*) FROM dbo.Item), (SELECT COUNT(*) FROM dbo.Log)")
    assert counted.rows == [("0", "1")]


def test_in_try_without_a_transaction_what_preceded_the_error_stays(wire: Wire) -> None:
    wire.batch(
        "BEGIN TRY INSERT dbo.Item (Id) VALUES (1); INSERT dbo.Item (Id) VALUES (1); END TRY"
        " BEGIN CATCH PRINT 'x'; END CATCH"
    )

    assert wire.batch("SELECT COUNT(*) FROM dbo.Item").value == "1"


def test_a_table_variable_survives_a_rollback(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @t TABLE (Id int); BEGIN TRAN; INSERT @t VALUES (1); INSERT dbo.Item (Id)"
        " VALUES (1); ROLLBACK; SELECT Id FROM @t"
    )

    assert answer.rows == [("1",)]


def test_an_error_that_is_thrown_again_terminates_no_statement(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY INSERT dbo.Item (Id) VALUES (NULL); END TRY BEGIN CATCH THROW; END CATCH"
    )

    assert answer.numbers == [515]
    assert answer.of("info") == []


def test_a_deadlock_victim_may_catch_it(wire: Wire, other: Wire, watch: Watch) -> None:
    change = "UPDATE dbo.Item SET Stock += 1 WHERE Id = {};"
    caught = (
        "BEGIN TRY {} END TRY BEGIN CATCH SELECT ERROR_NUMBER(), XACT_STATE(); ROLLBACK; END CATCH"
    )
    wire.batch("INSERT dbo.Item (Id) VALUES (1), (2)")
    wire.batch("BEGIN TRAN; " + change.format(1))
    other.batch("BEGIN TRAN; " + change.format(2))

    wire.start(caught.format(change.format(2)))
    watch.until("Lock")
    other.start(caught.format(change.format(1)))
    answers = [other.answer(), wire.answer()]

    assert sorted(len(answer.sets) for answer in answers) == [0, 1]
    assert [answer.rows for answer in answers if answer.sets] == [[("1205", "-1")]]
    for each in (wire, other):
        each.batch("IF @@TRANCOUNT > 0 ROLLBACK")
