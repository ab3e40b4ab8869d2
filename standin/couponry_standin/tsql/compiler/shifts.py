"""An UPDATE that exchanges or shifts unique keys: SQL Server looks at them when it is done.

PostgreSQL's indexes look at each row. Where the new keys are computed from the rows, and more than
one may be meant, the statement is tried as it is; if it meets a duplicate it is undone, and done
again while the table's unique indexes rest: see ``075_keys.sql``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import tree
from ..catalog import ObjectDoc
from ..names import literal
from . import walk
from .releases import is_key_alone

if TYPE_CHECKING:
    from .body import Body
    from .changes import Change


def shifted(node: tree.Update | tree.Delete, found: ObjectDoc, alias: str) -> str:
    """The table whose keys the statement may shift, '' if it shifts none."""
    if isinstance(node, tree.Delete):
        return ""
    if not node.sources and node.where is not None and is_key_alone(found, alias, node.where):
        return ""
    computed = {
        each.column.last.lower()
        for each in node.assignments
        if each.column is not None
        and (each.op != "=" or any(walk.columns(each.expr)) or walk.has_subquery(each.expr))
    }
    keys = {name.lower() for index in found.indexes if index.unique for name in index.columns}
    return found.sql if computed & keys else ""


def emit(body: Body, change: Change, write: Callable[[], None]) -> None:
    """Emit a change, a second time for the case that its keys meet on the way."""
    if not change.shifts:
        write()
        return
    relation = f"{literal(change.shifts)}::regclass"
    rest = f"PERFORM tsql.keys_rest({relation});"
    hold = f"PERFORM tsql.keys_hold({relation});"
    if change.shown:
        # Rows that have been put out cannot be taken back.
        body.out.add(rest)
        change.checks = [hold]
        write()
        return
    body.out.add("BEGIN")
    write()
    body.out.add(f"EXCEPTION WHEN unique_violation THEN {rest}")
    change.checks = [hold]
    write()
    body.out.add("END;")
