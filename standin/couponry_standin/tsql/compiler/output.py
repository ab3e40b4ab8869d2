"""Queries that are compiled, and the columns they put out."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...types import SqlType
from .. import tree
from ..errors import SqlError
from ..typed import NULL_TYPE, Typed
from .scope import Scope, Shape


@dataclass(slots=True)
class OutColumn:
    """A column that a query puts out."""

    name: str
    type: SqlType
    pg: str
    nullable: bool
    rank: str = "default"
    origin: str | None = None
    """the base column's name where the item is a plain column (for UPDATE through a CTE)"""
    is_untyped: bool = False
    """a bare NULL: an int to a client, but of any type to an INSERT or a UNION"""


@dataclass(slots=True)
class Compiled:
    """A query whose columns are named c1, c2 …; ``single`` when it gives at most one row."""

    sql: str
    columns: list[OutColumn]
    single: bool = False
    scope: Scope = field(default_factory=Scope)

    def shape(self, names: list[str] | None = None) -> list[Shape]:
        return [
            (
                names[index] if names else column.name,
                column.type,
                column.pg,
                column.nullable,
                column.rank,
            )
            for index, column in enumerate(self.columns)
        ]


def outer_item(column: OutColumn, index: int) -> Typed:
    if column.is_untyped:
        return Typed("NULL", NULL_TYPE, "text")
    return Typed(f'"_q"."c{index + 1}"', column.type, column.pg, column.nullable, column.rank)


def shown_names(given: list[str], compiled: Compiled, alias: str, node: tree.Node) -> list[str]:
    """The names of the columns of a derived table: those behind its alias, or their own."""
    names = given or [column.name for column in compiled.columns]
    if len(names) != len(compiled.columns):
        is_more = len(compiled.columns) > len(names)
        raise SqlError(
            8158 if is_more else 8159,
            f"'{alias}' has {'more' if is_more else 'fewer'} columns than were specified in the"
            " column list.",
            line=node.line,
            col=node.col,
        )
    for index, name in enumerate(names, 1):
        if not name:
            raise SqlError(
                8155,
                f"No column name was specified for column {index} of '{alias}'.",
                state=2,
                line=node.line,
                col=node.col,
            )
    return names


def check_recursion(
    cte: tree.CommonTable, names: list[str], anchor: Compiled, step: Compiled
) -> None:
    """240: a recursion gives the very types that it begins with; nothing is converted."""
    for name, first, later in zip(names, anchor.columns, step.columns, strict=False):
        if later.is_untyped or _bare(first.type) == _bare(later.type):
            continue
        raise SqlError(
            240,
            "Types don't match between the anchor and the recursive part in column"
            f' "{name}" of recursive query "{cte.name}".',
            line=cte.line,
            col=cte.col,
        )


def _bare(type_: SqlType) -> SqlType:
    return type_.with_collation(None)
