"""Queries that are compiled, and the columns they put out."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...types import SqlType
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
