"""Statements that name a table which does not exist yet: they fail when it comes to them.

SQL Server compiles such a statement when it is reached. If the table is still missing then, the
text that names it ends there with error 208: no CATCH of the same text sees that, one of a caller
does. What was there before the text began is compiled with it; a table made meanwhile is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..errors import NotSupported, SqlError
from ..names import literal

if TYPE_CHECKING:
    from .machine import Machine

MISSING = 208

KINDS = (
    tree.SelectStatement,
    tree.Insert,
    tree.Update,
    tree.Delete,
    tree.Merge,
    tree.SetVariable,
    tree.Declare,
    tree.If,
)


class Place:
    """Where the machine had got before a statement, of which nothing must have been written."""

    def __init__(self, machine: Machine, node: tree.Statement) -> None:
        self._machine = machine
        self._mark = self._state(node)
        nulls = machine.unit.nulls
        self._watched = nulls is not None and nulls.is_watched

    def _state(self, node: tree.Statement) -> tuple[int, ...]:
        machine = self._machine
        counted = machine.blocks, machine.sets, machine.calls, machine.host
        # The variables of a DECLARE get their values one after the other.
        length = 0 if isinstance(node, tree.Declare) else len(machine.out)
        return id(machine.out), length, *(len(each) for each in counted)

    def leave(self, node: tree.Statement, error: SqlError) -> None:
        """Raise the error where the statement stands, or now, if it cannot wait."""
        machine, unit = self._machine, self._machine.unit
        waits = error.number == MISSING and isinstance(node, KINDS) and not machine.format_only
        if not waits or self._state(node) != self._mark:
            raise error
        unit.pre.clear()
        unit.numbered = False
        if unit.nulls is not None:
            unit.nulls.is_watched = self._watched
        if unit.clock is not None:
            unit.clock.is_read = False
        machine.missing = machine.missing or error
        line = error.line or node.line
        made = _made_meanwhile(error.message)
        if made:
            late = NotSupported(
                "a table that is made while the text runs that names it",
                line,
                error.col or node.col,
            )
            machine.out.add(f"IF {made} THEN")
            _end(machine, late, line)
            machine.out.add("END IF;")
        _end(machine, error, line)


def _made_meanwhile(message: str) -> str:
    """The condition under which the table is there by now."""
    *schema, name = message.split("'")[1].split(".")
    if len(schema) > 1 or name.startswith("#"):
        return ""
    schema_name = (schema[0] if schema else "") or "dbo"
    return (
        "EXISTS (SELECT FROM tsql.objects AS o WHERE"
        f" lower(o.schema_name) = {literal(schema_name.lower())}"
        f" AND lower(o.name) = {literal(name.lower())})"
    )


def _end(machine: Machine, error: SqlError, line: int) -> None:
    fields = (error.number, error.severity, error.state, error.message)
    place = (error.procedure or machine.unit.name, line)
    listed = ", ".join(literal(str(each)) for each in (*fields, *place))
    machine.out.add(f"_e := ARRAY[{listed}]; _error := {error.number}; _rowcount := 0;")
    machine.out.add("IF _xact_abort AND _trancount > 0 THEN _doomed := true; END IF;")
    machine.out.add("_pc := -1; CONTINUE machine;")
