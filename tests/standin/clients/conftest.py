"""The engine of the session tests, with a database for what drivers do."""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from tests.standin.session.engine import Engine, Watch, shared_engine

SCHEMA = """
CREATE TABLE dbo.Item (
    Id int NOT NULL CONSTRAINT PK_Item PRIMARY KEY,
    Name nvarchar(20) NULL,
    Price decimal(9, 2) NULL,
    Since datetime2(3) NULL
);
CREATE TABLE dbo.Part (
    PartId int IDENTITY(1, 1) CONSTRAINT PK_Part PRIMARY KEY,
    ItemId int NOT NULL CONSTRAINT FK_Part_Item REFERENCES dbo.Item (Id),
    Note nvarchar(max) NULL,
    Version rowversion NOT NULL
)
"""
ADD = (
    "CREATE PROCEDURE dbo.Add2 @a int, @b int = 5, @c int OUTPUT AS"
    " BEGIN SET NOCOUNT ON; SET @c = @a + @b; SELECT @a AS a; RETURN 7; END"
)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with shared_engine() as started:
        yield started


@pytest.fixture(scope="session")
def _database(engine: Engine) -> Iterator[str]:
    with engine.database(SCHEMA, ADD) as name:
        yield name


@pytest.fixture
def database(engine: Engine, _database: str) -> str:
    """A database with two empty tables and a procedure."""
    with engine.wire(_database) as wire:
        wire.batch("DELETE dbo.Part; DELETE dbo.Item")
    return _database


@pytest.fixture
def connection(engine: Engine, database: str) -> Iterator[pyodbc.Connection]:
    opened = engine.odbc(database)
    yield opened
    opened.close()


@pytest.fixture
def watch(engine: Engine, database: str) -> Iterator[Watch]:
    with engine.watch(database) as opened:
        yield opened
