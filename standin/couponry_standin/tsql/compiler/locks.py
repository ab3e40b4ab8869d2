"""Table hints: what each of them locks in PostgreSQL.

SQL Server's update lock is PostgreSQL's ``FOR NO KEY UPDATE``: it excludes itself and writers, and
lets foreign-key checks pass. What PostgreSQL lacks is the lock on an absent key (HOLDLOCK): an
advisory lock on the key stands for it, see ``absence_lock``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, IndexDoc, ObjectDoc
from ..collation import compared_text
from ..errors import NotSupported, SqlError
from ..typed import Typed
from . import walk
from .expressions import Expressions
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
    "NOEXPAND": "there are no indexed views",
    "KEEPIDENTITY": "concerns OPENROWSET(BULK) only",
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
    if added is None or any(each.name in (*LEVELS, "HOLDLOCK", "READPAST") for each in hints):
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


def absence_lock(
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
    *,
    shared: bool = False,
) -> str:
    """The PL/pgSQL statement that locks the absence of the rows a HOLDLOCK query looks for.

    When the condition fixes every column of a unique key to values known before the query runs, the
    key alone is locked; otherwise the whole table's absence is. ``shared``: others may read it.
    """
    key = key_asked_for(expressions, found, alias, where, scope)
    return lock_absence(found) if key is None else lock_absence(found, key.text, shared=shared)


@dataclass(frozen=True, slots=True)
class KeyAskedFor:
    """A unique key that a condition fixes to values known before the query runs."""

    index: IndexDoc
    parts: list[tree.Expr]
    """what of the condition says so"""
    text: str
    """PL/pgSQL for a text that is equal for equal keys"""


def key_asked_for(
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    where: tree.Expr | None,
    scope: Scope,
) -> KeyAskedFor | None:
    """The key of the only row that a condition can find; None where there may be several."""
    equal: dict[str, Typed] = {}
    parts: dict[str, tree.Expr] = {}
    own = {column.name.lower() for column in found.columns}
    for part in walk.conjuncts(where):
        if not (isinstance(part, tree.Binary) and part.op == "="):
            continue
        for side, other in ((part.left, part.right), (part.right, part.left)):
            if (
                isinstance(side, tree.Column)
                and is_of(side, alias, own)
                and not any(True for _ in walk.columns(other))
                and not walk.has_subquery(other)
            ):
                equal[side.name.last.lower()] = expressions.value(other, scope)
                parts[side.name.last.lower()] = part
    for index in found.indexes:
        names = [name.lower() for name in index.columns]
        if index.unique and all(name in equal for name in names):
            types = {column.name.lower(): column.type for column in found.columns}
            texts = [key_text(equal[name], types[name]) for name in names]
            return KeyAskedFor(index, [parts[name] for name in names], joined_key(texts))
    return None


def lock_absence(found: ObjectDoc, key: str = "", *, shared: bool = False) -> str:
    """HOLDLOCK on rows that do not exist: PostgreSQL has no locks of key ranges.

    The absence is an advisory lock of the transaction: on one key, or, where no key is known, on
    the whole table. As an assignment: PL/pgSQL runs a PERFORM as a query, at ten times the cost.
    """
    table = (1 << 61) + found.object_id
    if not key:
        return f"_c := pg_advisory_xact_lock({table}) IS NULL;"
    hashed = f"(hashtextextended({key}, {found.object_id}) & {(1 << 60) - 1}) + {1 << 60}"
    return (
        f"_c := pg_advisory_xact_lock_shared({table}) IS NULL"
        f" OR pg_advisory_xact_lock{'_shared' if shared else ''}({hashed}) IS NULL;"
    )


def joined_key(texts: list[str]) -> str:
    return f"concat_ws(E'\\x1f', {', '.join(texts)})"


def key_text(value: Typed, column: SqlType) -> str:
    """A text that is equal for equal keys."""
    if column.is_string:
        text = compared_text(value, column.collation)
        return f"rtrim({text}, ' ')"
    return f"({value.sql})::text"


def is_of(column: tree.Column, alias: str, own: set[str]) -> bool:
    parts = column.name.parts
    if parts[-1].lower() not in own:
        return False
    return len(parts) == 1 or parts[-2].lower() == alias.lower()


def check_lockable(found: ObjectDoc, line: int, col: int) -> None:
    if found.type != "U":
        raise SqlError(
            4104 if found.type in ("IF", "TF") else 4506,
            f"The hints of '{found.full_name}' cannot be applied: it is not a table.",
            line=line,
            col=col,
        )
