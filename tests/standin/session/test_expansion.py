"""Procedures that are expanded into their caller behave as called ones."""

from __future__ import annotations

import pytest

from tests.standin.session.wire import Wire

TOP = "SET NOCOUNT, XACT_ABORT ON;"


def make(wire: Wire, name: str, parameters: str, body: str) -> None:
    made = wire.batch(
        f"CREATE OR ALTER PROCEDURE dbo.{name} {parameters} AS\nBEGIN\n{TOP}\n{body}\nEND"
    )
    assert made.errors == []


def outer(wire: Wire, body: str, after: str = "", *, name: str = "Outside") -> None:
    """A procedure that owns its transaction and shows what comes after it."""
    make(wire, name, "", f"BEGIN TRANSACTION;\n{body}\nCOMMIT TRANSACTION;\n{after}")


@pytest.mark.parametrize("caught", [False, True])
def test_an_error_names_the_inner_procedure_and_its_line(wire: Wire, caught: bool) -> None:
    make(
        wire,
        "Inside",
        "@Id int",
        "INSERT dbo.Log (Text) VALUES (N'x');\n\nINSERT dbo.Item (Id) VALUES (@Id), (@Id);",
    )
    make(wire, "Middle", "@Id int", "EXEC dbo.Inside @Id;")
    body = "BEGIN TRANSACTION;\nEXEC dbo.Middle 1;\nCOMMIT TRANSACTION;"
    if caught:
        body = (
            f"BEGIN TRY {body} END TRY BEGIN CATCH ROLLBACK TRANSACTION;"
            " SELECT ERROR_NUMBER(), ERROR_PROCEDURE(), ERROR_LINE(); END CATCH"
        )
    make(wire, "Outside", "", body)

    answer = wire.batch("EXEC dbo.Outside")

    if caught:
        assert answer.rows == [("2627", "dbo.Inside", "6")]
    else:
        [error] = answer.errors
        assert (error.number, error.procedure, error.line) == (2627, "dbo.Inside", 6)
    assert wire.batch("SELECT COUNT(*) FROM dbo.Log").value == "0"


def test_an_output_is_given_back_only_by_an_end_without_error(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@Id int, @Seen int OUTPUT",
        "SET @Seen = 2; INSERT dbo.Item (Id) VALUES (@Id); SET @Seen = 3;",
    )
    make(
        wire,
        "Outside",
        "",
        "DECLARE @Seen int = 1; BEGIN TRY BEGIN TRANSACTION; EXEC dbo.Inside 1, @Seen OUTPUT;"
        " EXEC dbo.Inside NULL, @Seen OUTPUT; COMMIT TRANSACTION; END TRY"
        " BEGIN CATCH ROLLBACK TRANSACTION; SELECT @Seen; END CATCH; SELECT @Seen",
    )

    assert wire.batch("EXEC dbo.Outside").sets == [[("3",)], [("3",)]]


def test_a_changed_procedure_changes_its_callers(wire: Wire) -> None:
    make(wire, "Inside", "@Stock int OUTPUT", "SET @Stock = 1;")
    outer(wire, "DECLARE @Stock int; EXEC dbo.Inside @Stock OUTPUT;", "SELECT @Stock;")
    before = wire.batch("EXEC dbo.Outside").value

    make(wire, "Inside", "@Stock int OUTPUT, @Step int = 4", "SET @Stock = @Step;")

    assert (before, wire.batch("EXEC dbo.Outside").value) == ("1", "4")


def test_return_leaves_the_inner_procedure_alone(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@N int, @Out int OUTPUT",
        "WHILE 1 = 1 BEGIN IF @N > 2 RETURN 5; SET @N += 1; SET @Out = @N; END;",
    )
    outer(
        wire,
        "DECLARE @R int, @Out int, @N int = 0; EXEC @R = dbo.Inside @N, @Out OUTPUT;"
        " INSERT dbo.Item (Id) VALUES (@R);",
        "SELECT @R, @Out, @N; RETURN 9;",
    )

    answer = wire.batch("EXEC dbo.Outside")

    assert (answer.rows, answer.status) == ([("5", "3", "0")], 9)


def test_variables_of_the_inner_procedure_are_new_at_each_call(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@Id int, @Name nvarchar(20) OUTPUT",
        "DECLARE @Found nvarchar(20); SELECT @Found = Name FROM dbo.Item WHERE Id = @Id;"
        " SET @Name = COALESCE(@Found, N'none');",
    )
    wire.batch("INSERT dbo.Item (Id, Name) VALUES (1, N'one'), (3, N'three')")
    outer(
        wire,
        "DECLARE @I int = 0, @Name nvarchar(20), @All nvarchar(max) = N'';"
        " WHILE @I < 4 BEGIN EXEC dbo.Inside @I, @Name OUTPUT;"
        " SET @All += @Name + N' '; SET @I += 1; END;",
        "SELECT @All;",
    )

    assert wire.batch("EXEC dbo.Outside").value == "none one none three "


