"""Drivers other than pyodbc, in the idioms of their own users."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import mssql_python
import pymssql
import pytds
import pytest

from tests.standin.session.engine import Engine


def test_python_tds(engine: Engine, database: str) -> None:
    with (
        engine.tds(database, autocommit=False) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT dbo.Item (Id, Name) VALUES (%s, %s)", (1, "ünï"))
        connection.commit()
        cursor.execute("SELECT Id, Name FROM dbo.Item")
        assert cursor.fetchall() == [(1, "ünï")]
        cursor.callproc("dbo.Add2", (1, 2, pytds.output(param_type=int)))
        assert cursor.fetchall() == [(1,)]
        assert cursor.get_proc_return_status() == 7


def test_pymssql(engine: Engine, database: str) -> None:
    connection = pymssql.connect(
        server=engine.host,
        port=str(engine.port),
        user=engine.login,
        password=engine.password,
        database=database,
        tds_version="7.4",
    )
    cursor = connection.cursor()

    cursor.execute("INSERT dbo.Item (Id, Name) VALUES (%s, %s)", (1, "ünï"))
    connection.rollback()
    cursor.executemany("INSERT dbo.Item (Id, Name) VALUES (%s, %s)", [(2, "two"), (3, None)])
    connection.commit()
    cursor.execute("SELECT Id, Name FROM dbo.Item ORDER BY Id")
    assert cursor.fetchall() == [(2, "two"), (3, None)]
    with pytest.raises(pymssql.exceptions.IntegrityError) as caught:
        cursor.execute("INSERT dbo.Item (Id) VALUES (2)")
    assert caught.value.args[0] == 2627
    connection.close()


def test_mssql_python(engine: Engine, database: str) -> None:
    text = (
        f"SERVER={engine.host},{engine.port};DATABASE={database};UID={engine.login};"
        f"PWD={engine.password};Encrypt=no"
    )
    with mssql_python.connect(text, autocommit=False) as connection:
        cursor = connection.cursor()
        cursor.execute("INSERT dbo.Item (Id, Name) VALUES (?, ?)", (1, "ünï"))
        connection.rollback()
        cursor.executemany(
            "INSERT dbo.Item (Id, Name, Price, Since) VALUES (?, ?, ?, ?)",
            [(2, "two", Decimal("1.50"), datetime(2024, 5, 6)), (3, None, None, None)],
        )
        connection.commit()

        assert [tuple(row) for row in cursor.execute("SELECT * FROM dbo.Item").fetchall()] == [
            (2, "two", Decimal("1.50"), datetime(2024, 5, 6)),
            (3, None, None, None),
        ]
        cursor.execute("{CALL dbo.Add2 (?, ?, ?)}", (1, 2, 0))
        assert [tuple(row) for row in cursor.fetchall()] == [(1,)]
        cursor.execute("SELECT 1; SELECT N'two'")
        assert (cursor.fetchval(), cursor.nextset(), cursor.fetchval()) == (1, True, "two")
        with pytest.raises(mssql_python.IntegrityError, match="PK_Item"):
            cursor.execute("INSERT dbo.Item (Id) VALUES (2)")
        connection.rollback()
        with pytest.raises(mssql_python.Error):
            cursor.execute("WAITFOR DELAY '00:00:00'; THROW 50001, N'enough', 1")


def test_python_tds_reads_outputs_results_and_messages(engine: Engine, database: str) -> None:
    with (
        engine.tds(database) as connection,
        connection.cursor() as cursor,
    ):
        cursor.callproc("dbo.Add2", (1, 2, pytds.output(param_type=int)))
        assert cursor.fetchall() == [(1,)]
        assert cursor.get_proc_return_status() == 7
        cursor.execute("SELECT 1 AS a; PRINT 'said'; SELECT 2 AS b, 3 AS c")
        assert (cursor.fetchall(), cursor.nextset(), cursor.fetchall()) == ([(1,)], True, [(2, 3)])
        with pytest.raises(pytds.Error) as caught:
            cursor.execute("THROW 50001, N'enough', 1")
        assert caught.value.number == 50001


def test_pymssql_calls_a_procedure_and_reads_several_results(engine: Engine, database: str) -> None:
    with pymssql.connect(
        server=engine.host,
        port=str(engine.port),
        user=engine.login,
        password=engine.password,
        database=database,
        tds_version="7.4",
        autocommit=True,
    ) as connection:
        cursor = connection.cursor()
        cursor.callproc("dbo.Add2", (1, 2, pymssql.output(int)))
        assert cursor.fetchall() == [(1,)]
        cursor.execute("SELECT 1; SELECT %s, %d", ("zwei ü", 3))
        assert (cursor.fetchall(), cursor.nextset(), cursor.fetchall()) == (
            [(1,)],
            True,
            [("zwei ü", 3)],
        )
        with pytest.raises(pymssql.exceptions.OperationalError) as caught:
            cursor.execute("THROW 50001, N'enough', 1")
        assert caught.value.args[0] == 50001


# ---------------------------------------------------------------- giving up


ENDLESS = "WAITFOR DELAY '00:05:00'"


def test_pymssql_gives_up_a_query_that_takes_too_long(engine: Engine, database: str) -> None:
    with pymssql.connect(
        server=engine.host,
        port=str(engine.port),
        user=engine.login,
        password=engine.password,
        database=database,
        tds_version="7.4",
        autocommit=True,
        timeout=3,
    ) as connection:
        cursor = connection.cursor()
        with pytest.raises(pymssql.exceptions.OperationalError, match=r"(?i)timed out|20003"):
            cursor.execute(ENDLESS)


def test_python_tds_gives_up_a_query_that_takes_too_long(engine: Engine, database: str) -> None:
    with (
        engine.tds(database, timeout=2) as connection,
        connection.cursor() as cursor,
        pytest.raises(pytds.TimeoutError),
    ):
        cursor.execute(ENDLESS)


def test_mssql_python_gives_up_and_goes_on(engine: Engine, database: str) -> None:
    text = (
        f"SERVER={engine.host},{engine.port};DATABASE={database};UID={engine.login};"
        f"PWD={engine.password};Encrypt=no"
    )
    with mssql_python.connect(text, autocommit=True) as connection:
        connection.timeout = 1
        cursor = connection.cursor()
        with pytest.raises(mssql_python.OperationalError, match=r"(?i)timeout"):
            cursor.execute(ENDLESS)
        connection.timeout = 0
        assert connection.cursor().execute("SELECT 1").fetchval() == 1
