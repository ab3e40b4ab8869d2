"""What the scripts define: tables with their columns and keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from couponry_standin.tsql import tree

from .corpus import scripts


@dataclass(slots=True)
class Table:
    columns: dict[str, tree.ColumnDefinition]
    keys: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    """the columns of each unique key without a filter"""


@cache
def tables() -> dict[str, Table]:
    """Every table of couponry by its name in lower case."""
    found: dict[str, Table] = {}
    indexes: list[tree.CreateIndex] = []
    for script in scripts():
        if not script.name.startswith("sql/"):
            continue
        for node in script.all:
            if isinstance(node, tree.CreateTable):
                found[node.name.last.lower()] = _table(node.definition)
            elif isinstance(node, tree.CreateIndex):
                indexes.append(node)
    for each in indexes:
        if each.index.unique and each.index.where is None:
            found[each.table.last.lower()].keys.append(names(each.index.columns))
    return found


def _table(definition: tree.TableDefinition) -> Table:
    made = Table({each.name.lower(): each for each in definition.columns})
    for each in definition.constraints:
        if each.kind in ("PRIMARY KEY", "UNIQUE"):
            made.keys.append(names(each.columns))
    for column in definition.columns:
        for each in column.constraints:
            if each.kind in ("PRIMARY KEY", "UNIQUE"):
                made.keys.append(frozenset({column.name.lower()}))
    for index in definition.indexes:
        if index.unique and index.where is None:
            made.keys.append(names(index.columns))
    return made


def names(columns: list[tree.OrderItem]) -> frozenset[str]:
    return frozenset(
        each.expr.name.last.lower() for each in columns if isinstance(each.expr, tree.Column)
    )
