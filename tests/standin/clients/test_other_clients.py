"""Clients that speak TDS by themselves, where they are installed."""

from __future__ import annotations

import pytest

from tests.standin.session.engine import Engine


def test_python_tds(engine: Engine, database: str) -> None:
    pytds = pytest.importorskip("pytds")

    with (
        pytds.connect(
            engine.host,
            port=engine.port,
            user=engine.login,
            password=engine.password,
            database=database,
            autocommit=False,
        ) as connection,
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
    pymssql = pytest.importorskip("pymssql")

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
