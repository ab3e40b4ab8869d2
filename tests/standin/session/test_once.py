"""No text is parsed or compiled twice, unless something that it stands on has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.standin.session.inside import Inside, inside
from tests.standin.session.wire import Wire, integer, text

EXECUTESQL, PREPARE, EXECUTE = 10, 11, 12
SCHEMA = [
    "CREATE TABLE dbo.Item (Id int NOT NULL CONSTRAINT PK_Item PRIMARY KEY, Name nvarchar(9))",
    "INSERT dbo.Item VALUES (1, N'one'), (2, N'two')",
    "CREATE VIEW dbo.Items AS SELECT Id, Name FROM dbo.Item",
    "CREATE PROCEDURE dbo.Find @Id int AS SELECT Name FROM dbo.Items WHERE Id = @Id",
    "CREATE PROCEDURE dbo.FindBoth AS BEGIN EXEC dbo.Find @Id = 1; EXEC dbo.Find @Id = 2; END",
]
WAYS: dict[str, Callable[[Wire], object]] = {
    "a batch": lambda wire: wire.batch("SELECT Name FROM dbo.Items WHERE Id = 1"),
    "a batch that changes": lambda wire: wire.batch("UPDATE dbo.Item SET Name = Name"),
    "a batch that is one call": lambda wire: wire.batch("EXEC dbo.Find @Id = 2"),
    "a batch with a call that is not of constants": lambda wire: wire.batch(
        "DECLARE @i int = 2; EXEC dbo.Find @Id = @i"
    ),
    "a call that reads a variable of the server": lambda wire: wire.batch(
        "EXEC dbo.Find @Id = @@SPID"
    ),
    "a procedure call": lambda wire: wire.call("dbo.Find", integer("@Id", 1)),
    "a procedure that calls": lambda wire: wire.call("FindBoth"),
    "sp_executesql by number": lambda wire: wire.call(
        EXECUTESQL,
        text("", "SELECT Name FROM dbo.Item WHERE Id = @i"),
        text("", "@i int"),
        integer("@i", 2),
    ),
    "sp_executesql in a batch": lambda wire: wire.batch(
        "EXEC sp_executesql N'SELECT Name FROM dbo.Items WHERE Id = @i', N'@i int', @i = 1"
    ),
    "a text in a loop": lambda wire: wire.batch(
        "DECLARE @n int = 0; WHILE @n < 5 BEGIN EXEC ('SELECT Id FROM dbo.Items'); SET @n += 1 END"
    ),
    "texts by turns": lambda wire: [
        wire.batch(f"SELECT Name FROM dbo.Items WHERE Id = {number}") for number in (1, 2, 1)
    ],
    "a batch in parts": lambda wire: wire.batch(
        "EXECUTE AS USER = 'dbo'; SELECT Id FROM dbo.Items; REVERT; SELECT Name FROM dbo.Items"
    ),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    with inside(tmp_path_factory.mktemp("inside")) as made:
        yield made


@pytest.fixture(scope="module")
def place(engine: Inside) -> Iterator[str]:
    with engine.engine.database(*SCHEMA) as name:
        yield name


@pytest.fixture
def wire(engine: Inside, place: str) -> Iterator[Wire]:
    with engine.engine.wire(place) as opened:
        yield opened


@pytest.mark.parametrize("way", WAYS)
def test_what_is_run_again_is_not_parsed_or_compiled_again(
    engine: Inside, place: str, wire: Wire, way: str
) -> None:
    WAYS[way](wire)
    before = engine.work(place)

    for _ in range(3):
        WAYS[way](wire)

    assert engine.work(place) == before


def test_another_session_finds_what_the_first_has_compiled(
    engine: Inside, place: str, wire: Wire
) -> None:
    for run in WAYS.values():
        run(wire)
    before = engine.work(place)

    with engine.engine.wire(place) as other:
        after = engine.work(place)
        for run in WAYS.values():
            run(other)

    assert engine.work(place) == after
    assert after.compiled == before.compiled


def test_a_statement_that_is_prepared_is_compiled_once(
    engine: Inside, place: str, wire: Wire
) -> None:
    answer = wire.call(
        PREPARE,
        integer("@handle", None, output=True),
        text("", "@i int"),
        text("", "SELECT Name FROM dbo.Item WHERE Id < @i"),
    )
    handle = int(answer.of("value")[0][2])
    before = engine.work(place)

    rows = [wire.call(EXECUTE, integer("", handle), integer("@i", 9)).rows for _ in range(3)]

    assert rows == [[("one",), ("two",)]] * 3
    assert engine.work(place) == before


def test_what_the_driver_prepares_is_compiled_once(engine: Inside, place: str) -> None:
    statement = "SELECT Name FROM dbo.Item WHERE Id = ? AND Name <> ?"
    with engine.engine.odbc(place) as connection:
        cursor = connection.cursor()
        first = cursor.execute(statement, 1, "x").fetchval()
        before = engine.work(place)

        again = [cursor.execute(statement, number, "x").fetchval() for number in (2, 1, 2)]

        assert (first, again) == ("one", ["two", "one", "two"])
        assert engine.work(place) == before


def test_temporary_tables_of_two_sessions_do_not_drive_each_other_out(
    engine: Inside, place: str, wire: Wire
) -> None:
    question = "SELECT A FROM #mine"
    with engine.engine.wire(place) as other:
        for number, each in enumerate((wire, other)):
            each.batch("CREATE TABLE #mine (A int)")
            each.batch(f"INSERT #mine VALUES ({number})")
            assert each.batch(question).rows == [(str(number),)]
        before = engine.work(place)

        answers = [each.batch(question).value for each in (wire, other, wire, other)]

        assert answers == ["0", "1", "0", "1"]
        assert engine.work(place) == before


def test_a_module_is_parsed_and_compiled_when_it_is_defined_and_not_again_when_it_is_called(
    engine: Inside, place: str, wire: Wire
) -> None:
    wire.batch("CREATE PROCEDURE dbo.New1 AS SELECT Id FROM dbo.Item")
    before = engine.work(place)

    assert wire.call("dbo.New1").rows == [("1",), ("2",)]

    after = engine.work(place)
    # The name of the call is a text of its own.
    assert (after.parsed - before.parsed, after.compiled - before.compiled) == (1, 0)


def test_a_module_that_is_defined_in_a_transaction_is_known_after_its_end(
    engine: Inside, place: str, wire: Wire
) -> None:
    wire.batch("BEGIN TRANSACTION")
    wire.batch("CREATE PROCEDURE dbo.New2 AS SELECT Id FROM dbo.Item")
    wire.batch("COMMIT")
    before = engine.work(place).compiled

    assert wire.call("dbo.New2").rows == [("1",), ("2",)]

    assert engine.work(place).compiled == before


def test_a_change_of_what_it_stands_on_compiles_it_anew_and_parses_nothing(
    engine: Inside, place: str, wire: Wire
) -> None:
    question = "SELECT * FROM dbo.Items WHERE Id = 2"
    assert wire.batch(question).rows == [("2", "two")]
    wire.batch("ALTER VIEW dbo.Items AS SELECT Id, Name FROM dbo.Item WHERE Id > 0")
    before = engine.work(place)

    assert wire.batch(question).rows == [("2", "two")]
    assert wire.batch(question).rows == [("2", "two")]

    after = engine.work(place)
    assert (after.parsed - before.parsed, after.compiled - before.compiled) == (0, 1)
