"""Procedures: arguments, outputs, return codes, nesting, dynamic SQL and prepared statements."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.wire import Wire, default, integer, text

ADD = (
    "CREATE PROCEDURE dbo.Add2 @a int, @b int = 5, @c int OUTPUT AS"
    " BEGIN SET NOCOUNT ON; SET @c = @a + @b; RETURN 7; END"
)


@pytest.fixture
def adding(wire: Wire) -> Iterator[Wire]:
    assert wire.batch(ADD).errors == []
    yield wire


# ---------------------------------------------------------------- EXEC in a batch


def test_outputs_and_the_return_code_come_back(adding: Wire) -> None:
    answer = adding.batch(
        "DECLARE @r int, @o int; EXEC @r = dbo.Add2 1, @c = @o OUTPUT; SELECT @r, @o"
    )

    assert answer.rows == [("7", "6")]


def test_an_argument_without_output_leaves_its_variable(adding: Wire) -> None:
    answer = adding.batch("DECLARE @o int = 3; EXEC dbo.Add2 1, 1, @o; SELECT @o")

    assert answer.value == "3"


@pytest.mark.parametrize("count", [79, 80, 120])
def test_a_procedure_may_have_more_parameters_than_a_function_of_postgresql(
    wire: Wire, count: int
) -> None:
    given = ", ".join(f"@p{number} int = {number}" for number in range(count - 1))
    made = wire.batch(
        f"CREATE PROCEDURE dbo.Wide{count} {given}, @o int OUTPUT AS"
        f" BEGIN SET NOCOUNT ON; SET @o = @p0 + @p{count - 2}; END"
    )

    answer = wire.batch(
        f"DECLARE @o int; EXEC dbo.Wide{count} @p0 = 1000, @o = @o OUTPUT; SELECT @o"
    )

    assert made.errors == answer.errors == []
    assert answer.value == str(1000 + count - 2)


def test_default_may_be_written(adding: Wire) -> None:
    answer = adding.batch("DECLARE @o int; EXEC dbo.Add2 1, DEFAULT, @o OUTPUT; SELECT @o")

    assert answer.value == "6"


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        ("", 201),
        ("1, 2", 201),
        ("1, 2, 3, 4", 8144),
        ("@z = 1", 8145),
        ("1, @a = 2, @c = 3", 8143),
        ("'x', 2, 3", 8114),
    ],
)
def test_arguments_that_do_not_fit(adding: Wire, arguments: str, number: int) -> None:
    assert adding.batch(f"EXEC dbo.Add2 {arguments}").numbers == [number]


def test_output_of_a_parameter_that_is_none(adding: Wire) -> None:
    answer = adding.batch("DECLARE @x int = 1; EXEC dbo.Add2 @x OUTPUT, 2, 3")

    assert answer.numbers == [8162]


def test_a_call_alone_answers_with_its_status(adding: Wire) -> None:
    answer = adding.batch("EXEC dbo.Add2 1, 2, 3")

    assert answer.status == 7
    assert answer.of("done")[-1].kind == "proc"


def test_strings_fit_their_parameters(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Cut @s nvarchar(3), @d decimal(5, 1) AS SELECT @s, @d")

    assert wire.batch("EXEC dbo.Cut N'abcdef', 2.25").rows == [("abc", "2.3")]


# ---------------------------------------------------------------- calls by request


def test_a_request_calls_by_name(adding: Wire) -> None:
    answer = adding.call("dbo.Add2", integer("@a", 1), integer("@c", None, output=True))

    assert answer.status == 7
    [(name, _, value)] = answer.of("value")
    assert (name, value) == ("@c", "6")


def test_a_request_may_ask_for_a_default(adding: Wire) -> None:
    answer = adding.call("Add2", integer("", 1), default(""), integer("", None, output=True))

    assert [value for _, _, value in answer.of("value")] == ["6"]


def test_a_missing_parameter_of_a_request(adding: Wire) -> None:
    answer = adding.call("dbo.Add2", integer("@b", 1))

    assert answer.numbers == [201]
    assert "'@a'" in answer.errors[0].text
    assert adding.batch("SELECT 1").value == "1"


def test_an_unknown_procedure_of_a_request(wire: Wire) -> None:
    answer = wire.call("dbo.Missing")

    assert answer.numbers == [2812]
    assert answer.errors[0].state == 62


def test_an_error_inside_a_request_gives_a_status(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Fail AS SELECT 1; THROW 50001, 'no', 1")

    answer = wire.call("dbo.Fail")

    assert answer.sets == [[("1",)]]
    assert answer.numbers == [50001]
    assert answer.status == -6
    assert answer.of("done")[-1].error


def test_server_cursors_are_refused(wire: Wire) -> None:
    answer = wire.call(2, integer("", None, output=True), text("", "SELECT 1"))

    assert answer.numbers == [40517]
    assert "cursor" in answer.errors[0].text


# ---------------------------------------------------------------- sp_executesql


def test_parameters_of_sp_executesql(wire: Wire) -> None:
    answer = wire.call(
        10,
        text("", "SET @o = @i * 2; SELECT @i"),
        text("", "@i int, @o int OUTPUT"),
        integer("@i", 4),
        integer("@o", None, output=True),
    )

    assert answer.value == "4"
    assert [value for _, _, value in answer.of("value")] == ["8"]


def test_a_parameter_that_sp_executesql_misses(wire: Wire) -> None:
    answer = wire.call(10, text("", "SELECT @i"), text("", "@i int"))

    assert answer.numbers == [8178]


def test_sp_executesql_in_a_batch(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @x int, @s nvarchar(50) = N'SET @o = @i * 2';"
        " EXEC sp_executesql @s, N'@i int, @o int OUTPUT', @i = 4, @o = @x OUTPUT; SELECT @x"
    )

    assert answer.value == "8"


def test_dynamic_text_knows_no_variables_of_its_caller(wire: Wire) -> None:
    answer = wire.batch("DECLARE @x int = 1; EXEC('SELECT @x')")

    assert answer.numbers == [137]


def test_dynamic_text_runs_in_the_transaction_of_its_caller(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRAN; EXEC('INSERT dbo.Item (Id) VALUES (1); SELECT @@TRANCOUNT'); ROLLBACK;"
        " SELECT COUNT(*) FROM dbo.Item"
    )

    assert answer.sets == [[("1",)], [("0",)]]


def test_an_error_in_dynamic_text_is_caught_outside(wire: Wire) -> None:
    answer = wire.batch(
        "BEGIN TRY EXEC('SELECT * FROM dbo.Missing'); END TRY"
        " BEGIN CATCH SELECT ERROR_NUMBER(); END CATCH"
    )

    assert answer.value == "208"


# ---------------------------------------------------------------- prepared statements


def test_a_prepared_statement_is_run_again(wire: Wire) -> None:
    first = wire.call(
        13,
        integer("", None, output=True),
        text("", "@i int"),
        text("", "SELECT @i + 1"),
        integer("@i", 1),
    )
    handle = int(first.of("value")[0][2])

    again = wire.call(12, integer("", handle), integer("@i", 5))

    assert first.value == "2"
    assert again.value == "6"
    assert wire.call(15, integer("", handle)).status == 0
    assert wire.call(12, integer("", handle), integer("@i", 5)).numbers == [8179]


def test_preparing_anew_gives_the_old_handle_back(wire: Wire) -> None:
    prepared = (text("", "@i int"), text("", "SELECT @i"), integer("@i", 1))
    old = int(wire.call(13, integer("", None, output=True), *prepared).of("value")[0][2])

    new = int(wire.call(13, integer("", old, output=True), *prepared).of("value")[0][2])

    assert new != old
    assert wire.call(12, integer("", old), integer("@i", 1)).numbers == [8179]


def test_preparing_alone_runs_nothing(wire: Wire) -> None:
    answer = wire.call(
        11,
        integer("", None, output=True),
        text("", ""),
        text("", "INSERT dbo.Item (Id) VALUES (1)"),
        integer("", 1),
    )

    assert wire.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"
    wire.call(12, integer("", int(answer.of("value")[0][2])))
    assert wire.batch("SELECT COUNT(*) FROM dbo.Item").value == "1"


def test_a_call_text_is_prepared_and_run(adding: Wire) -> None:
    answer = adding.call(
        14,
        integer("", None, output=True),
        text("", "{? = CALL dbo.Add2(?, ?, ?)}"),
        integer("", 1),
        integer("", 2),
        integer("", None, output=True),
    )

    assert answer.status == 7
    assert [value for _, _, value in answer.of("value")][1:] == ["3"]


@pytest.mark.parametrize("number", [12, 15])
def test_an_unknown_handle(wire: Wire, number: int) -> None:
    assert wire.call(number, integer("", 99)).numbers == [8179]


# ---------------------------------------------------------------- nesting


def test_procedures_call_procedures(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Third AS SELECT @@NESTLEVEL; RETURN 3")
    wire.batch("CREATE PROCEDURE dbo.Second AS DECLARE @r int; EXEC @r = dbo.Third; RETURN @r * 10")
    wire.batch("CREATE PROCEDURE dbo.First AS DECLARE @r int; EXEC @r = dbo.Second; RETURN @r + 1")

    answer = wire.batch("DECLARE @r int; EXEC @r = dbo.First; SELECT @r, @@NESTLEVEL")

    assert answer.sets == [[("3",)], [("31", "0")]]


def test_a_procedure_may_call_itself(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Down @n int AS BEGIN IF @n = 0 RETURN 1;"
        " DECLARE @m int = @n - 1, @r int;"
        " EXEC @r = dbo.Down @m; RETURN @r + 1; END"
    )

    assert wire.batch("DECLARE @r int; EXEC @r = dbo.Down 10; SELECT @r").value == "11"
    assert wire.batch("EXEC dbo.Down 50").numbers == [217]
    assert wire.batch("SELECT 1").value == "1"


def test_a_procedure_that_leaves_a_transaction_open_is_told(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Opens AS BEGIN TRANSACTION")

    answer = wire.batch("EXEC dbo.Opens; SELECT @@TRANCOUNT; ROLLBACK")

    assert answer.numbers == [266]
    assert answer.value == "1"
    assert "Previous count = 0, current count = 1" in answer.errors[0].text


def test_a_procedure_that_ends_the_transaction_of_its_caller_is_told(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Ends AS ROLLBACK TRANSACTION")

    answer = wire.batch("BEGIN TRAN; EXEC dbo.Ends; SELECT @@TRANCOUNT")

    assert answer.numbers == [266]
    assert answer.value == "0"


def test_settings_of_a_procedure_end_with_it(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Sets AS SET NOCOUNT, XACT_ABORT ON; INSERT dbo.Item (Id) VALUES (1)"
    )

    answer = wire.batch(
        "EXEC dbo.Sets; INSERT dbo.Item (Id) VALUES (2); INSERT dbo.Item (Id) VALUES (2); SELECT 1"
    )

    assert answer.story == ["count 1", "error 2627", "rows", "count 1"]


def test_settings_of_a_batch_stay(wire: Wire) -> None:
    wire.batch("SET NOCOUNT ON")

    assert wire.batch("INSERT dbo.Item (Id) VALUES (1)").counts == []


def test_a_changed_procedure_is_used_at_once(wire: Wire, other: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Now1 AS SELECT 'old'")
    assert other.batch("EXEC dbo.Now1").value == "old"

    wire.batch("ALTER PROCEDURE dbo.Now1 AS SELECT 'new'")

    assert other.batch("EXEC dbo.Now1").value == "new"


def test_a_changed_table_is_seen_by_procedures(wire: Wire) -> None:
    wire.batch("CREATE TABLE dbo.Wide (A int)")
    wire.batch("CREATE PROCEDURE dbo.All1 AS SELECT * FROM dbo.Wide")
    wire.batch("INSERT dbo.Wide VALUES (1)")
    assert wire.batch("EXEC dbo.All1").rows == [("1",)]

    wire.batch("ALTER TABLE dbo.Wide ADD B int NULL")

    assert wire.batch("EXEC dbo.All1").rows == [("1", None)]
    wire.batch("DROP TABLE dbo.Wide")


def test_a_name_may_begin_with_the_parts_that_it_leaves_out(wire: Wire) -> None:
    answer = wire.batch("EXEC ..sp_tablecollations_100 N'.[Item]'; SELECT COUNT(*) FROM ..Item")

    columns, [(count,)] = answer.sets
    assert [row[1] for row in columns] == ["Id", "Name", "Stock"]
    assert count == "0"


def test_the_procedure_that_resets_rolls_back_and_says_so(wire: Wire, other: Wire) -> None:
    wire.batch("SET LOCK_TIMEOUT 5; CREATE TABLE #Left (Id int); BEGIN TRAN")
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")

    answer = wire.call("sys.sp_reset_connection")

    # The login's own database is master.
    assert answer.of("environment") == ["rollback", "database"]
    assert wire.batch("SELECT @@TRANCOUNT, @@LOCK_TIMEOUT, OBJECT_ID(N'tempdb..#Left')").rows == [
        ("0", "-1", None)
    ]
    assert other.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"
