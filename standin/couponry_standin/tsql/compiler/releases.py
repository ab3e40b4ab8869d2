"""Rows that a statement waited for, and that then do not qualify, are let go.

PostgreSQL locks the newest version of such a row before it looks at the condition again, and keeps
the lock until the transaction ends; SQL Server lets go. So a statement that may meet such a row
stands in a subtransaction, which is undone when no row qualified: its locks go with it. A success
costs one microsecond more, measured as processor time.

Which statements: those that lock rows by a condition that may have turned false meanwhile. Where a
unique key alone is asked for, the row that was waited for is still the row (or is gone). Under
REPEATABLE READ and above, and with HOLDLOCK, SQL Server keeps the lock, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import tree
from ..catalog import ObjectDoc
from . import walk
from .code import CodeLines
from .keys import is_of
from .locks import LOCKING, Lock
from .unit import Unit

NOTHING = "TS001"
"""the condition that undoes the statement; nobody else raises it"""


def note(
    unit: Unit, lock: Lock, found: ObjectDoc, alias: str, where: tree.Expr | None, *, joined: bool
) -> None:
    """Remember what a statement locks by a condition."""
    if found.is_temporary:
        return
    if unit.isolation not in ("", LOCKING) or lock.guards_absence or lock.strength == "SHARE":
        unit.fate.keeps = True
    elif joined or (where is not None and not is_key_alone(found, alias, where)):
        unit.fate.misses = True


def is_key_alone(found: ObjectDoc, alias: str, where: tree.Expr) -> bool:
    """Whether the condition equates the columns of a unique key, and asks for nothing else."""
    own = {column.name.lower() for column in found.columns}
    names: set[str] = set()
    for part in walk.conjuncts(where):
        if not (isinstance(part, tree.Binary) and part.op == "="):
            return False
        for side, other in ((part.left, part.right), (part.right, part.left)):
            if (
                isinstance(side, tree.Column)
                and is_of(side, alias, own)
                and not any(True for _ in walk.columns(other))
                and not walk.has_subquery(other)
            ):
                names.add(side.name.last.lower())
                break
        else:
            return False
    return any(
        index.unique and index.filter is None and names == {name.lower() for name in index.columns}
        for index in found.indexes
    )


def missed(node: tree.Expr, unit: Unit) -> str:
    """When the condition that was compiled found no row that it has locked; '' where it keeps them.

    The condition is in ``_c``.
    """
    match node:
        case tree.Exists() if unit.fate.frees:
            return "_c IS NOT TRUE"
        case tree.Unary(op="NOT", operand=tree.Exists()) if unit.fate.frees:
            return "_c"
        case _:
            return ""


@contextmanager
def letting_go(out: CodeLines, missed: str, *, if_: bool) -> Iterator[None]:
    """What is emitted inside is undone where ``missed`` holds after it."""
    if not if_:
        yield
        return
    out.add("BEGIN")
    yield
    out.add(f"IF {missed} THEN RAISE SQLSTATE '{NOTHING}'; END IF;")
    out.add(f"EXCEPTION WHEN SQLSTATE '{NOTHING}' THEN NULL; END;")
