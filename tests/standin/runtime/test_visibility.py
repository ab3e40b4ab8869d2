"""What the catalogue tells a user of: what he has a permission on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import Desk

DEFINITIONS = """
CREATE TABLE dbo.Told (Id int NOT NULL CONSTRAINT PK_Told PRIMARY KEY);
CREATE TABLE dbo.Untold (Id int NOT NULL CONSTRAINT PK_Untold PRIMARY KEY);
CREATE USER Curious WITHOUT LOGIN;
"""


@pytest.fixture(scope="module")
def defined(desk: Desk) -> Desk:
    desk.define(DEFINITIONS)
    return desk


@pytest.fixture
def curious(defined: Desk) -> Iterator[Desk]:
    defined.scalar("SELECT set_config('tsql.user', 'Curious', false)")
    yield defined
    defined.scalar("SELECT set_config('tsql.user', 'dbo', false)")
    defined.connection.execute(
        "DELETE FROM tsql.permissions WHERE grantee_id = tsql.principal_id('Curious')"
    )
    defined.connection.execute(
        "DELETE FROM tsql.role_members WHERE member_id = tsql.principal_id('Curious')"
    )


def hold(desk: Desk, kind: str, permission: str, state: str = "G") -> None:
    desk.connection.execute(
        "INSERT INTO tsql.permissions"
        " (class, object_id, schema_name, permission, state, grantee_id)"
        " SELECT %s, CASE %s WHEN 'OBJECT' THEN tsql.find_object('dbo.Told', NULL) ELSE 0 END,"
        " CASE %s WHEN 'SCHEMA' THEN 'dbo' ELSE '' END, %s, %s, tsql.principal_id('Curious')",
        (kind, kind, kind, permission, state),
    )


def told(desk: Desk) -> list[str]:
    """Of the tables and keys of this test, those that the catalogue names."""
    rows = desk.connection.execute(
        "SELECT name FROM sys.objects WHERE name ~ '[Tt]old$' ORDER BY name COLLATE \"C\""
    ).fetchall()
    return [name for (name,) in rows]


def test_the_owner_sees_all(defined: Desk) -> None:
    assert defined.scalar("SELECT tsql.sees_all()")
    assert told(defined) == ["PK_Told", "PK_Untold", "Told", "Untold"]


def test_without_a_permission_nothing_is_told(curious: Desk) -> None:
    assert not curious.scalar("SELECT tsql.sees_all()")
    assert told(curious) == []
    assert curious.scalar("SELECT tsql.object_id('dbo.Told')") is None
    assert curious.scalar("SELECT tsql.find_object('dbo.Told', NULL)") is not None
    assert curious.scalar("SELECT tsql.object_id('sys.tables')") is not None


@pytest.mark.parametrize("permission", ["SELECT", "UPDATE", "VIEW DEFINITION"])
def test_a_permission_tells_of_its_object_and_what_belongs_to_it(
    curious: Desk, permission: str
) -> None:
    hold(curious, "OBJECT", permission)

    assert told(curious) == ["PK_Told", "Told"]
    reads = permission == "VIEW DEFINITION"
    assert curious.scalar("SELECT tsql.may_read_text(tsql.object_id('dbo.Told'))") is reads


@pytest.mark.parametrize(
    ("kind", "permission", "sees"),
    [
        ("SCHEMA", "SELECT", True),
        ("DATABASE", "DELETE", True),
        ("DATABASE", "EXECUTE", False),
        ("DATABASE", "CONNECT", False),
        ("DATABASE", "VIEW DEFINITION", True),
    ],
)
def test_a_permission_on_more_tells_of_what_it_concerns(
    curious: Desk, kind: str, permission: str, sees: bool
) -> None:
    hold(curious, kind, permission)

    assert told(curious) == (["PK_Told", "PK_Untold", "Told", "Untold"] if sees else [])


def test_a_denial_takes_its_object_out(curious: Desk) -> None:
    hold(curious, "SCHEMA", "SELECT")
    hold(curious, "OBJECT", "SELECT", "D")

    assert told(curious) == ["PK_Untold", "Untold"]


@pytest.mark.parametrize(("role", "sees"), [(16390, True), (16391, True), (16385, False)])
def test_roles_that_read_or_write_see_tables(curious: Desk, role: int, sees: bool) -> None:
    curious.connection.execute(
        "INSERT INTO tsql.role_members (role_id, member_id)"
        " VALUES (%s, tsql.principal_id('Curious'))",
        (role,),
    )

    assert bool(told(curious)) is sees
    assert [
        curious.scalar("SELECT tsql.concerns($1, $2)", "EXECUTE", kind) for kind in ("P", "FN", "U")
    ] == [True, True, False]