def test_no_row_leaves_the_callers_variable_as_it_was(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@Name nvarchar(20) OUTPUT",
        "SELECT @Name = Name FROM dbo.Item WHERE Id = 9;",
    )
    outer(
        wire,
        "DECLARE @Fresh nvarchar(20), @Old nvarchar(20) = N'old';"
        " EXEC dbo.Inside @Fresh OUTPUT; EXEC dbo.Inside @Old OUTPUT;",
        "SELECT @Fresh, @Old;",
    )

    assert wire.batch("EXEC dbo.Outside").rows == [(None, "old")]


def test_one_variable_in_and_out_is_copied(wire: Wire) -> None:
    make(
        wire, "Inside", "@A int, @B int OUTPUT, @C int OUTPUT", "SET @B = @A + 1; SET @C = @A + @B;"
    )
    outer(
        wire,
        "DECLARE @X int = 10, @Y int; EXEC dbo.Inside @A = @X, @B = @X OUTPUT, @C = @Y OUTPUT;",
        "SELECT @X, @Y;",
    )

    assert wire.batch("EXEC dbo.Outside").rows == [("11", "21")]


def test_values_fit_the_types_of_the_parameters(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@Short nvarchar(3), @Amount decimal(5, 1), @Out nvarchar(2) OUTPUT",
        "SET @Out = LEFT(@Short, 1) + CAST(@Amount AS nvarchar(10));",
    )
    outer(
        wire,
        "DECLARE @S nvarchar(10) = N'abcdef', @A decimal(9, 3) = 2.25, @O nvarchar(10) = N'';"
        " EXEC dbo.Inside @S, @A, @O OUTPUT;",
        "SELECT @S, @A, @O;",
    )

    assert wire.batch("EXEC dbo.Outside").rows == [("abcdef", "2.250", "a2")]


def test_the_identity_of_the_inner_procedure_is_its_own(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@New int OUTPUT",
        "INSERT dbo.Part (ItemId) VALUES (1); SET @New = SCOPE_IDENTITY();",
    )
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")
    outer(
        wire,
        "DECLARE @Own int, @New int; INSERT dbo.Part (ItemId) VALUES (1);"
        " EXEC dbo.Inside @New OUTPUT; SET @Own = SCOPE_IDENTITY();",
        "SELECT @New - @Own;",
    )

    assert wire.batch("EXEC dbo.Outside").value == "1"


def test_rows_are_counted_where_somebody_asks(wire: Wire) -> None:
    make(
        wire,
        "Inside",
        "@Stock int",
        "UPDATE dbo.Item SET Stock = @Stock; IF @@ROWCOUNT = 0 INSERT dbo.Log (Text) VALUES (N'0');"
        " UPDATE dbo.Item SET Stock = 1 WHERE Id < 3;",
    )
    wire.batch("INSERT dbo.Item (Id) VALUES (1), (2), (3)")
    outer(
        wire,
        "DECLARE @N int; EXEC dbo.Inside 5; SET @N = @@ROWCOUNT;",
        "SELECT @N, COUNT(*) FROM dbo.Log;",
    )

    assert wire.batch("EXEC dbo.Outside").rows == [("2", "0")]


def test_a_second_call_of_a_long_procedure_is_a_call(wire: Wire) -> None:
    steps = " ".join(f"SET @N += {step};" for step in range(20))
    make(wire, "Inside", "@N int OUTPUT", steps)
    outer(
        wire,
        "DECLARE @N int = 0; EXEC dbo.Inside @N OUTPUT; EXEC dbo.Inside @N OUTPUT;",
        "SELECT @N;",
    )

    assert wire.batch("EXEC dbo.Outside").value == str(2 * sum(range(20)))


def test_a_write_outside_a_transaction_is_refused_as_before(wire: Wire) -> None:
    make(wire, "Inside", "@Id int", "INSERT dbo.Item (Id) VALUES (@Id);")
    make(
        wire,
        "Outside",
        "@Own bit = 1",
        "IF @Own = 1 BEGIN TRANSACTION; EXEC dbo.Inside 1; IF @Own = 1 COMMIT TRANSACTION;",
    )

    assert wire.batch("EXEC dbo.Outside 0").numbers == [40517]
    assert wire.batch("EXEC dbo.Outside 1").errors == []
    assert wire.batch("SELECT COUNT(*) FROM dbo.Item").value == "1"
