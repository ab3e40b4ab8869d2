"""What hinders a column from going or changing: whatever else uses it."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..catalog import ObjectDoc
from ..unparse import bracket
from . import tables
from .constraints import Table
from .plan import Context
from .problems import dependent


def check_dependents(
    column: dict[str, Any],
    table: Table,
    node: tree.Node,
    context: Context,
    *,
    indexes: bool = True,
    defaults: bool = True,
) -> None:
    """5074 when an index, a constraint or a computed column uses the column."""
    name = column["name"]
    mention = bracket(tree.Name(1, 1, (name,))).lower()
    assert table.found is not None
    for each in context.catalog.children(table.found.object_id):
        spared = (() if indexes else ("PK", "UQ")) + (() if defaults else ("D",))
        if each.type not in spared and _uses(each, name, mention, table):
            raise dependent("object", each.name, name, node)
    for index in table.indexes if indexes else []:
        used = {key for key, _ in index["columns"]} | set(index["include"])
        if name in used or mention in (index["filter"] or "").lower():
            raise dependent("index", index["name"], name, node)
    for other in table.columns:
        if mention in (other["computed"] or "").lower():
            raise dependent("column", other["name"], name, node)
    for reference in tables.references_to(table.found, context):
        if name in reference.doc["referenced_columns"]:
            raise dependent("object", reference.name, name, node)


def _uses(child: ObjectDoc, name: str, mention: str, table: Table) -> bool:
    if child.type == "C":
        return mention in child.doc["definition"].lower()
    if child.type == "D":
        return child.doc["column"] == name
    if child.type == "F":
        own = name in child.doc["columns"]
        assert table.found is not None
        itself = child.doc["references"] == table.found.object_id
        return own or (itself and name in child.doc["referenced_columns"])
    return any(name == column for column, _ in child.doc["columns"])
