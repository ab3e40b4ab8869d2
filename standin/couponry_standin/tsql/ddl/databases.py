"""CREATE, ALTER and DROP DATABASE."""

from __future__ import annotations

from ...types import DEFAULT_COLLATION
from .. import tree
from ..errors import NotSupported
from ..parser.keywords import words
from .columns import check_collation
from .plan import Context, DatabaseAction, DdlPlan
from .problems import problem

_SWITCHES = words(
    """
    READ_COMMITTED_SNAPSHOT ALLOW_SNAPSHOT_ISOLATION ANSI_NULL_DEFAULT ANSI_NULLS ANSI_PADDING
    ANSI_WARNINGS ARITHABORT CONCAT_NULL_YIELDS_NULL NUMERIC_ROUNDABORT QUOTED_IDENTIFIER
    RECURSIVE_TRIGGERS AUTO_CLOSE AUTO_CREATE_STATISTICS AUTO_SHRINK AUTO_UPDATE_STATISTICS
    AUTO_UPDATE_STATISTICS_ASYNC CURSOR_CLOSE_ON_COMMIT DATE_CORRELATION_OPTIMIZATION
    ACCELERATED_DATABASE_RECOVERY OPTIMIZED_LOCKING QUERY_STORE
    """
)
_VALUED = {
    "COMPATIBILITY_LEVEL": words("100 110 120 130 140 150 160"),
    "RECOVERY": words("FULL SIMPLE BULK_LOGGED"),
    "PAGE_VERIFY": words("CHECKSUM TORN_PAGE_DETECTION NONE"),
    "PARAMETERIZATION": words("SIMPLE FORCED"),
    "DELAYED_DURABILITY": words("DISABLED ALLOWED FORCED"),
    "CURSOR_DEFAULT": words("GLOBAL LOCAL"),
}
_ACCESS = ("SINGLE_USER", "MULTI_USER", "RESTRICTED_USER")
_STATES = ("READ_WRITE", "ONLINE")
_SET = (
    "INSERT INTO tsql.options (name, value) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def create_database(node: tree.CreateDatabase) -> DdlPlan:
    check_collation(node.collation, node)
    if node.collation is not None and node.collation.lower() != DEFAULT_COLLATION.lower():
        raise NotSupported(f"a database with the collation {node.collation}", node.line, node.col)
    return DdlPlan(database_action=DatabaseAction("CREATE", (node.name,), source=node.source))


def drop_databases(node: tree.Drop) -> DdlPlan:
    names = tuple(each.last for each in node.names)
    return DdlPlan(database_action=DatabaseAction("DROP", names, node.if_exists))


def alter_database(node: tree.AlterDatabase, context: Context) -> DdlPlan:
    plan = DdlPlan(termination=node.termination)
    if node.database and node.database.lower() != context.catalog.database.lower():
        plan.database = node.database
    for name, value in node.options:
        if name in _ACCESS and not value:
            plan.add(_SET, "USER_ACCESS", name)
            plan.single_user = name == "SINGLE_USER"
        elif name in _STATES and not value:
            continue  # the only states there are
        else:
            plan.add(_SET, name, _checked(name, value, node))
            if name == "READ_COMMITTED_SNAPSHOT":
                plan.add("SELECT tsql.mark_writers()")
                plan.row_versioning = value.upper() == "ON"
    return plan


def _checked(name: str, value: str, node: tree.AlterDatabase) -> str:
    if name in _SWITCHES:
        # QUERY_STORE = ON (…) carries settings, which mean nothing here.
        switch = value.split(" ", 1)[0]
        if switch not in ("ON", "OFF"):
            raise problem(102, f"Incorrect syntax near '{value or name}'.", node, severity=15)
        return switch
    known = _VALUED.get(name)
    if known is None:
        raise NotSupported(f"the database option {name}", node.line, node.col)
    if value.upper() in known:
        return value.upper()
    if name == "COMPATIBILITY_LEVEL":
        levels = ", ".join(sorted(known)[:-1])
        raise problem(
            15048,
            f"Valid values of the database compatibility level are {levels}, or {max(known)}.",
            node,
        )
    raise problem(102, f"Incorrect syntax near '{value or name}'.", node, severity=15)
