"""A search by key that finds nothing waits for whoever has put that key there and not committed.

SQL Server meets the lock of the new row, and goes on when it is gone: with the row after a commit,
without it after a rollback. PostgreSQL does not see the row. So a statement that locks the row of a
unique key, and has found none, asks whether somebody holds the lock of that key (see ``keys.py``).
Where it had to wait it runs once more. Only who finds nothing pays for it.

HOLDLOCK has asked before the statement, READPAST passes over the row, and SNAPSHOT looks into the
past.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .. import tree
from ..catalog import ObjectDoc
from .code import CodeLines
from .expressions import Expressions
from .keys import key_asked_for, rows_mark
from .locks import Lock
from .scope import Scope
from .unit import Unit


def note(
    unit: Unit,
    expressions: Expressions,
    lock: Lock,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
) -> None:
    """Remember the key by which a statement looks for the one row that it locks."""
    if found.is_temporary or found.is_local or unit.isolation == "SNAPSHOT":
        return
    if lock.guards_absence or lock.wait == "SKIP LOCKED":
        return
    key = key_asked_for(expressions, found, alias, where, scope)
    if key is not None:
        waits = "false" if lock.wait == "NOWAIT" else "true"
        call = f"tsql.await_key({key.lock}, {found.object_id}, {waits})"
        # A call of a function costs more than to see in passing that both can be had.
        free = " AND ".join(
            f"pg_try_advisory_lock_shared({each}) AND pg_advisory_unlock_shared({each})"
            for each in (key.lock, rows_mark(found))
        )
        waited = f"({free}) IS NOT TRUE AND {call}"
        if waited not in unit.fate.awaits:
            unit.fate.awaits.append(waited)


def again(awaits: list[str], found: str) -> list[str]:
    """The ends of a loop around a statement: ``found``, when it has found a row."""
    return [f"EXIT WHEN {found};", f"EXIT WHEN NOT ({' OR '.join(awaits)});", "END LOOP;"]


@contextmanager
def awaiting(out: CodeLines, awaits: list[str], found: str) -> Iterator[None]:
    """What is emitted inside runs again where it has found nothing, and had to wait for a key."""
    if not awaits:
        yield
        return
    out.add("LOOP")
    yield
    for each in again(awaits, found):
        out.add(each)


def sought(node: tree.Expr) -> str:
    """When the condition that was compiled has found a row; '' where it looks for none.

    The condition is in ``_c``.
    """
    match node:
        case tree.Exists():
            return "_c"
        case tree.Unary(op="NOT", operand=tree.Exists()):
            return "NOT _c"
        case _:
            return ""
