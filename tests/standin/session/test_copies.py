"""CREATE DATABASE … AS COPY OF: what Azure SQL has, and SQL Server of one's own has not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine
from tests.standin.session.wire import Wire

TABLE = """
CREATE TABLE dbo.Item (
    Id int IDENTITY(1, 1) CONSTRAINT PK_Item PRIMARY KEY,
    Name nvarchar(20) NOT NULL
)
"""
PROCEDURE = """
CREATE PROCEDURE dbo.sp_Add @Name nvarchar(20) AS
BEGIN
    SET NOCOUNT ON;
    INSERT INTO dbo.Item (Name) VALUES (@Name);
    SELECT DB_NAME() AS Here, COUNT(*) AS Items FROM dbo.Item;
END
"""
USER = "CREATE USER clerk WITHOUT LOGIN; GRANT EXECUTE ON dbo.sp_Add TO clerk"


@pytest.fixture(scope="module")
def source(engine: Engine) -> Iterator[str]:
    """A database with a table of one row, a procedure that has run, and a user who may call it."""
    with engine.database(TABLE, PROCEDURE, USER, "EXEC dbo.sp_Add N'first'") as name:
        yield name


@pytest.fixture
def master(engine: Engine) -> Iterator[Wire]:
    with engine.wire() as opened:
        yield opened


@pytest.fixture(scope="module")
def copy(engine: Engine, source: str) -> Iterator[str]:
    name = f"{source}_copy"
    with engine.wire() as master:
        assert master.batch(f"CREATE DATABASE {name} AS COPY OF {source.upper()}").errors == []
    yield name
    with engine.wire() as master:
        master.batch(f"DROP DATABASE {name}")


def test_a_copy_has_rows_numbers_code_users_and_permissions(engine: Engine, copy: str) -> None:
    with engine.wire(copy) as wire:
        wire.batch("BEGIN TRAN; EXECUTE AS USER = 'clerk'")
        answer = wire.batch("EXEC dbo.sp_Add N'second'")

        assert answer.errors == []
        assert answer.rows == [(copy, "2")]
        wire.batch("REVERT")
        assert wire.batch("SELECT MAX(Id) FROM dbo.Item; ROLLBACK").value == "2"


def test_a_copy_and_its_source_go_ways_of_their_own(engine: Engine, source: str, copy: str) -> None:
    with engine.wire(source) as here, engine.wire(copy) as there:
        there.batch("DROP PROCEDURE dbo.sp_Add; TRUNCATE TABLE dbo.Item")

        assert there.batch("EXEC dbo.sp_Add N'x'").numbers == [2812]
        assert there.batch("SELECT Id FROM dbo.Item").rows == []
        assert here.batch("BEGIN TRAN; EXEC dbo.sp_Add N'x'; ROLLBACK").rows == [(source, "2")]


def test_a_copy_is_listed_under_its_own_name(master: Wire, source: str, copy: str) -> None:
    listed = "SELECT name, state_desc FROM sys.databases WHERE name LIKE N'%[_]copy' ORDER BY name"

    assert master.batch(listed).rows == [(copy, "ONLINE")]


def test_a_source_that_somebody_is_in_is_not_copied(
    engine: Engine, master: Wire, source: str
) -> None:
    with engine.wire(source) as wire:
        answer = master.batch(f"CREATE DATABASE {source}_Copy AS COPY OF {source}")

        assert answer.numbers == [40517]
        assert wire.batch("BEGIN TRAN; EXEC dbo.sp_Add N'x'; ROLLBACK").rows == [(source, "2")]


def test_what_does_not_exist_is_not_copied(master: Wire) -> None:
    assert master.batch("CREATE DATABASE c AS COPY OF NoSuchDatabase").numbers == [40561]


def test_a_copy_under_a_name_that_is_taken_is_refused(master: Wire, source: str) -> None:
    assert master.batch(f"CREATE DATABASE {source} AS COPY OF {source}").numbers == [1801]


@pytest.mark.parametrize("name", ["tsql_template", "postgres"])
def test_the_engines_own_databases_are_not_copied(master: Wire, name: str) -> None:
    assert master.batch(f"CREATE DATABASE c AS COPY OF {name}").numbers == [1802]


def test_a_server_of_ones_own_has_no_partner(master: Wire, source: str) -> None:
    answer = master.batch(f"CREATE DATABASE c AS COPY OF elsewhere.{source}")

    assert answer.numbers == [40517]
