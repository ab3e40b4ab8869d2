"""How Python programs use Microsoft's ODBC driver."""

from __future__ import annotations

import threading
from datetime import date, datetime, time
from decimal import Decimal
from uuid import uuid4

import pyodbc
import pytest

from tests.standin.session.engine import Engine, Watch

ROWS = [(number, f"name {number}", Decimal("1.50"), None) for number in range(1, 51)]


def count(connection: pyodbc.Connection) -> int:
    return int(connection.execute("SELECT COUNT(*) FROM dbo.Item").fetchval())


# ---------------------------------------------------------------- values


VALUES = [
    None,
    True,
    0,
    2**31,
    -(2**63),
    1.5,
    Decimal("-12345678901234567890.123456"),
    "",
    "plain",
    "ünï-\N{SNOWMAN}-\N{GRINNING FACE}",
    "x" * 5000,
    b"",
    b"\x00\xff",
    b"y" * 9000,
    date(2024, 2, 29),
    time(23, 59, 58),
    datetime(2024, 2, 29, 12, 30, 15, 123000),
]


@pytest.mark.parametrize("value", VALUES, ids=[repr(value)[:30] for value in VALUES])
def test_a_value_comes_back_as_it_was_sent(connection: pyodbc.Connection, value: object) -> None:
    assert connection.execute("SELECT ?", value).fetchval() == value


def test_a_uuid_comes_back_as_text(connection: pyodbc.Connection) -> None:
    value = uuid4()

    assert connection.execute("SELECT ?", value).fetchval() == str(value).upper()


def test_null_goes_into_any_column(connection: pyodbc.Connection) -> None:
    connection.execute("INSERT dbo.Item VALUES (?, ?, ?, ?)", 1, None, None, None)

    row = connection.execute("SELECT Name, Price, Since FROM dbo.Item WHERE Id = ?", 1).fetchone()

    assert tuple(row) == (None, None, None)


def test_columns_are_described(connection: pyodbc.Connection) -> None:
    description = connection.execute("SELECT * FROM dbo.Item").description

    assert [(each[0], each[1], each[4], each[5], each[6]) for each in description] == [
        ("Id", int, 10, 0, False),
        ("Name", str, 20, 0, True),
        ("Price", Decimal, 9, 2, True),
        ("Since", datetime, 23, 3, True),
    ]


# ---------------------------------------------------------------- tables as parameters


def test_a_table_is_a_parameter(connection: pyodbc.Connection) -> None:
    connection.execute("CREATE TYPE dbo.Line AS TABLE (Id int PRIMARY KEY, Word nvarchar(9) NULL)")
    connection.execute(
        "CREATE PROCEDURE dbo.TakeLines @Lines dbo.Line READONLY, @Add int AS"
        " SELECT Id + @Add, Word FROM @Lines ORDER BY Id"
    )
    lines = [(2, 'a"b,{'), (1, None)]

    called = connection.execute("{CALL dbo.TakeLines (?, ?)}", lines, 10).fetchall()
    executed = connection.execute("EXEC dbo.TakeLines @Lines = ?, @Add = ?", lines, 20).fetchall()
    empty = connection.execute("EXEC dbo.TakeLines ?, ?", [], 0).fetchall()
    connection.execute("DROP PROCEDURE dbo.TakeLines; DROP TYPE dbo.Line")

    assert [tuple(row) for row in called] == [(11, None), (12, 'a"b,{')]
    assert [tuple(row) for row in executed] == [(21, None), (22, 'a"b,{')]
    assert empty == []


# ---------------------------------------------------------------- many rows at once


@pytest.mark.parametrize("fast", [False, True])
def test_executemany(connection: pyodbc.Connection, fast: bool) -> None:
    cursor = connection.cursor()
    cursor.fast_executemany = fast

    cursor.executemany("INSERT dbo.Item (Id, Name, Price, Since) VALUES (?, ?, ?, ?)", ROWS)

    assert count(connection) == 50
    assert connection.execute("SELECT Name FROM dbo.Item WHERE Id = 50").fetchval() == "name 50"


