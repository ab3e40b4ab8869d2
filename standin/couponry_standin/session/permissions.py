"""Who may do what: principals, roles and grants of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..access_tokens import Identity
from ..postgres.connection import Connection
from ..postgres.statement import Statement
from ..tsql import tree
from ..tsql.catalog import Catalog
from ..tsql.errors import SqlError
from .state import Principal

if TYPE_CHECKING:
    from .session import Session

SERVER_OWNER = "sa"

USER_OF = (
    "SELECT principal_id, name FROM tsql.principals WHERE type IN ('S', 'E') AND lower(login) ="
    " lower($1)"
)
USER_NAMED = (
    "SELECT principal_id, name, coalesce(login, name) FROM tsql.principals WHERE type IN ('S', 'E')"
    " AND lower(name) = lower($1)"
)
EXTERNAL_USER_OF = (
    "SELECT principal_id, name FROM tsql.principals WHERE external_id = ANY($1::uuid[])"
)
# CREATE USER cannot ask anybody whom a name belongs to: whoever comes first with it, keeps it.
BIND_EXTERNAL_USER = (
    "UPDATE tsql.principals SET external_id = $2::uuid WHERE type = 'E' AND external_id IS NULL"
    " AND lower(name) = lower($1)"
)
ROLES_OF = (
    "WITH RECURSIVE r(id) AS (SELECT role_id FROM tsql.role_members WHERE member_id = $1::int4"
    " UNION SELECT m.role_id FROM tsql.role_members AS m JOIN r ON m.member_id = r.id)"
    " SELECT p.principal_id, p.name FROM r JOIN tsql.principals AS p ON p.principal_id = r.id"
)
PUBLIC = "SELECT principal_id FROM tsql.principals WHERE name = 'public'"
GRANTS = (
    "SELECT class, object_id, schema_name, permission, state FROM tsql.permissions"
    " WHERE grantee_id = ANY($1::int4[])"
)


async def principal_of(
    connection: Connection, login: str, identity: Identity | None = None
) -> Principal | None:
    """The user of a login in the connection's database; None when it has none.

    The identity of an access token has no login: only its own user lets it in.
    """
    if identity is not None:
        return await _external(connection, identity)
    if login.lower() == SERVER_OWNER:
        return Principal(login, "dbo", True, frozenset({"db_owner"}), 1)
    [found] = await connection.run([Statement(USER_OF, (login.encode(),))])
    if not found.nrows:
        [database] = await connection.run([Statement("SELECT current_database()")])
        if (database.value() or b"").decode() == "master":
            return await _with_roles(connection, login, "guest", 2)
        return None
    number, user = (value or b"" for value in found.rows[0])
    return await _with_roles(connection, login, user.decode(), int(number))


async def _external(connection: Connection, identity: Identity) -> Principal | None:
    ids = ("{" + ",".join(map(str, identity.ids)) + "}").encode()
    find = Statement(EXTERNAL_USER_OF, (ids,))
    [found] = await connection.run([find])
    if not found.nrows:
        name, sid = identity.name.encode(), str(identity.ids[0]).encode()
        _, found = await connection.run([Statement(BIND_EXTERNAL_USER, (name, sid)), find])
    if not found.nrows:
        return None
    number, user = (value or b"" for value in found.rows[0])
    return await _with_roles(connection, identity.login, user.decode(), int(number))


async def principal_named(connection: Connection, user: str) -> Principal | None:
    """A user of the connection's database by its name (EXECUTE AS USER)."""
    if user.lower() == "dbo":
        return Principal(SERVER_OWNER, "dbo", True, frozenset({"db_owner"}), 1)
    [found] = await connection.run([Statement(USER_NAMED, (user.encode(),))])
    if not found.nrows:
        return None
    identity, name, login = ((value or b"").decode() for value in found.rows[0])
    return await _with_roles(connection, login, name, int(identity))


