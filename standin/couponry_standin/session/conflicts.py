"""What rows have against a definition, in SQL Server's words."""

from __future__ import annotations

import re

from ..tsql import tree
from ..tsql.compiler import walk
from ..tsql.errors import SqlError
from ..tsql.names import mangle, schema_of


def definition_conflict(error: SqlError, node: tree.Statement) -> None:
    """What rows have against a definition, in the words of the definition."""
    if isinstance(node, tree.CreateIndex):
        _respell(error, node.index.name)
        return
    if not isinstance(node, tree.AlterTable):
        return
    for each in walk.nodes(node):
        if isinstance(each, tree.TableConstraint) and each.name is not None:
            _respell(error, each.name)
    if error.number == 515:
        error.message = error.message.replace("INSERT fails.", "UPDATE fails.")
    if error.number == 2628 and node.columns:
        table = f"{schema_of(node.name)}.{node.name.last}"
        place = f"{table}', column '{node.columns[0].name}'"
        error.message = error.message.replace("', column ''", f"{place}", 1)
    alter_conflict(error, node)


def _respell(error: SqlError, name: str) -> None:
    """1505 names an index that the catalogue does not know yet as PostgreSQL does."""
    if error.number == 1505:
        error.message = error.message.replace(f"'{mangle(name)}'", f"'{name}'", 1)


def alter_conflict(error: SqlError, node: tree.AlterTable) -> None:
    """547 of rows that do not meet a new constraint, which the catalogue does not know yet."""
    if error.number != 547:
        return
    text = error.message.replace("The INSERT statement", "The ALTER TABLE statement", 1)
    for each in walk.nodes(node):
        if isinstance(each, tree.TableConstraint) and each.name is not None:
            name = each.name
            text = re.sub(rf'"[^"]*\${re.escape(mangle(name))}"', lambda _, n=name: f'"{n}"', text)
    error.message = text