def test_fast_executemany_takes_long_and_missing_values(connection: pyodbc.Connection) -> None:
    connection.execute("INSERT dbo.Item (Id) VALUES (1)")
    cursor = connection.cursor()
    cursor.fast_executemany = True

    cursor.executemany(
        "INSERT dbo.Part (ItemId, Note) VALUES (?, ?)", [(1, "z" * 6000), (1, None), (1, "")]
    )

    notes = connection.execute("SELECT LEN(Note) FROM dbo.Part ORDER BY PartId").fetchall()
    assert [row[0] for row in notes] == [6000, None, 0]


def test_an_error_in_executemany_is_raised(connection: pyodbc.Connection) -> None:
    with pytest.raises(pyodbc.IntegrityError, match="2627"):
        connection.cursor().executemany("INSERT dbo.Item (Id) VALUES (?)", [(1,), (1,)])

    assert count(connection) == 1


# ---------------------------------------------------------------- calls and results


def test_a_call_escape_gives_rows(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    for value in (1, 2):
        assert cursor.execute("{CALL dbo.Add2(?, ?, ?)}", value, 2, 0).fetchval() == value


def test_outputs_are_selected_in_a_batch(connection: pyodbc.Connection) -> None:
    cursor = connection.execute(
        "SET NOCOUNT ON; DECLARE @r int, @c int; EXEC @r = dbo.Add2 @a = ?, @c = @c OUTPUT;"
        " SELECT @r, @c",
        4,
    )

    assert cursor.fetchval() == 4
    assert cursor.nextset()
    assert tuple(cursor.fetchone()) == (7, 9)
    assert not cursor.nextset()


def test_results_and_counts_follow_each_other(connection: pyodbc.Connection) -> None:
    cursor = connection.execute(
        "INSERT dbo.Item (Id) VALUES (1), (2); SELECT Id FROM dbo.Item ORDER BY Id; PRINT 'done'"
    )

    assert cursor.rowcount == 2
    assert cursor.nextset()
    assert [row.Id for row in cursor.fetchall()] == [1, 2]
    cursor.nextset()
    assert "done" in cursor.messages[0][1]


def test_rows_before_an_error_are_read_and_then_it_is_raised(connection: pyodbc.Connection) -> None:
    cursor = connection.execute("SELECT 1; THROW 50001, 'enough', 1")

    assert cursor.fetchval() == 1
    with pytest.raises(pyodbc.ProgrammingError, match=r"enough \(50001\)"):
        cursor.nextset()
    assert connection.execute("SELECT 2").fetchval() == 2


@pytest.mark.parametrize(
    ("text", "kind", "state"),
    [
        ("SELECT * FROM dbo.Missing", pyodbc.ProgrammingError, "42S02"),
        ("SELECT Missing FROM dbo.Item", pyodbc.ProgrammingError, "42S22"),
        ("INSERT dbo.Item (Id) VALUES (NULL)", pyodbc.IntegrityError, "23000"),
        ("INSERT dbo.Part (ItemId) VALUES (9)", pyodbc.IntegrityError, "23000"),
        ("SELECT 1 / 0", pyodbc.DataError, "22012"),
        ("SELECT CAST('x' AS int)", pyodbc.DataError, "22018"),
        ("SELEC 1", pyodbc.ProgrammingError, "42000"),
    ],
)
def test_errors_are_of_the_right_kind(
    connection: pyodbc.Connection, text: str, kind: type[pyodbc.Error], state: str
) -> None:
    with pytest.raises(kind) as caught:
        connection.execute(text).fetchall()

    assert caught.value.args[0] == state


# ---------------------------------------------------------------- transactions


def test_without_autocommit_nothing_lasts_until_it_is_committed(
    engine: Engine, database: str, connection: pyodbc.Connection
) -> None:
    with engine.odbc(database, autocommit=False) as careful:
        careful.execute("INSERT dbo.Item (Id) VALUES (1)")
        careful.rollback()
        careful.execute("INSERT dbo.Item (Id) VALUES (2)")
        assert careful.execute("SELECT @@TRANCOUNT").fetchval() == 1
        careful.commit()

    assert [row[0] for row in connection.execute("SELECT Id FROM dbo.Item")] == [2]


def test_autocommit_can_be_switched(engine: Engine, connection: pyodbc.Connection) -> None:
    connection.autocommit = False
    connection.execute("INSERT dbo.Item (Id) VALUES (1)")
    connection.rollback()
    connection.autocommit = True

    assert connection.execute("SELECT @@TRANCOUNT").fetchval() == 0
    assert count(connection) == 0


def test_after_an_error_that_rolled_back_the_driver_goes_on(engine: Engine, database: str) -> None:
    with engine.odbc(database, autocommit=False) as careful:
        with pytest.raises(pyodbc.IntegrityError):
            careful.execute(
                "SET XACT_ABORT ON; INSERT dbo.Item (Id) VALUES (1);"
                " INSERT dbo.Item (Id) VALUES (1)"
            ).nextset()
        careful.execute("INSERT dbo.Item (Id) VALUES (2)")
        careful.commit()

        assert [row[0] for row in careful.execute("SELECT Id FROM dbo.Item")] == [2]


def test_leaving_the_connection_commits(engine: Engine, database: str) -> None:
    with engine.odbc(database, autocommit=False) as careful:
        careful.execute("INSERT dbo.Item (Id) VALUES (1)")

    with engine.odbc(database) as later:
        assert count(later) == 1


def test_closing_the_connection_rolls_back(engine: Engine, database: str) -> None:
    careful = engine.odbc(database, autocommit=False)
    careful.execute("INSERT dbo.Item (Id) VALUES (1)")
    careful.close()

    with engine.odbc(database) as later:
        assert count(later) == 0


# ---------------------------------------------------------------- giving up


def test_a_time_out_ends_a_statement(connection: pyodbc.Connection) -> None:
    connection.timeout = 1

    with pytest.raises(pyodbc.OperationalError) as caught:
        connection.execute("WAITFOR DELAY '01:00:00'")

    assert caught.value.args[0] == "HYT00"
    connection.timeout = 0
    assert connection.execute("SELECT 1").fetchval() == 1


def test_another_thread_cancels(connection: pyodbc.Connection, watch: Watch) -> None:
    cursor = connection.cursor()

    def cancel() -> None:
        watch.until("Timeout")
        cursor.cancel()

    helper = threading.Thread(target=cancel)
    helper.start()
    with pytest.raises(pyodbc.Error) as caught:
        cursor.execute("WAITFOR DELAY '01:00:00'")
    helper.join()

    assert caught.value.args[0] == "HY008"
    assert connection.execute("SELECT 1").fetchval() == 1


def test_rows_that_nobody_fetches_are_given_up(connection: pyodbc.Connection) -> None:
    cursor = connection.execute("SELECT value FROM GENERATE_SERIES(1, 50000)")
    cursor.fetchone()
    cursor.close()

    assert connection.execute("SELECT 1").fetchval() == 1


# ---------------------------------------------------------------- logging in


def test_a_wrong_password(engine: Engine, database: str) -> None:
    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        pyodbc.connect(engine.odbc_text(database, secret="wrong"))


def test_an_unknown_database(engine: Engine) -> None:
    with pytest.raises(pyodbc.Error, match="4060"):
        pyodbc.connect(engine.odbc_text("no_such_database"))


# ---------------------------------------------------------------- what a driver may demand


def test_mars_is_refused_and_the_refusal_says_why(engine: Engine, database: str) -> None:
    with pytest.raises(pyodbc.ProgrammingError, match=r"MARS_Connection=no.*\(40517\)"):
        pyodbc.connect(engine.odbc_text(database) + ";MARS_Connection=yes")


def test_without_mars_a_second_statement_waits_for_the_end_of_the_first(
    connection: pyodbc.Connection,
) -> None:
    first = connection.execute("SELECT value FROM GENERATE_SERIES(1, 50000)")
    first.fetchone()

    with pytest.raises(pyodbc.Error, match="Connection is busy"):
        connection.execute("SELECT 2")

    assert len(first.fetchall()) == 49_999
    assert connection.execute("SELECT 2").fetchval() == 2


MANY = """
CREATE TABLE #Many (
    Id int NOT NULL, Flag bit NULL, Big bigint NULL, Amount decimal(18, 4) NULL, Rate float NULL,
    Word nvarchar(20) NULL, Code varchar(20) NULL, Text nvarchar(max) NULL, Raw varbinary(50) NULL,
    Day date NULL, Clock time(3) NULL, At datetime2(6) NULL, Old datetime NULL,
    Mark uniqueidentifier NULL
)
"""


def test_fast_executemany_sends_every_type(connection: pyodbc.Connection) -> None:
    mark = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
    full = (
        *(True, 2**62, Decimal("-12345678901234.5678"), 0.1, "ünï", "plain", "t" * 5000, b"\0\xff"),
        *(date(2024, 2, 29), time(1, 2, 3), datetime(2024, 1, 2, 3, 4, 5, 123456)),
        *(datetime(2024, 1, 2, 3, 4, 5), mark),
    )
    rows = [(number, *(full if number % 2 else (None,) * len(full))) for number in range(1, 8)]
    connection.execute(MANY)
    cursor = connection.cursor()
    cursor.fast_executemany = True

    cursor.executemany(f"INSERT #Many VALUES ({', '.join('?' * 14)})", rows)

    assert [tuple(row) for row in connection.execute("SELECT * FROM #Many ORDER BY Id")] == rows


def test_a_prepared_statement_takes_other_types_and_sizes(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    values = [1, "one", Decimal("1.5"), None, "o" * 5000, b"\1", datetime(2024, 1, 2, 3, 4, 5)]

    assert [cursor.execute("SELECT ?", value).fetchval() for value in values] == values


def test_a_lock_that_is_not_given_in_time_is_an_error_of_the_statement(
    engine: Engine, database: str, connection: pyodbc.Connection
) -> None:
    connection.execute("INSERT dbo.Item (Id) VALUES (1)")
    with engine.odbc(database, autocommit=False) as holder:
        holder.execute("UPDATE dbo.Item SET Name = N'held' WHERE Id = 1")
        connection.execute("SET LOCK_TIMEOUT 0")
        with pytest.raises(pyodbc.Error, match="1222"):
            connection.execute("UPDATE dbo.Item SET Name = N'mine' WHERE Id = 1")
        connection.execute("SET LOCK_TIMEOUT -1")
        connection.timeout = 1
        with pytest.raises(pyodbc.OperationalError) as caught:
            connection.execute("UPDATE dbo.Item SET Name = N'mine' WHERE Id = 1")
        holder.rollback()

    assert caught.value.args[0] == "HYT00"
    connection.timeout = 0
    assert connection.execute("SELECT Name FROM dbo.Item").fetchval() is None


def test_a_statement_takes_two_thousand_parameters(connection: pyodbc.Connection) -> None:
    values = [number if number % 3 else None for number in range(2000)]
    listed = ", ".join(f"({number}, ?)" for number in range(1000))

    connection.execute(f"INSERT dbo.Item (Id, Price) VALUES {listed}", values[:1000])
    found = connection.execute(
        f"SELECT COUNT(*), SUM(Price) FROM dbo.Item WHERE Id IN ({', '.join('?' * 2000)})", values
    ).fetchone()
    once = connection.execute(
        "BEGIN TRANSACTION; INSERT dbo.Item (Id) VALUES (?); ROLLBACK;"
        f" SELECT {' + '.join('?' * 99)}",
        [5000, *range(99)],
    )
    once.nextset()

    assert tuple(found) == (666, sum(value or 0 for value in values[:1000]))
    assert once.fetchval() == sum(range(99))
