"""Table hints: what each of them locks in PostgreSQL.

SQL Server's update lock is PostgreSQL's ``FOR NO KEY UPDATE``: it excludes itself and writers, and
lets foreign-key checks pass. What PostgreSQL lacks is the lock on an absent key (HOLDLOCK): an
advisory lock on the key stands for it, see ``absence_lock``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import tree
from ..catalog import Catalog, ObjectDoc
from ..errors import NotSupported, SqlError
from .expressions import Expressions
from .keys import bounded, key_asked_for, table_lock
from .scope import Scope

WITHOUT_EFFECT = {
    "ROWLOCK": "PostgreSQL locks rows only",
    "PAGLOCK": "PostgreSQL has no page locks",
    "NOLOCK": "a reader never waits under multi-version concurrency; only committed rows are read",
    "READUNCOMMITTED": "as NOLOCK",
    "READCOMMITTED": "is the isolation level of every statement",
    "FORCESEEK": "concerns SQL Server's optimiser",
    "FORCESCAN": "concerns SQL Server's optimiser",
    "INDEX": "concerns SQL Server's optimiser",
}
"""Hints that are accepted and change nothing, with the reason."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What the hints of one table source ask for. ``strength`` is '' for a plain read."""

    strength: str = ""
    wait: str = ""
    guards_absence: bool = False
    whole_table: bool = False

    def clause(self, catalog: Catalog) -> str:
        """A shared lock goes together with UPDLOCK where writers take more than that."""
        if self.strength == "SHARE" and catalog.readers_wait:
            return "FOR KEY SHARE"
        return f"FOR {self.strength}"


LOCKING = "LOCKING"
"""READ COMMITTED in a database without READ_COMMITTED_SNAPSHOT: readers wait for writers."""

SHARED = {"REPEATABLE READ": "REPEATABLEREAD", "SERIALIZABLE": "HOLDLOCK"}
"""The hint that does for one table what an isolation level does for all."""

LEVELS = ("NOLOCK", "READUNCOMMITTED", "READCOMMITTED", "REPEATABLEREAD", "SERIALIZABLE")
"""Hints that take the place of the isolation level."""


def hints_of(hints: list[tree.Hint], isolation: str, node: tree.Node) -> list[tree.Hint]:
    """The hints of a source with what the isolation level asks for."""
    if isolation == LOCKING:
        # What it asks for is what is done.
        return [each for each in hints if each.name != "READCOMMITTEDLOCK"]
    added = SHARED.get(isolation)
    names = {each.name for each in hints}
    # UPDLOCK lets the level of the session stand, whatever READCOMMITTED says.
    ignored = {"READCOMMITTED"} if "UPDLOCK" in names else set[str]()
    if added is None or names & ({*LEVELS, "HOLDLOCK", "READPAST"} - ignored):
        return hints
    return [*hints, tree.Hint(node.line, node.col, added)]


def compiled_level(level: str, catalog: Catalog) -> str:
    """The isolation level that code is compiled for.

    '' where every statement reads what is committed and waits for nobody.
    """
    if level == "READ COMMITTED":
        return LOCKING if catalog.readers_wait else ""
    return "" if level == "READ UNCOMMITTED" else level


def lock_of(hints: list[tree.Hint]) -> Lock:
    """Translate the hints of a source, refusing what has no true counterpart."""
    strength, wait, absence, whole = "", "", False, False
    for hint in hints:
        if hint.name == "UPDLOCK":
            strength = strength or "NO KEY UPDATE"
        elif hint.name == "XLOCK":
            strength = "UPDATE"
        elif hint.name in ("HOLDLOCK", "SERIALIZABLE"):
            absence = True
        elif hint.name == "REPEATABLEREAD":
            strength = strength or "SHARE"
        elif hint.name == "READPAST":
            wait = "SKIP LOCKED"
        elif hint.name == "NOWAIT":
            wait = "NOWAIT"
        elif hint.name in ("TABLOCK", "TABLOCKX"):
            whole = True
            if hint.name == "TABLOCKX":
                strength = "UPDATE"
        elif hint.name not in WITHOUT_EFFECT:
            raise NotSupported(f"the table hint {hint.name}", hint.line, hint.col)
    if (absence or wait) and not strength:
        strength = "SHARE"
    return Lock(strength, wait, absence, whole)


def locks_rows(hints: list[tree.Hint]) -> bool:
    lock = lock_of(hints)
    return bool(lock.strength) or lock.whole_table


def absence_lock(
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
    *,
    shared: bool = False,
    waits: bool = True,
) -> str:
    """The PL/pgSQL statement that locks the absence of the rows a HOLDLOCK query looks for.

    When the condition fixes every column of a unique key to values known before the query runs, the
    key alone is locked; otherwise the whole table's absence is. ``shared``: others may read it.
    """
    key = key_asked_for(expressions, found, alias, where, scope)
    if key is None:
        return lock_absence(found, waits=waits)
    return lock_absence(found, key.lock, shared=shared, waits=waits)


def lock_absence(
    found: ObjectDoc, key: str = "", *, shared: bool = False, waits: bool = True
) -> str:
    """HOLDLOCK on rows that do not exist: PostgreSQL has no locks of key ranges.

    The absence is an advisory lock of the transaction: on one key, or, where no key is known, on
    the whole table. As an assignment: PL/pgSQL runs a PERFORM as a query, at ten times the cost.
    """
    take = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    locks = [f"{take}{'_shared' if key else ''}({table_lock(found)})"]
    if key:
        locks.append(f"{take}{'_shared' if shared else ''}({key})")
    if waits:
        table, *keys = [f"{each} IS NULL" for each in locks]
        if not (found.is_temporary or found.is_local):
            keys = [bounded(each, found, 1) for each in keys]
        return f"_c := {' OR '.join([table, *keys])};"
    return f"IF NOT ({' AND '.join(locks)}) THEN RAISE lock_not_available; END IF;"


def check_lockable(found: ObjectDoc, line: int, col: int) -> None:
    if found.type != "U":
        raise SqlError(
            4104 if found.type in ("IF", "TF") else 4506,
            f"The hints of '{found.full_name}' cannot be applied: it is not a table.",
            line=line,
            col=col,
        )
