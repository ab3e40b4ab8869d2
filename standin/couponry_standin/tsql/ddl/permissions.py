"""GRANT, DENY and REVOKE as rows of ``tsql.permissions``."""

from __future__ import annotations

from .. import tree
from ..catalog import ObjectDoc
from ..errors import NotSupported
from .columns import ALIAS_TYPE
from .plan import Context, DdlPlan
from .problems import problem, written

_TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES")
_COMMON = ("CONTROL", "ALTER", "TAKE OWNERSHIP", "VIEW DEFINITION")
_OF_TYPE = {
    "U": (*_TABLE, *_COMMON, "VIEW CHANGE TRACKING"),
    "V": (*_TABLE, *_COMMON),
    "IF": (*_TABLE, *_COMMON),
    "TF": (*_TABLE, *_COMMON),
    "P": ("EXECUTE", *_COMMON),
    "FN": ("EXECUTE", "REFERENCES", *_COMMON),
    "SO": ("UPDATE", "REFERENCES", *_COMMON),
    "TT": ("EXECUTE", "REFERENCES", "CONTROL", "TAKE OWNERSHIP", "VIEW DEFINITION"),
    ALIAS_TYPE: ("EXECUTE", "REFERENCES", "CONTROL", "TAKE OWNERSHIP", "VIEW DEFINITION"),
}
_ALL = {
    **dict.fromkeys(("U", "V", "IF", "TF"), _TABLE),
    "P": ("EXECUTE",),
    "FN": ("EXECUTE", "REFERENCES"),
}
_SCHEMA = (*_TABLE, *_COMMON, "EXECUTE", "CREATE SEQUENCE", "VIEW CHANGE TRACKING")
_SPECIAL = ("dbo", "sys", "information_schema")
_GRANTEE = "(SELECT principal_id FROM tsql.principals WHERE lower(name) = lower($1))"
_UPSERT = (
    "INSERT INTO tsql.permissions (class, object_id, schema_name, permission, state, grantee_id)"
    " VALUES ($2, $3::int4, COALESCE((SELECT name FROM tsql.schemas WHERE lower(name) = lower($4)),"
    f" ''), $5, $6, {_GRANTEE})"
    " ON CONFLICT (class, object_id, schema_name, permission, grantee_id)"
    " DO UPDATE SET state = excluded.state"
)
_MATCH = (
    f"grantee_id = {_GRANTEE} AND class = $2 AND object_id = $3::int4"
    " AND lower(schema_name) = lower($4) AND permission = $5"
)


def permission(node: tree.Permission, context: Context) -> DdlPlan:
    if node.columns:
        raise NotSupported("permissions on columns", node.line, node.col)
    plan = DdlPlan()
    object_id, schema = 0, ""
    names = list(node.permissions)
    if node.securable_class in ("OBJECT", "TYPE"):
        found = _securable(node, context)
        object_id = found.object_id
        names = _names_for_object(names, found, node)
    elif node.securable_class == "SCHEMA":
        assert node.securable is not None
        schema = node.securable.last
        _require_schema(schema, plan)
        _check_names(names, _SCHEMA, node)
    else:
        _check_database(node, names, context)
    for principal in node.principals:
        if principal.lower() in _SPECIAL:
            raise problem(
                4624,
                "Cannot grant, deny, or revoke permissions to sa, dbo, entity owner, "
                "information_schema, sys, or yourself.",
                node,
            )
        _require_grantee(principal, plan)
        for name in names:
            _change(node, principal, str(object_id), schema, name, plan)
    return plan


def _change(
    node: tree.Permission, principal: str, object_id: str, schema: str, name: str, plan: DdlPlan
) -> None:
    """GRANT takes the place of DENY and the other way round; REVOKE removes both."""
    row = (principal, node.securable_class, object_id, schema, name)
    if node.verb == "GRANT":
        if not node.grant_option:
            # A repeated GRANT leaves an earlier WITH GRANT OPTION as it is.
            plan.add(
                _UPSERT + " WHERE tsql.permissions.state = 'D'",
                *row,
                "G",
            )
        else:
            plan.add(_UPSERT, *row, "W")
    elif node.verb == "DENY":
        plan.add(_UPSERT, *row, "D")
    elif node.grant_option:
        plan.add(f"UPDATE tsql.permissions SET state = 'G' WHERE {_MATCH} AND state = 'W'", *row)
    else:
        plan.add(f"DELETE FROM tsql.permissions WHERE {_MATCH}", *row)


def _securable(node: tree.Permission, context: Context) -> ObjectDoc:
    assert node.securable is not None
    found = context.catalog.object(node.securable)
    is_type = node.securable_class == "TYPE"
    if found is None or found.type not in _OF_TYPE or is_type != (found.type in ("TT", ALIAS_TYPE)):
        noun = "type" if is_type else "object"
        raise problem(
            15151,
            f"Cannot find the {noun} '{node.securable.last}', because it does not exist or you do "
            "not have permission.",
            node,
        )
    return found


def _names_for_object(names: list[str], found: ObjectDoc, node: tree.Permission) -> list[str]:
    if names == ["ALL"]:
        return list(_ALL.get(found.type, _OF_TYPE[found.type]))
    _check_names(names, _OF_TYPE[found.type], node)
    return names


def _check_names(names: list[str], known: tuple[str, ...], node: tree.Permission) -> None:
    for name in names:
        if name not in known:
            raise problem(
                4606,
                f"Granted or revoked privilege {name} is not compatible with object.",
                node,
            )


def _check_database(node: tree.Permission, names: list[str], context: Context) -> None:
    if "ALL" in names:
        raise NotSupported(f"{node.verb} ALL on a database", node.line, node.col)
    named = node.securable
    if named is not None and named.last.lower() != context.catalog.database.lower():
        raise problem(
            15151,
            f"Cannot find the database '{written(named)}', because it does not exist or you do "
            "not have permission.",
            node,
        )


def _require_schema(schema: str, plan: DdlPlan) -> None:
    plan.add(
        "SELECT tsql.raise(15151, $1) WHERE NOT EXISTS"
        " (SELECT FROM tsql.schemas WHERE lower(name) = lower($2))",
        f"Cannot find the schema '{schema}', because it does not exist or you do not have "
        "permission.",
        schema,
    )


def _require_grantee(principal: str, plan: DdlPlan) -> None:
    plan.add(
        "SELECT tsql.raise(15151, $1) WHERE NOT EXISTS"
        " (SELECT FROM tsql.principals WHERE lower(name) = lower($2))",
        f"Cannot find the user '{principal}', because it does not exist or you do not have "
        "permission.",
        principal,
    )
    plan.add(
        "SELECT tsql.raise(4617, $1) FROM tsql.principals WHERE lower(name) = lower($2)"
        " AND is_fixed",
        "Cannot grant, deny or revoke permissions to or from special roles.",
        principal,
    )
