"""What was compiled before a definition changed is not what runs after it, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine
from tests.standin.session.wire import Wire

DEFINITIONS = [
    "CREATE TABLE dbo.Ground (A int NOT NULL); INSERT dbo.Ground VALUES (1)",
    "CREATE FUNCTION dbo.Plus () RETURNS TABLE AS RETURN SELECT A + 1 AS X FROM dbo.Ground",
    "CREATE VIEW dbo.Seen AS SELECT X FROM dbo.Plus()",
    "CREATE VIEW dbo.SeenTwice AS SELECT X FROM dbo.Seen",
    "CREATE FUNCTION dbo.Most () RETURNS int AS BEGIN RETURN (SELECT MAX(X) FROM dbo.Seen) END",
    "CREATE FUNCTION dbo.Same () RETURNS int AS BEGIN RETURN dbo.Most() END",
    "CREATE VIEW dbo.SeenByFunction AS SELECT dbo.Same() AS X",
    "CREATE PROCEDURE dbo.Show AS SELECT X FROM dbo.SeenTwice",
    "CREATE PROCEDURE dbo.Fetch1 @X int OUTPUT AS SELECT @X = X FROM dbo.SeenTwice",
    """CREATE PROCEDURE dbo.ShowFetched AS
    BEGIN
        SET XACT_ABORT ON;
        DECLARE @x int;
        BEGIN TRANSACTION;
        EXEC dbo.Fetch1 @X = @x OUTPUT;
        COMMIT;
        SELECT @x AS X;
    END""",
]
READERS = [
    "SELECT X FROM dbo.Plus()",
    "SELECT X FROM dbo.Seen",
    "SELECT X FROM dbo.SeenTwice",
    "SELECT dbo.Most()",
    "SELECT dbo.Same()",
    "SELECT X FROM dbo.SeenByFunction",
    "EXEC dbo.Show",
    "EXEC dbo.ShowFetched",
    "EXEC ('SELECT X FROM dbo.SeenTwice')",
    "EXEC sp_executesql N'SELECT X FROM dbo.SeenTwice'",
]


@pytest.fixture(scope="module")
def place(engine: Engine) -> Iterator[str]:
    with engine.database(*DEFINITIONS) as name:
        yield name


@pytest.fixture
def here(engine: Engine, place: str) -> Iterator[Wire]:
    with engine.wire(place) as opened:
        run(opened, plus("CREATE OR ALTER", 1))
        yield opened


@pytest.fixture
def there(engine: Engine, place: str) -> Iterator[Wire]:
    with engine.wire(place) as opened:
        yield opened


def plus(verb: str, number: int) -> str:
    return (
        f"{verb} FUNCTION dbo.Plus () RETURNS TABLE AS RETURN SELECT A + {number} AS X"
        " FROM dbo.Ground"
    )


def run(wire: Wire, text: str) -> None:
    assert wire.batch(text).errors == [], text


def seen(wire: Wire) -> list[str | None]:
    """What each reader sees, in their order."""
    answers = [wire.batch(text) for text in READERS]
    assert [each.errors for each in answers] == [[]] * len(READERS)
    return [each.rows[-1][0] for each in answers]


def everywhere(number: int) -> list[str]:
    return [str(number)] * len(READERS)


def test_a_function_that_is_altered_and_restored(here: Wire, there: Wire) -> None:
    assert seen(here) == seen(there) == everywhere(2)

    run(here, plus("ALTER", 10))
    altered = seen(here), seen(there)
    run(here, plus("CREATE OR ALTER", 1))
    restored = seen(there), seen(here)

    assert altered == (everywhere(11), everywhere(11))
    assert restored == (everywhere(2), everywhere(2))


def test_a_function_that_is_dropped_and_made_again(here: Wire, there: Wire) -> None:
    assert seen(here) == seen(there) == everywhere(2)

    run(here, "DROP FUNCTION dbo.Plus")
    missing = [[error.number for error in there.batch(text).errors] for text in READERS]
    run(here, plus("CREATE", 4))

    assert missing == [[208]] * len(READERS)
    assert seen(there) == seen(here) == everywhere(5)


def test_a_view_between_them_that_is_altered(here: Wire, there: Wire) -> None:
    assert seen(here) == seen(there) == everywhere(2)

    run(here, "ALTER VIEW dbo.Seen AS SELECT X + 100 AS X FROM dbo.Plus()")
    altered = seen(here)[1:], seen(there)[1:]
    run(here, "ALTER VIEW dbo.Seen AS SELECT X FROM dbo.Plus()")

    assert altered == (everywhere(102)[1:], everywhere(102)[1:])
    assert seen(here) == seen(there) == everywhere(2)


def test_a_definition_that_is_not_committed_is_seen_by_its_session_alone(
    here: Wire, there: Wire
) -> None:
    run(here, "BEGIN TRANSACTION")
    run(here, plus("ALTER", 20))

    own = seen(here)
    theirs = there.batch(READERS[1]).rows
    run(here, "ROLLBACK")

    assert own == everywhere(21)
    assert theirs == [("2",)]
    assert seen(here) == seen(there) == everywhere(2)


def test_a_definition_that_is_committed_is_seen_by_all(here: Wire, there: Wire) -> None:
    assert seen(there) == everywhere(2)

    run(here, "BEGIN TRANSACTION")
    run(here, plus("ALTER", 20))
    run(here, "COMMIT")

    assert seen(there) == seen(here) == everywhere(21)


def test_a_definition_after_a_savepoint_is_undone_with_it(here: Wire, there: Wire) -> None:
    run(here, "BEGIN TRANSACTION; SAVE TRANSACTION before")
    run(here, plus("ALTER", 30))
    assert seen(here) == everywhere(31)

    run(here, "ROLLBACK TRANSACTION before")
    undone = seen(here)
    run(here, "COMMIT")

    assert undone == everywhere(2)
    assert seen(here) == seen(there) == everywhere(2)


def test_columns_that_are_added_and_retyped(here: Wire, there: Wire) -> None:
    text = "SELECT * FROM dbo.Wide"
    run(here, "CREATE TABLE dbo.Wide (A int NOT NULL); INSERT dbo.Wide VALUES (1)")
    assert here.batch(text).rows == there.batch(text).rows == [("1",)]

    run(here, "ALTER TABLE dbo.Wide ADD B int NULL")
    added = here.batch(text).rows, there.batch(text).rows
    run(here, "ALTER TABLE dbo.Wide ALTER COLUMN B nvarchar(5) NULL")
    run(here, "UPDATE dbo.Wide SET B = N'two'")
    retyped = there.batch(text).rows, here.batch(text).rows
    run(here, "DROP TABLE dbo.Wide")

    assert added == ([("1", None)], [("1", None)])
    assert retyped == ([("1", "two")], [("1", "two")])
    assert [error.number for error in there.batch(text).errors] == [208]


def test_an_output_parameter_that_is_retyped(here: Wire, there: Wire) -> None:
    body = "AS BEGIN BEGIN TRY SET @R = {} END TRY BEGIN CATCH THROW END CATCH END"
    run(here, "CREATE PROCEDURE dbo.Give @R int OUTPUT " + body.format("5"))
    run(
        here,
        "CREATE PROCEDURE dbo.Take AS BEGIN DECLARE @r nvarchar(9); EXEC dbo.Give @r OUTPUT;"
        " SELECT @r AS R END",
    )
    assert here.batch("EXEC dbo.Take").rows == there.batch("EXEC dbo.Take").rows == [("5",)]

    run(here, "ALTER PROCEDURE dbo.Give @R nvarchar(9) OUTPUT " + body.format("N'five'"))

    assert there.batch("EXEC dbo.Take").rows == here.batch("EXEC dbo.Take").rows == [("five",)]


def test_a_check_asks_the_function_as_it_is_now(here: Wire) -> None:
    run(here, "CREATE TABLE dbo.Limited (A int, CONSTRAINT CK_Limited CHECK (dbo.Same() > A))")
    assert [each.number for each in here.batch("INSERT dbo.Limited VALUES (5)").errors] == [547]

    run(here, plus("ALTER", 10))
    run(here, "INSERT dbo.Limited VALUES (5)")
    run(here, plus("ALTER", 1))

    assert [each.number for each in here.batch("INSERT dbo.Limited VALUES (5)").errors] == [547]
    run(here, "DROP TABLE dbo.Limited")
