"""Connections that go through a pool: the next borrower finds nothing of the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mssql_python
import pyodbc
import pytest
import sqlalchemy as sa

from tests.standin.clients.pooled import CLEAN, DIRTY, LOOK
from tests.standin.session.engine import Engine

SQL_COPT_SS_RESET_CONNECTION = 1246
ABROAD = "USE master"


def soil(run: Callable[[str], Any]) -> None:
    for text in DIRTY:
        run(text)


def found(row: Any, borrower: int) -> list[Any]:
    number, *rest = row
    return [number == borrower, *rest]


def test_the_odbc_driver_resets_when_it_is_told_to(engine: Engine, database: str) -> None:
    with engine.odbc(database) as connection:
        soil(connection.execute)
        borrower = connection.execute("SELECT @@SPID").fetchval()
        dirty = connection.execute(LOOK).fetchone()
        connection.set_attr(SQL_COPT_SS_RESET_CONNECTION, 1)
        clean = connection.execute(LOOK).fetchone()
        connection.execute(ABROAD)
        connection.set_attr(SQL_COPT_SS_RESET_CONNECTION, 1)
        home = connection.execute("SELECT DB_NAME()").fetchval()

    # What is looked at is really there before.
    assert all(left != right for left, right in zip(dirty[1:], CLEAN[1:], strict=True))
    assert found(clean, borrower) == CLEAN
    assert home == database


def test_the_pool_of_mssql_python_gives_clean_connections(engine: Engine, database: str) -> None:
    text = (
        f"SERVER={engine.host},{engine.port};DATABASE={database};UID={engine.login};"
        f"PWD={engine.password};Encrypt=no;TrustServerCertificate=yes"
    )

    with mssql_python.connect(text, autocommit=True) as first:
        cursor = first.cursor()
        soil(cursor.execute)
        borrower = cursor.execute("SELECT @@SPID").fetchval()
    with mssql_python.connect(text, autocommit=True) as second:
        clean = second.cursor().execute(LOOK).fetchone()
        second.cursor().execute(ABROAD)
    with mssql_python.connect(text, autocommit=True) as third:
        home = third.cursor().execute("SELECT DB_NAME()").fetchval()

    assert found(clean, borrower) == CLEAN
    assert home == database


@pytest.mark.parametrize("level", ["READ COMMITTED", "AUTOCOMMIT"])
def test_sqlalchemy_resets_by_the_procedure_that_its_documentation_calls(
    engine: Engine, database: str, level: Any
) -> None:
    url = sa.URL.create("mssql+pyodbc", query={"odbc_connect": engine.odbc_text(database)})
    alchemy = sa.create_engine(
        url, pool_size=1, max_overflow=0, pool_reset_on_return=None, isolation_level=level
    )

    @sa.event.listens_for(alchemy, "reset")
    def reset(connection: pyodbc.Connection, _record: object, state: Any) -> None:
        if not state.terminate_only:
            connection.execute("{call sys.sp_reset_connection}")
        connection.rollback()

    with alchemy.connect() as connection:
        soil(connection.exec_driver_sql)
        borrower = connection.scalar(sa.text("SELECT @@SPID"))
    with alchemy.connect() as connection:
        clean = connection.execute(sa.text(LOOK)).one()
        trancount = clean[6]
        connection.execute(sa.text("CREATE TABLE dbo.Kept2 (Id int)"))
        connection.execute(sa.text("DROP TABLE dbo.Kept2"))
        connection.commit()
    alchemy.dispose()

    # Without autocommit the driver has begun the next transaction by then.
    assert trancount == (0 if level == "AUTOCOMMIT" else 1)
    assert found(clean, borrower)[:6] == CLEAN[:6]
    assert clean[7] is None


def test_a_borrower_who_left_an_open_result_gives_it_up(engine: Engine, database: str) -> None:
    with engine.odbc(database) as connection:
        cursor = connection.execute("SELECT value FROM GENERATE_SERIES(1, 50000)")
        cursor.fetchone()
        cursor.close()
        connection.set_attr(SQL_COPT_SS_RESET_CONNECTION, 1)

        assert connection.execute("SELECT @@TRANCOUNT").fetchval() == 0


def test_a_handle_of_a_prepared_statement_ends_with_the_reset(
    engine: Engine, database: str
) -> None:
    with engine.odbc(database) as connection:
        cursor = connection.cursor()
        for value in (1, 2):
            assert cursor.execute("SELECT ? + 1", value).fetchval() == value + 1
        connection.set_attr(SQL_COPT_SS_RESET_CONNECTION, 1)
        connection.execute("SELECT 1").fetchval()

        # The driver prepares anew when the server does not know the handle any more.
        assert connection.cursor().execute("SELECT ? + 1", 3).fetchval() == 4
