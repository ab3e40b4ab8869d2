"""Sessions that are killed: drivers find a broken connection, and their pools another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import mssql_python
import pymssql
import pyodbc
import pytds
import pytest
import sqlalchemy as sa

from tests.standin.session.engine import Engine, Watch
from tests.standin.session.wire import Wire

CLOSED = (pytds.Error, pymssql.exceptions.InterfaceError)
"""Drivers that close what 596 has ended say so by themselves."""


@pytest.fixture
def admin(engine: Engine, database: str) -> Iterator[Wire]:
    with engine.wire(database) as opened:
        yield opened


def kill(admin: Wire, number: object) -> None:
    assert admin.batch(f"KILL {number}").errors == []


def odbc(engine: Engine, database: str) -> Any:
    return engine.odbc(database, autocommit=False)


def tds(engine: Engine, database: str) -> Any:
    return engine.tds(database, autocommit=False)


def freetds(engine: Engine, database: str) -> Any:
    return pymssql.connect(
        server=engine.host,
        port=str(engine.port),
        user=engine.login,
        password=engine.password,
        database=database,
        tds_version="7.4",
    )


def microsoft(engine: Engine, database: str) -> Any:
    return mssql_python.connect(
        f"SERVER={engine.host},{engine.port};DATABASE={database};UID={engine.login};"
        f"PWD={engine.password};Encrypt=no",
        autocommit=False,
    )


Connect = Callable[[Engine, str], Any]
DRIVERS = pytest.mark.parametrize(
    ("connect", "broken"),
    [
        (odbc, (pyodbc.OperationalError,)),
        (microsoft, (mssql_python.OperationalError,)),
        (freetds, (pymssql.exceptions.OperationalError,)),
        (tds, (pytds.Error, OSError)),
    ],
    ids=["pyodbc", "mssql-python", "pymssql", "python-tds"],
)


@DRIVERS
def test_a_killed_session_that_held_a_transaction_is_a_broken_connection(
    engine: Engine, database: str, admin: Wire, connect: Connect, broken: Any
) -> None:
    connection = connect(engine, database)
    cursor = connection.cursor()
    cursor.execute("SELECT @@SPID")
    [number] = cursor.fetchone()
    cursor.execute("INSERT dbo.Item (Id) VALUES (1)")

    kill(admin, number)

    with pytest.raises(broken):
        cursor.execute("SELECT 1")
    with suppress(Exception):
        connection.close()
    assert admin.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"


@DRIVERS
def test_a_request_that_is_killed_ends_with_596(
    engine: Engine, database: str, admin: Wire, watch: Watch, connect: Connect, broken: Any
) -> None:
    connection = connect(engine, database)
    cursor = connection.cursor()
    cursor.execute("SELECT @@SPID")
    [number] = cursor.fetchone()
    cursor.execute("INSERT dbo.Item (Id) VALUES (1)")

    def ends() -> None:
        watch.until("Timeout")
        kill(admin, number)

    with ThreadPoolExecutor() as pool:
        killing = pool.submit(ends)
        with pytest.raises(Exception, match="because the session is in the kill state"):
            cursor.execute("WAITFOR DELAY '01:00:00'")
        killing.result()
    with pytest.raises((*broken, *CLOSED)):
        cursor.execute("SELECT 1")
    with suppress(Exception):
        connection.close()
    assert admin.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"


def test_a_statement_that_was_prepared_on_a_killed_session_is_a_broken_connection(
    engine: Engine, database: str, admin: Wire
) -> None:
    with engine.odbc(database) as connection:
        cursor = connection.cursor()
        for key in (1, 2):
            cursor.execute("INSERT dbo.Item (Id) VALUES (?)", key)

        kill(admin, connection.execute("SELECT @@SPID").fetchval())

        with pytest.raises(pyodbc.OperationalError, match="08S01"):
            cursor.execute("INSERT dbo.Item (Id) VALUES (?)", 3)
    assert admin.batch("SELECT COUNT(*) FROM dbo.Item").value == "2"


@pytest.mark.parametrize(
    "connect",
    [
        ("mssql+pyodbc", odbc),
        ("mssql+pymssql", freetds),
    ],
    ids=["pyodbc", "pymssql"],
)
def test_sqlalchemys_pool_pings_and_takes_another_one(
    engine: Engine, database: str, admin: Wire, connect: tuple[str, Connect]
) -> None:
    dialect, driver = connect
    alchemy = sa.create_engine(
        f"{dialect}://", creator=lambda: driver(engine, database), pool_size=2, pool_pre_ping=True
    )
    number = sa.text("SELECT @@SPID")
    with alchemy.connect() as one, alchemy.connect() as two:
        killed = {one.scalar(number), two.scalar(number)}
    for each in killed:
        kill(admin, each)

    with alchemy.connect() as one, alchemy.connect() as two:
        assert not killed & {one.scalar(number), two.scalar(number)}
    alchemy.dispose()


def test_without_a_ping_sqlalchemy_fails_once_and_then_connects_anew(
    engine: Engine, database: str, admin: Wire
) -> None:
    alchemy = sa.create_engine("mssql+pyodbc://", creator=lambda: odbc(engine, database))
    number = sa.text("SELECT @@SPID")
    with alchemy.connect() as connection:
        killed = connection.scalar(number)
    kill(admin, killed)

    with pytest.raises(sa.exc.OperationalError) as caught, alchemy.connect() as connection:
        connection.scalar(number)

    assert caught.value.connection_invalidated
    with alchemy.connect() as connection:
        assert connection.scalar(number) != killed
    alchemy.dispose()


def test_the_pool_of_mssql_python_does_not_lend_a_killed_one(
    engine: Engine, database: str, admin: Wire
) -> None:
    with microsoft(engine, database) as first:
        killed = first.cursor().execute("SELECT @@SPID").fetchval()
    kill(admin, killed)

    with microsoft(engine, database) as second:
        assert second.cursor().execute("SELECT @@SPID").fetchval() != killed