async def _with_roles(connection: Connection, login: str, user: str, identity: int) -> Principal:
    roles, public = await connection.run(
        [Statement(ROLES_OF, (str(identity).encode(),)), Statement(PUBLIC)]
    )
    names: set[str] = {"public"}
    ids: set[int] = {int(row[0] or 0) for row in public.rows}
    for row in roles.rows:
        ids.add(int(row[0] or 0))
        names.add((row[1] or b"").decode().lower())
    return Principal(login, user, "db_owner" in names, frozenset(names), identity, frozenset(ids))


async def check(session: Session, needs: frozenset[tuple[int, str]], catalog: Catalog) -> None:
    """Raise 229 for the first permission that the session's user lacks."""
    principal = session.principal
    ids = "{" + ",".join(str(each) for each in (principal.user_id, *principal.role_ids)) + "}"
    [grants] = await session.connection.run([Statement(GRANTS, (ids.encode(),))])
    rows = [tuple((value or b"").decode() for value in row) for row in grants.rows]
    for object_id, permission in sorted(needs):
        found = catalog.by_id(object_id)
        if found is None:
            continue
        if not _allowed(rows, principal, object_id, found.schema, permission):
            raise denied(permission, found.name, session.database.name, found.schema)


def _allowed(
    rows: list[tuple[str, ...]],
    principal: Principal,
    object_id: int,
    schema: str,
    permission: str,
) -> bool:
    if permission == "SELECT" and "db_denydatareader" in principal.roles:
        return False
    granted = (permission == "SELECT" and "db_datareader" in principal.roles) or (
        permission in ("INSERT", "UPDATE", "DELETE") and "db_datawriter" in principal.roles
    )
    for kind, object_text, schema_name, name, state in rows:
        if name not in (permission, "CONTROL"):
            continue
        applies = (
            kind == "DATABASE"
            or (kind == "OBJECT" and int(object_text) == object_id)
            or (kind == "SCHEMA" and schema_name.lower() == schema.lower())
        )
        if applies:
            if state == "D":
                return False
            granted = True
    return granted


def denied(permission: str, name: str, database: str, schema: str) -> SqlError:
    return SqlError(
        229,
        f"The {permission} permission was denied on the object '{name}', database '{database}',"
        f" schema '{schema}'.",
        severity=14,
        state=5,
    )


def require_owner(session: Session, node: tree.Statement) -> None:
    """Definitions are for the owner of the database."""
    if session.principal.is_owner:
        return
    match node:
        case tree.Truncate():
            raise not_there(node.table, 7)
        case tree.AlterTable():
            raise not_there(node.name, 13)
        case tree.CreateIndex():
            raise not_there(node.table, 12)
        case tree.Drop():
            kind, name = node.kind.lower(), ".".join(node.names[0].parts)
            raise hidden(f"Cannot drop the {kind} '{name}'", 3701, 14)
        case tree.Permission():
            kind = {"OBJECT": "object", "TYPE": "type"}.get(node.securable_class, "")
            if kind and node.securable is not None:
                raise hidden(f"Cannot find the {kind} '{node.securable.last}'", 15151)
        case tree.AlterPrincipal():
            raise hidden(f"Cannot alter the {node.kind.lower()} '{node.name}'", 15151)
        case _:
            pass
    deed = DEEDS.get(type(node).__name__, type(node).__name__.upper())
    raise SqlError(
        262, f"{deed} permission denied in database '{session.database.name}'.", severity=14
    )


def not_there(name: tree.Name, state: int) -> SqlError:
    return SqlError(
        1088,
        f'Cannot find the object "{".".join(name.parts)}" because it does not exist or'
        " you do not have permissions.",
        state=state,
    )


def hidden(deed: str, number: int, severity: int = 16) -> SqlError:
    text = f"{deed}, because it does not exist or you do not have permission."
    return SqlError(number, text, severity=severity)


DEEDS = {
    "CreateTable": "CREATE TABLE",
    "CreateView": "CREATE VIEW",
    "CreateProcedure": "CREATE PROCEDURE",
    "CreateFunction": "CREATE FUNCTION",
    "CreateDatabase": "CREATE DATABASE",
    "CreateSchema": "CREATE SCHEMA",
    "CreateType": "CREATE TYPE",
    "CreateSequence": "CREATE SEQUENCE",
}
"""What the error calls a definition."""
