"""pyodbc as its own documentation uses it, on the first day of a team that knows SQL Server."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pyodbc
import pytest

from couponry_standin.certificate import certificate_file
from tests.standin.session.engine import Engine

TYPES = (
    *("bit", "tinyint", "smallint", "int", "bigint", "decimal(9, 2)", "money", "smallmoney"),
    *("real", "float", "char(3)", "varchar(3)", "varchar(max)", "text", "nchar(3)", "nvarchar(3)"),
    *("nvarchar(max)", "ntext", "binary(3)", "varbinary(3)", "varbinary(max)", "image", "date"),
    *("time(3)", "datetime", "smalldatetime", "datetime2(3)", "uniqueidentifier", "sysname"),
)
EACH = """
CREATE TYPE dbo.Each AS TABLE (
    Number int NOT NULL, Sku varchar(20) NULL, Price decimal(9, 3) NULL, At datetime2(3) NULL,
    Raw varbinary(max) NULL, Text nvarchar(max) NULL, Mark uniqueidentifier NULL,
    Rate float NULL, Flag bit NULL
)
"""
TAKE = "CREATE PROCEDURE dbo.TakeEach @Rows dbo.Each READONLY AS SELECT * FROM @Rows"


@contextmanager
def opened(engine: Engine, database: str, **words: str) -> Iterator[pyodbc.Connection]:
    more = "".join(f";{name}={value}" for name, value in words.items())
    connection = pyodbc.connect(engine.odbc_text(database) + more, autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


# ---------------------------------------------------------------- values


def test_fast_executemany_with_declared_sizes_may_begin_with_nulls(
    connection: pyodbc.Connection,
) -> None:
    cursor = connection.cursor()
    cursor.fast_executemany = True
    cursor.setinputsizes(
        [
            (pyodbc.SQL_INTEGER, 0, 0),
            (pyodbc.SQL_WVARCHAR, 20, 0),
            (pyodbc.SQL_DECIMAL, 9, 2),
            (pyodbc.SQL_TYPE_TIMESTAMP, 23, 3),
        ]
    )
    rows = [(1, None, None, None), (2, "zwei", Decimal("-2.50"), datetime(2024, 2, 29, 1, 2, 3))]

    cursor.executemany("INSERT dbo.Item (Id, Name, Price, Since) VALUES (?, ?, ?, ?)", rows)

    found = connection.execute("SELECT * FROM dbo.Item ORDER BY Id").fetchall()
    assert [tuple(row) for row in found] == rows


def test_values_of_five_megabytes_travel_both_ways(connection: pyodbc.Connection) -> None:
    size = 5 * 1024 * 1024
    text, raw = "é" * size, bytes(range(256)) * (size // 256)
    connection.execute("CREATE TABLE #Large (T nvarchar(max), V varchar(max), R varbinary(max))")

    connection.execute("INSERT #Large VALUES (?, ?, ?)", text, "v" * size, raw)

    row = connection.execute("SELECT T, V, R FROM #Large").fetchone()
    assert row is not None
    assert (text == row.T, "v" * size == row.V, raw == row.R) == (True, True, True)


def test_a_null_of_every_type_is_shown_and_described(connection: pyodbc.Connection) -> None:
    columns = ", ".join(f"CAST(NULL AS {each}) AS c{at}" for at, each in enumerate(TYPES))

    cursor = connection.execute(f"SELECT {columns}")

    row = cursor.fetchone()
    assert row is not None
    assert [*row] == [None] * len(TYPES)
    assert all(each[6] for each in cursor.description)


def test_a_table_parameter_takes_a_null_in_every_column(engine: Engine) -> None:
    full = (
        *(1, "sku", Decimal("1.234"), datetime(2024, 1, 2, 3, 4, 5, 123000), b"\0" * 9000),
        *("ü" * 9000, UUID(int=5), 1.5, True),
    )
    with engine.database(EACH, TAKE) as name, opened(engine, name) as connection:
        rows = [(2, *(None,) * 8), full]
        found = connection.execute("EXEC dbo.TakeEach ?", (rows,)).fetchall()
        counted = connection.execute(
            "SELECT COUNT(*) FROM ? AS l", (["Each", "dbo", *rows],)
        ).fetchval()

    assert tuple(found[0]) == rows[0]
    assert tuple(found[1]) == (*full[:6], str(full[6]).upper(), *full[7:])
    assert counted == 2


def test_a_moment_with_offset_goes_through_an_output_converter(
    connection: pyodbc.Connection,
) -> None:
    def moment(data: bytes) -> datetime:
        *parts, nanoseconds, hours, minutes = struct.unpack("<6hI2h", data)
        zone = timezone(timedelta(hours=hours, minutes=minutes))
        return datetime(*parts, nanoseconds // 1000, zone)

    connection.add_output_converter(-155, moment)
    found = connection.execute("SELECT CAST(? AS datetimeoffset(3))", "2024-02-29 01:02:03 -08:00")

    zone = timezone(timedelta(hours=-8))
    assert found.fetchval() == datetime(2024, 2, 29, 1, 2, 3, tzinfo=zone)


def test_more_parameters_than_sql_server_takes_are_refused(connection: pyodbc.Connection) -> None:
    """2,100 in all; what the driver calls has three of its own."""

    def ask(many: int) -> object:
        marks = ", ".join("?" * many)
        query = f"SELECT COUNT(*) FROM dbo.Item WHERE Id IN ({marks})"
        return connection.execute(query, list(range(many))).fetchval()

    assert ask(2097) == 0
    with pytest.raises(pyodbc.Error, match=r"too many parameters.*2100"):
        ask(2098)
    assert ask(1) == 0


# ---------------------------------------------------------------- results and messages


def test_messages_stand_beside_the_results_that_they_came_with(
    connection: pyodbc.Connection,
) -> None:
    cursor = connection.execute(
        "PRINT 'before'; RAISERROR ('note %d', 10, 1, 7); SELECT 1 AS a; PRINT 'after'"
    )

    first = [(state, text.rpartition("]")[2]) for state, text in cursor.messages]
    assert first == [("[01000] (0)", "before"), ("[01000] (50000)", "note 7")]
    assert cursor.fetchval() == 1
    cursor.nextset()
    assert [text.rpartition("]")[2] for _, text in cursor.messages] == ["after"]


def test_executemany_with_output_shows_what_the_last_row_gave(
    connection: pyodbc.Connection,
) -> None:
    connection.execute("INSERT dbo.Item (Id) VALUES (1)")
    cursor = connection.cursor()

    cursor.executemany(
        "INSERT dbo.Part (ItemId, Note) OUTPUT inserted.Note VALUES (?, ?)", [(1, "a"), (1, "b")]
    )

    assert [row.Note for row in cursor.fetchall()] == ["b"]


def test_functions_in_the_escapes_of_odbc_have_their_own_names(
    connection: pyodbc.Connection,
) -> None:
    row = connection.execute(
        "SELECT {fn UCASE('aé')}, {fn LCASE('Z')}, {fn LENGTH('ab ')}, {fn LOCATE('b', 'ab')},"
        " {fn IFNULL(NULL, 3)}, {fn DAYOFMONTH({d '2024-02-29'})}, {fn CONCAT('a', 'b')},"
        " DATEDIFF(second, {fn NOW()}, GETDATE()),"
        " IIF({fn CURDATE()} = CONVERT(char(10), GETDATE(), 23), 1, 0)"
    ).fetchone()

    assert row is not None
    assert tuple(row) == ("AÉ", "z", 2, 2, 3, 29, "ab", 0, 1)
    with pytest.raises(pyodbc.Error, match=r"\{fn MONTHNAME\}.*\(40517\)"):
        connection.execute("SELECT {fn MONTHNAME(GETDATE())}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{CALL dbo.Item}", r"'Item' is a table object.*\(2809\)"),
        ("EXEC dbo.Nobody", r"Could not find stored procedure 'dbo.Nobody'.*\(2812\)"),
        ("DECLARE @r int; EXEC @r = dbo.Twice 4", r"the scalar function Twice.*\(40517\)"),
    ],
)
def test_what_is_no_procedure_cannot_be_called(
    connection: pyodbc.Connection, text: str, message: str
) -> None:
    connection.execute(
        "CREATE OR ALTER FUNCTION dbo.Twice (@x int) RETURNS int AS BEGIN RETURN @x * 2 END"
    )

    with pytest.raises(pyodbc.Error, match=message):
        connection.execute(text)


# ---------------------------------------------------------------- the catalogue


def test_databases_schemas_and_kinds_of_tables_are_asked_for_by_a_percent_sign(
    connection: pyodbc.Connection, database: str
) -> None:
    cursor = connection.cursor()

    databases = [each[0] for each in cursor.tables(catalog="%", schema="", table="")]
    schemas = [each[1] for each in cursor.tables(catalog="", schema="%", table="")]
    kinds = [each[3] for each in cursor.tables(catalog="", schema="", table="", tableType="%")]

    assert {"master", database} <= set(databases)
    assert {"dbo", "sys"} <= set(schemas)
    assert kinds == ["SYSTEM TABLE", "TABLE", "VIEW"]


@pytest.mark.parametrize("view", ["sysobjects", "dbo.sysobjects", "sys.sysusers"])
def test_views_of_twenty_years_ago_are_refused_and_not_missing(
    connection: pyodbc.Connection, view: str
) -> None:
    """MikroORM begins with one."""
    with pytest.raises(pyodbc.Error, match=r"the view (sys\.)?sys(objects|users).*\(40517\)"):
        connection.execute(f"SELECT name FROM {view}")


def test_a_text_may_ask_for_the_types_of_its_parameters(connection: pyodbc.Connection) -> None:
    """JDBC asks so, by a batch; ODBC calls the procedure."""
    cursor = connection.execute(
        "EXEC sp_describe_undeclared_parameters"
        " N'INSERT dbo.Item (Id, Name, Price) VALUES (@P0, @P1, @P2)', N'@P0 int'"
    )

    found = [(row.name, row.suggested_system_type_name) for row in cursor.fetchall()]
    assert found == [("@P1", "nvarchar(20)"), ("@P2", "decimal(9,2)")]


# ---------------------------------------------------------------- connections


@pytest.mark.parametrize(("wish", "level"), [(1, 1), (2, 2), (4, 3), (8, 4)])
def test_the_isolation_level_is_an_attribute_of_the_connection(
    connection: pyodbc.Connection, wish: int, level: int
) -> None:
    connection.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, wish)

    found = connection.execute(
        "SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = @@SPID"
    )
    assert found.fetchval() == level


@pytest.mark.parametrize(
    "words",
    [
        {"LongAsMax": "Yes"},
        {"MultiSubnetFailover": "Yes", "ApplicationIntent": "ReadOnly"},
        {"ConnectRetryCount": "3", "ConnectRetryInterval": "1"},
        {"PacketSize": "512"},
        {"PacketSize": "32767"},
        {"UseFMTONLY": "Yes", "Language": "us_english"},
        {"ColumnEncryption": "Enabled", "Failover_Partner": "elsewhere"},
    ],
    ids=str,
)
def test_connection_strings_of_production_work(
    engine: Engine, database: str, words: dict[str, str]
) -> None:
    with opened(engine, database, APP="shop", **words) as connection:
        row = connection.execute("SELECT ?, ?, APP_NAME()", "n" * 9000, b"r" * 9000).fetchone()

    assert row is not None
    assert tuple(row) == ("n" * 9000, b"r" * 9000, "shop")


def test_the_strictest_encryption_is_pinned(engine: Engine, database: str) -> None:
    text = engine.odbc_text(database).replace("Encrypt=no", "Encrypt=strict")
    pinned = f"{text};ServerCertificate={certificate_file(engine.data_dir)}"

    with pyodbc.connect(pinned) as connection:
        assert connection.execute("SELECT 1").fetchval() == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"Language": "Deutsch"}, r"language Deutsch.*us_english.*\(40517\)"),
        ({"AttachDbFileName": "shop.mdf"}, r"AttachDbFileName.*\(40517\)"),
        ({"AnsiNPW": "No"}, r"SET ANSI_NULLS OFF.*\(40517\)"),
    ],
    ids=str,
)
def test_what_would_change_the_meaning_of_texts_is_refused_at_the_login(
    engine: Engine, database: str, words: dict[str, str], message: str
) -> None:
    with pytest.raises(pyodbc.Error, match=message), opened(engine, database, **words):
        pass
