"""Principals, members and permissions as rows of the catalogue."""

from __future__ import annotations

import psycopg
import pytest

from tests.standin.tsql.ddl.conftest import Workbench

PERMISSIONS = (
    "SELECT p.class, p.permission, p.state, g.name FROM tsql.permissions AS p"
    " JOIN tsql.principals AS g ON g.principal_id = p.grantee_id ORDER BY 1, 2, 4"
)


def number_of(error: psycopg.Error) -> str:
    return (error.diag.message_detail or "").split(",")[0]


def test_principals_of_every_kind(bench: Workbench) -> None:
    bench.define(
        "CREATE ROLE r; CREATE USER a FOR LOGIN la; CREATE USER b WITHOUT LOGIN;"
        " CREATE USER [c@d.e] FROM EXTERNAL PROVIDER"
    )

    found = bench.rows(
        "SELECT name, type, login FROM tsql.principals WHERE principal_id BETWEEN 5 AND 99"
        " ORDER BY name"
    )
    assert found == [("a", "S", "la"), ("b", "S", None), ("c@d.e", "E", None), ("r", "R", None)]


def test_members_come_and_go(bench: Workbench) -> None:
    bench.define("CREATE ROLE r; CREATE USER u WITHOUT LOGIN; ALTER ROLE R ADD MEMBER U")
    bench.define("ALTER ROLE r ADD MEMBER u")
    members = "SELECT count(*) FROM tsql.role_members WHERE role_id <> 16384"
    assert bench.value(members) == 1

    bench.define("ALTER ROLE r DROP MEMBER u")

    assert bench.value(members) == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE ROLE R", "15023"),
        ("CREATE USER u WITHOUT LOGIN", "15023"),
        ("CREATE USER other FOR LOGIN l", "15063"),
        ("ALTER ROLE nothing ADD MEMBER u", "15151"),
        ("ALTER ROLE r ADD MEMBER nothing", "15151"),
        ("ALTER ROLE inner_role ADD MEMBER r", "15413"),
        ("DROP ROLE nothing", "15151"),
        ("DROP ROLE u", "15151"),
        ("DROP USER r", "15151"),
        ("DROP ROLE r", "15144"),
        ("DROP USER owner", "15138"),
        ("GRANT SELECT ON SCHEMA::nothing TO u", "15151"),
        ("GRANT EXECUTE ON SCHEMA::dbo TO nobody", "15151"),
        ("GRANT EXECUTE ON SCHEMA::dbo TO db_datareader", "4617"),
        ("ALTER USER u WITH NAME = r", "15023"),
    ],
)
def test_impossible_changes_of_principals(bench: Workbench, text: str, number: str) -> None:
    bench.define(
        "CREATE ROLE r; CREATE ROLE inner_role; CREATE USER u FOR LOGIN l;"
        " CREATE USER owner WITHOUT LOGIN; CREATE SCHEMA s AUTHORIZATION owner;"
        " ALTER ROLE r ADD MEMBER inner_role"
    )

    with pytest.raises(psycopg.Error) as caught:
        bench.define(text)

    assert number_of(caught.value) == number


def test_permissions_are_granted_denied_and_revoked(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int); CREATE ROLE r")

    bench.define("GRANT SELECT, INSERT, UPDATE ON t TO r; DENY INSERT ON t TO r")
    bench.define("GRANT SELECT ON t TO r WITH GRANT OPTION; GRANT SELECT ON t TO r")
    bench.define("REVOKE UPDATE ON t FROM r; GRANT EXECUTE ON SCHEMA::DBO TO r, public")
    bench.define("GRANT VIEW DATABASE STATE TO r")

    assert bench.rows(PERMISSIONS) == [
        ("DATABASE", "VIEW DATABASE STATE", "G", "r"),
        ("OBJECT", "INSERT", "D", "r"),
        ("OBJECT", "SELECT", "W", "r"),
        ("SCHEMA", "EXECUTE", "G", "public"),
        ("SCHEMA", "EXECUTE", "G", "r"),
    ]

    bench.define("REVOKE GRANT OPTION FOR SELECT ON t FROM r CASCADE; GRANT INSERT ON t TO r")
    bench.define("REVOKE EXECUTE ON SCHEMA::dbo FROM public; REVOKE VIEW DATABASE STATE TO r")

    assert bench.rows(PERMISSIONS) == [
        ("OBJECT", "INSERT", "G", "r"),
        ("OBJECT", "SELECT", "G", "r"),
        ("SCHEMA", "EXECUTE", "G", "r"),
    ]


def test_a_dropped_principal_leaves_nothing(bench: Workbench) -> None:
    bench.define("CREATE TABLE t (a int); CREATE ROLE r; GRANT SELECT ON t TO r")

    bench.define("DROP ROLE r; DROP USER IF EXISTS nobody")

    assert bench.rows(PERMISSIONS) == []


def test_database_options_are_kept(bench: Workbench) -> None:
    bench.define(
        "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;"
        f" ALTER DATABASE {bench.name} SET COMPATIBILITY_LEVEL = 150, RECOVERY SIMPLE"
    )

    found = dict(bench.rows("SELECT name, value FROM tsql.options"))
    assert found["READ_COMMITTED_SNAPSHOT"] == "ON"
    assert found["COMPATIBILITY_LEVEL"] == "150"
    assert found["RECOVERY"] == "SIMPLE"
