"""READ_COMMITTED_SNAPSHOT OFF: a reader waits for who has written what it reads.

PostgreSQL's readers never wait, so one that should asks before its statement begins, and lets go
at once, as SQL Server's READ COMMITTED does. Writers say that they write by a trigger on the table
(runtime/072_versioning.sql). Who asks for one row by a unique key waits for that row, who asks for
any others waits for all writers of the table: SQL Server's scan meets their rows, too.
"""

from __future__ import annotations

from enum import Enum, auto

from .. import tree
from ..catalog import ObjectDoc
from ..names import quote
from .expressions import Expressions
from .keys import key_asked_for
from .releases import NOTHING, is_key_alone
from .scope import Scope, bind_table
from .unit import Unit

UNASKED = ("NOLOCK", "READUNCOMMITTED", "READPAST", "NOWAIT")
"""Hints with which a source waits for nobody."""


class Does(Enum):
    """What the statement does with the rows it finds, beside reading them."""

    READ = auto()
    LOCK = auto()
    UPDATE = auto()


def before_reading(
    unit: Unit,
    expressions: Expressions,
    found: ObjectDoc,
    alias: str,
    hints: list[tree.Hint],
    where: tree.Expr | None,
    scope: Scope,
    *,
    does: Does,
) -> None:
    """Ask first, where the database, the level and the hints of a source want it."""
    if (
        not unit.catalog.readers_wait
        or found.is_temporary
        or unit.isolation in ("", "SNAPSHOT")
        or any(hint.name in UNASKED for hint in hints)
    ):
        return
    key = key_asked_for(expressions, found, alias, where, scope)
    if key is None or key.index.filter is not None:
        text = f"_c := tsql.await_writers({found.object_id});"
    else:
        inner = Scope(None, [bind_table(found, alias)])
        tests = " AND ".join(expressions.condition(each, inner) for each in key.parts)
        row = f"PERFORM 1 FROM {found.sql} AS {quote(alias)} WHERE {tests}"
        match does:
            case Does.READ:
                wait = f"tsql.await_key({key.lock}, {found.object_id}, true)"
                text = (
                    f"BEGIN {row} FOR KEY SHARE;"
                    f" IF NOT FOUND THEN _c := {wait}; END IF;"
                    f" RAISE SQLSTATE '{NOTHING}';"
                    f" EXCEPTION WHEN SQLSTATE '{NOTHING}' THEN NULL; END;"
                )
            case Does.UPDATE if where is not None and is_key_alone(found, alias, where):
                # An update by the key takes X at once, another one takes U on the way to it.
                text = f"{row} FOR UPDATE;"
            case _:
                return
    if text not in unit.pre:
        unit.pre.append(text)
