"""Bulk loads, as the loaders of the drivers send them: INSERT BULK and a message of rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import mssql_python
import pymssql
import pyodbc
import pytds
import pytest
from pytds.tds_base import Column
from pytds.tds_types import IntType, NVarCharType

from tests.standin.session.engine import Engine

WIDE = """
CREATE TABLE dbo.Wide (
    Id int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Wide PRIMARY KEY,
    B bit NULL, T tinyint NULL, S smallint NULL, G bigint NULL, D decimal(18, 4) NULL,
    M money NULL, F float NULL, R real NULL, C char(5) NULL,
    V varchar(20) COLLATE Latin1_General_100_BIN2 NULL, NC nchar(5) NULL, NV nvarchar(30) NULL,
    MX nvarchar(max) NULL, VB varbinary(20) NULL, VX varbinary(max) NULL, DD date NULL,
    TM time(3) NULL, D2 datetime2(3) NULL, DX datetimeoffset(3) NULL, DT datetime NULL,
    U uniqueidentifier NULL
)
"""
KEPT = """
CREATE TABLE dbo.Kept (
    Id int NOT NULL CONSTRAINT PK_Kept PRIMARY KEY,
    Word nvarchar(9) NULL CONSTRAINT DF_Kept_Word DEFAULT (N'none'),
    Qty int NOT NULL CONSTRAINT DF_Kept_Qty DEFAULT (7) CONSTRAINT CK_Kept_Qty CHECK (Qty > 0),
    Twice AS Qty * 2,
    Version rowversion NOT NULL
);
CREATE TABLE dbo.Child (
    KeptId int NOT NULL CONSTRAINT FK_Child_Kept REFERENCES dbo.Kept (Id)
);
CREATE LOGIN Loader WITH PASSWORD = 'Lo4d-rows!';
CREATE USER Loader FOR LOGIN Loader;
CREATE LOGIN Reader WITH PASSWORD = 'Re4d-rows!';
CREATE USER Reader FOR LOGIN Reader;
GRANT INSERT, SELECT ON dbo.Kept TO Loader;
GRANT SELECT ON dbo.Kept TO Reader
"""
ROW = (
    *(True, 255, -2, 2**40, Decimal("1.2345"), Decimal("2.5"), 1.5, 2.5),
    *("abc", "vär", "ünï", "snow\N{SNOWMAN}", "m" * 9000, b"\x01 ", b"z" * 9000),
    *(date(2024, 2, 29), time(1, 2, 3, 4000), datetime(2024, 1, 2, 3, 4, 5, 123000)),
    datetime(2024, 1, 2, 3, 4, 5, 123000, tzinfo=UTC),
    *(datetime(2024, 1, 2, 3, 4, 5), UUID("b40c5830-4715-4093-afe5-5ad9aef9fe2b")),
)
READ = (
    "SELECT B, T, S, G, D, M, F, R, C, V, NC, NV, MX, VB, VX, DD, TM, D2,"
    " CONVERT(varchar(40), DX), DT, U FROM dbo.Wide ORDER BY Id"
)
BACK = (
    *ROW[:8],
    *("abc  ", "vär", "ünï  ", *ROW[11:18], "2024-01-02 03:04:05.123 +00:00", ROW[19]),
    "B40C5830-4715-4093-AFE5-5AD9AEF9FE2B",
)
FILLED = ["Id", "Word", "Qty"]
COLUMNS = [Column("Id", type=IntType()), Column("Qty", type=IntType())]


@pytest.fixture(scope="module")
def place(engine: Engine) -> Iterator[str]:
    with engine.database(WIDE, KEPT) as name:
        yield name
        with engine.wire() as wire:
            wire.batch("DROP LOGIN Loader; DROP LOGIN Reader")


@pytest.fixture
def look(engine: Engine, place: str) -> Iterator[pyodbc.Connection]:
    """A connection that looks at tables which were empty before."""
    with engine.odbc(place) as opened:
        opened.execute("DELETE dbo.Child; DELETE dbo.Kept; TRUNCATE TABLE dbo.Wide")
        yield opened


def rows(look: pyodbc.Connection, text: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in look.execute(text).fetchall()]


def loader(engine: Engine, place: str) -> mssql_python.Connection:
    return mssql_python.connect(
        f"SERVER={engine.host},{engine.port};DATABASE={place};UID={engine.login};"
        f"PWD={engine.password};Encrypt=no"
    )


def test_mssql_python_copies_every_type(
    engine: Engine, place: str, look: pyodbc.Connection
) -> None:
    names = [row.column_name for row in look.cursor().columns(table="Wide")][1:]

    with loader(engine, place) as connection:
        copied = connection.cursor().bulkcopy(
            "dbo.Wide", [ROW, (None,) * len(ROW)], column_mappings=names, table_lock=True
        )
        kept = connection.cursor().bulkcopy("dbo.Wide", [(100, *ROW)], keep_identity=True)

    assert (copied["rows_copied"], kept["rows_copied"]) == (2, 1)
    assert rows(look, READ) == [BACK, (None,) * len(ROW), BACK]
    assert rows(look, "SELECT Id FROM dbo.Wide ORDER BY Id") == [(1,), (2,), (100,)]
    look.execute("INSERT dbo.Wide (T) VALUES (1)")
    assert rows(look, "SELECT MAX(Id) FROM dbo.Wide") == [(101,)]


def test_a_missing_value_takes_the_default_unless_nulls_are_kept(
    engine: Engine, place: str, look: pyodbc.Connection
) -> None:
    with loader(engine, place) as connection:
        cursor = connection.cursor()
        cursor.bulkcopy("dbo.Kept", [(1, None), (2, "two")], column_mappings=FILLED[:2])
        cursor.bulkcopy("dbo.Kept", [(3,)], column_mappings=["Id"], keep_nulls=True)
        cursor.bulkcopy("dbo.Kept", [(4, None)], column_mappings=FILLED[:2], keep_nulls=True)

    assert rows(look, "SELECT Id, Word, Qty, Twice FROM dbo.Kept ORDER BY Id") == [
        (1, "none", 7, 14),
        (2, "two", 7, 14),
        (3, "none", 7, 14),
        (4, None, 7, 14),
    ]


@pytest.mark.parametrize(
    ("table", "columns", "row", "message"),
    [
        ("Kept", ["Id"], (1,), "2627.*PK_Kept"),
        ("Kept", ["Id", "Qty"], (2, 0), "547.*CK_Kept_Qty"),
        ("Kept", ["Id", "Word"], (2, "ten letters"), "."),
        ("Child", ["KeptId"], (9,), "547.*FK_Child_Kept"),
        ("Absent", ["Id"], (1,), "208|not found|Invalid object|does not exist"),
    ],
)
def test_an_error_undoes_the_whole_load(
    engine: Engine,
    place: str,
    look: pyodbc.Connection,
    table: str,
    columns: list[str],
    row: tuple[Any, ...],
    message: str,
) -> None:
    look.execute("INSERT dbo.Kept (Id) VALUES (1)")
    good = {"Kept": (5, *row[1:-1], *("a" if isinstance(row[-1], str) else (5,)))[: len(row)]}

    with (
        loader(engine, place) as connection,
        pytest.raises((mssql_python.Error, RuntimeError, ValueError), match=f"(?s){message}"),
    ):
        connection.cursor().bulkcopy(
            f"dbo.{table}", [good.get(table, (1,)), row], column_mappings=columns
        )

    assert rows(look, "SELECT Id FROM dbo.Kept") == [(1,)]
    assert rows(look, "SELECT KeptId FROM dbo.Child") == []


def test_python_tds_copies_with_its_options(
    engine: Engine, place: str, look: pyodbc.Connection
) -> None:
    with engine.tds(place) as connection, connection.cursor() as cursor:
        cursor.copy_to(
            table_or_view="Kept",
            schema="dbo",
            columns=[*COLUMNS, Column("Word", type=NVarCharType(size=9))],
            data=[(1, 2, "a"), (2, 3, None)],
            check_constraints=True,
            fire_triggers=True,
            keep_nulls=True,
            rows_per_batch=2,
            kb_per_batch=8,
            order=["Id ASC"],
            tablock=True,
        )
        cursor.copy_to(table_or_view="Kept", columns=["Id", "Qty"], data=[("3", "4")])

    assert rows(look, "SELECT Id, Qty, Word FROM dbo.Kept ORDER BY Id") == [
        (1, 2, "a"),
        (2, 3, None),
        (3, 4, "none"),
    ]


def test_a_load_belongs_to_the_transaction(
    engine: Engine, place: str, look: pyodbc.Connection
) -> None:
    with (
        engine.tds(place, autocommit=False) as connection,
        connection.cursor() as cursor,
    ):
        cursor.copy_to(table_or_view="Kept", columns=COLUMNS, data=[(1, 1)])
        connection.rollback()
        cursor.copy_to(table_or_view="Kept", columns=COLUMNS, data=[(2, 2)])
        with pytest.raises(pytds.IntegrityError) as caught:
            cursor.copy_to(table_or_view="Kept", columns=COLUMNS, data=[(3, 3), (2, 2)])
        cursor.execute("SELECT @@TRANCOUNT")
        assert cursor.fetchone() == (1,)
        connection.commit()

    assert caught.value.number == 2627
    assert rows(look, "SELECT Id FROM dbo.Kept") == [(2,)]


def test_a_load_wants_the_right_to_insert(
    engine: Engine, place: str, look: pyodbc.Connection
) -> None:
    with engine.tds(place, "Loader", "Lo4d-rows!") as connection:
        connection.cursor().copy_to(table_or_view="Kept", columns=COLUMNS, data=[(1, 1)])
    with (
        engine.tds(place, "Reader", "Re4d-rows!") as connection,
        pytest.raises(pytds.Error) as caught,
    ):
        connection.cursor().copy_to(table_or_view="Kept", columns=COLUMNS, data=[(2, 2)])

    assert caught.value.number == 229
    assert rows(look, "SELECT Id FROM dbo.Kept") == [(1,)]


@pytest.mark.parametrize(
    ("announcement", "number"),
    [
        ("INSERT BULK dbo.Absent (Id int)", 208),
        ("INSERT BULK dbo.Kept (Absent int)", 207),
        ("INSERT BULK dbo.Kept (Id int) WITH (ALLOW_ENCRYPTED_VALUE_MODIFICATIONS)", 40517),
        ("SELECT 1; INSERT BULK dbo.Kept (Id int)", 40517),
    ],
)
def test_a_load_is_refused_before_its_rows(
    look: pyodbc.Connection, announcement: str, number: int
) -> None:
    with pytest.raises(pyodbc.Error, match=rf"\({number}\)"):
        look.execute(announcement)


def test_pymssql_copies(engine: Engine, place: str, look: pyodbc.Connection) -> None:
    connection = pymssql.connect(
        server=engine.host,
        port=str(engine.port),
        user=engine.login,
        password=engine.password,
        database=place,
        tds_version="7.4",
        autocommit=True,
    )
    look.execute("INSERT dbo.Kept (Id) VALUES (1), (2)")

    connection.bulk_copy("dbo.Child", [(1,), (2,), (1,)], batch_size=2, check_constraints=True)
    connection.close()

    assert rows(look, "SELECT KeptId FROM dbo.Child ORDER BY KeptId") == [(1,), (1,), (2,)]


def test_ten_thousand_rows_arrive_whole(
    engine: Engine, place: str, look: pyodbc.Connection
) -> None:
    many = [(number, f"w{number}" if number % 3 else None) for number in range(10_000)]

    with loader(engine, place) as connection:
        copied = connection.cursor().bulkcopy(
            "dbo.Kept", many, batch_size=4000, column_mappings=FILLED[:2], keep_nulls=True
        )

    assert (copied["rows_copied"], copied["batch_count"]) == (10_000, 3)
    assert rows(look, "SELECT COUNT(*), COUNT(Word), SUM(Id) FROM dbo.Kept") == [
        (10_000, 6666, sum(range(10_000)))
    ]


def test_a_format_query_tells_columns_and_gives_no_rows(look: pyodbc.Connection) -> None:
    look.execute("INSERT dbo.Kept (Id) VALUES (1)")

    cursor = look.execute("SET FMTONLY ON; SELECT Id, Word FROM dbo.Kept; SET FMTONLY OFF")
    assert [each[0] for each in cursor.description] == ["Id", "Word"]
    assert cursor.fetchall() == []
    with pytest.raises(pyodbc.Error, match="40517"):
        look.execute("SET FMTONLY ON; DELETE dbo.Kept")
    assert rows(look, "SELECT Id FROM dbo.Kept") == [(1,)]


def test_a_query_for_no_rows_tells_which_columns_a_loader_fills(engine: Engine, place: str) -> None:
    """Rust's tiberius asks so, and names in its INSERT BULK what is writable."""
    fill = Column.fReadWrite
    with (
        engine.tds(place) as connection,
        connection.cursor() as cursor,
    ):
        flags: list[list[int]] = []
        for table in ("dbo.Kept", "dbo.Wide"):
            cursor.execute(f"SELECT TOP 0 * FROM {table}")
            columns = cursor._session.res_info.columns
            flags.append([each.flags & (fill | Column.fIdentity) for each in columns])

    assert flags[0] == [fill, fill, fill, 0, 0]
    assert flags[1][:2] == [Column.fIdentity, fill]
