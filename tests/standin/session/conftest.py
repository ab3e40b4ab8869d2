"""An engine in a process of its own, and a database with something to break."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine, Watch, shared_engine
from tests.standin.session.wire import Wire

SCHEMA = """
CREATE TABLE dbo.Item (
    Id int NOT NULL CONSTRAINT PK_Item PRIMARY KEY,
    Name nvarchar(20) NULL,
    Stock int NOT NULL CONSTRAINT DF_Item_Stock DEFAULT 0,
    CONSTRAINT CK_Item_Stock CHECK (Stock >= 0)
);
CREATE TABLE dbo.Part (
    Id int IDENTITY(1, 1) CONSTRAINT PK_Part PRIMARY KEY,
    ItemId int NOT NULL CONSTRAINT FK_Part_Item REFERENCES dbo.Item (Id)
);
CREATE TABLE dbo.Log (Text nvarchar(100) NOT NULL)
"""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with shared_engine() as started:
        yield started


@pytest.fixture(scope="session")
def _database(engine: Engine) -> Iterator[str]:
    with engine.database(SCHEMA) as name:
        yield name


@pytest.fixture
def database(engine: Engine, _database: str) -> str:
    """A database with the three tables, empty, and no procedures."""
    with engine.wire(_database) as wire:
        names = wire.batch("SELECT name FROM sys.procedures").rows
        for (name,) in names:
            wire.batch(f"DROP PROCEDURE dbo.[{name}]")
        wire.batch("DELETE dbo.Part; DELETE dbo.Item; DELETE dbo.Log")
    return _database


@pytest.fixture
def wire(engine: Engine, database: str) -> Iterator[Wire]:
    with engine.wire(database) as opened:
        yield opened


@pytest.fixture
def other(engine: Engine, database: str) -> Iterator[Wire]:
    """A second session in the same database."""
    with engine.wire(database) as opened:
        yield opened


@pytest.fixture
def watch(engine: Engine, database: str) -> Iterator[Watch]:
    with engine.watch(database) as opened:
        yield opened


@pytest.fixture
def other_versioned(engine: Engine, database: str, wire: Wire) -> Iterator[Wire]:
    """A second session, and READ_COMMITTED_SNAPSHOT ON while it is there."""
    switch = "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT"
    wire.batch(f"{switch} ON WITH ROLLBACK IMMEDIATE")
    with engine.wire(database) as opened:
        yield opened
    wire.batch("IF @@TRANCOUNT > 0 ROLLBACK")
    wire.batch(f"{switch} OFF WITH ROLLBACK IMMEDIATE")
