"""Permissions: granted to roles, checked where a client's statement begins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine
from tests.standin.session.wire import Wire

PREPARE = "CREATE ROLE Clerks; CREATE USER Clerk WITHOUT LOGIN; ALTER ROLE Clerks ADD MEMBER Clerk;"


@pytest.fixture
def clerk(engine: Engine, wire: Wire, database: str) -> Iterator[Wire]:
    """A session of a user without any right but those of a role."""
    assert wire.batch(PREPARE).errors == []
    with engine.wire(database) as opened:
        opened.batch("EXECUTE AS USER = 'Clerk'")
        yield opened
        wire.batch("DROP USER Clerk; DROP ROLE Clerks")


def test_a_table_is_closed_until_it_is_granted(wire: Wire, clerk: Wire) -> None:
    [error] = clerk.batch("SELECT * FROM dbo.Item").errors
    assert (error.number, error.severity, error.state) == (229, 14, 5)
    assert "SELECT permission was denied on the object 'Item'" in error.text

    wire.batch("GRANT SELECT ON dbo.Item TO Clerks")

    assert clerk.batch("SELECT * FROM dbo.Item").errors == []
    assert clerk.batch("DELETE dbo.Item").numbers == [229]


def test_a_denial_beats_a_grant(wire: Wire, clerk: Wire) -> None:
    wire.batch("GRANT SELECT ON dbo.Item TO Clerks; DENY SELECT ON dbo.Item TO Clerk")

    assert clerk.batch("SELECT * FROM dbo.Item").numbers == [229]


def test_a_procedure_opens_its_tables(wire: Wire, clerk: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Count1 AS SELECT COUNT(*) FROM dbo.Item")
    assert clerk.batch("EXEC dbo.Count1").numbers == [229]

    wire.batch("GRANT EXECUTE ON dbo.Count1 TO Clerks")

    assert clerk.batch("EXEC dbo.Count1").value == "0"
    assert clerk.call("dbo.Count1").value == "0"
    assert clerk.batch("DECLARE @r int; EXEC @r = dbo.Count1").value == "0"


def test_a_procedure_opens_the_procedures_that_it_calls(wire: Wire, clerk: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Inner1 AS SELECT COUNT(*) FROM dbo.Item")
    wire.batch("CREATE PROCEDURE dbo.Outer1 AS EXEC dbo.Inner1")
    wire.batch("GRANT EXECUTE ON dbo.Outer1 TO Clerks")

    assert clerk.batch("EXEC dbo.Outer1").value == "0"
    assert clerk.batch("EXEC dbo.Inner1").numbers == [229]


def test_dynamic_sql_opens_nothing(wire: Wire, clerk: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Dynamic1 AS EXEC('SELECT COUNT(*) FROM dbo.Item')")
    wire.batch("GRANT EXECUTE ON dbo.Dynamic1 TO Clerks")

    assert clerk.batch("EXEC dbo.Dynamic1").numbers == [229]


def test_definitions_are_for_the_owner(clerk: Wire) -> None:
    assert clerk.batch("CREATE TABLE dbo.Mine (Id int)").numbers == [262]


def test_revert_gives_the_identity_back(clerk: Wire) -> None:
    assert clerk.batch("SELECT USER_NAME(), ORIGINAL_LOGIN()").rows == [("Clerk", "sa")]

    clerk.batch("REVERT")

    assert clerk.batch("SELECT USER_NAME(), IS_ROLEMEMBER('db_owner')").rows == [("dbo", "1")]


def test_an_unknown_user_is_not_impersonated(wire: Wire) -> None:
    assert wire.batch("EXECUTE AS USER = 'Nobody'").numbers == [15517]


def test_a_revoked_right_is_gone_at_once(wire: Wire, clerk: Wire) -> None:
    wire.batch("GRANT SELECT ON dbo.Item TO Clerks")
    assert clerk.batch("SELECT * FROM dbo.Item").errors == []

    wire.batch("REVOKE SELECT ON dbo.Item FROM Clerks")

    assert clerk.batch("SELECT * FROM dbo.Item").numbers == [229]
