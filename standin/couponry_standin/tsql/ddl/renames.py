"""sp_rename: tables, their columns, indexes and constraints under other names.

PostgreSQL's own names follow, so that what is made later under the old name finds room. Texts of
modules stay as they are, as on SQL Server, and miss what they name from then on.
"""

from __future__ import annotations

from typing import Any

from .. import tree
from ..catalog import ObjectDoc
from ..errors import NotSupported, SqlError
from ..names import is_temporary, quote
from ..unparse import bracket
from . import keys, objects, tables
from .alterations import open_table
from .constraints import Table
from .plan import Context, DdlPlan

_CONSTRAINTS = ("PK", "UQ", "C", "F", "D")
_KEYS = ("PK", "UQ")
_PROCEDURE = "sp_rename"


def rename(node: tree.Rename, context: Context) -> DdlPlan:
    if is_temporary(node.name):
        raise NotSupported("sp_rename of temporary tables", node.line, node.col)
    kind = node.kind.upper()
    if kind in ("", "OBJECT"):
        found = context.catalog.object(node.name)
        if found is not None and found.type == "U":
            return _table(found, node, context)
        if found is not None and found.type in _CONSTRAINTS:
            return _constraint(found, node, context)
        if found is not None:
            raise NotSupported("sp_rename of anything but tables", node.line, node.col)
    if kind in ("", "COLUMN", "INDEX"):
        plan = _part(node, kind, context)
        if plan is not None:
            return plan
    elif kind != "OBJECT":
        raise NotSupported(f"sp_rename of a {node.kind}", node.line, node.col)
    raise _ambiguous(node, kind, context.catalog.database)


def _ambiguous(node: tree.Rename, kind: str, database: str) -> SqlError:
    if kind:
        message = (
            f"Either the parameter @objname is ambiguous or the claimed @objtype ({kind}) is wrong."
        )
        return SqlError(15248, message, severity=11, procedure=_PROCEDURE)
    message = (
        f"No item by the name of '{'.'.join(node.name.parts)}' could be found in the current"
        f" database '{database}', given that @itemtype was input as '(null)'."
    )
    return SqlError(15225, message, severity=11, procedure=_PROCEDURE)


def _taken(name: str, kind: str) -> SqlError:
    message = (
        f"Error: The new name '{name}' is already in use as a {kind} name and would cause a"
        " duplicate that is not permitted."
    )
    return SqlError(15335, message, severity=11, procedure=_PROCEDURE)


def _object_row(found: ObjectDoc, name: str) -> tuple[str, tuple[str, str]]:
    return "UPDATE tsql.objects SET name = $2 WHERE object_id = $1", (str(found.object_id), name)


# ---------------------------------------------------------------- tables and constraints


def _table(found: ObjectDoc, node: tree.Rename, context: Context) -> DdlPlan:
    new = node.new_name
    other = context.catalog.find(found.schema, new)
    if other is not None and other.object_id != found.object_id:
        raise _taken(new, "OBJECT")
    table = open_table(node.name, 15225, context)
    plan = DdlPlan()
    for index in table.indexes:
        _move_index(index, table, new, index["name"], plan)
    for child in context.catalog.children(found.object_id):
        if child.type in ("C", "F"):
            _move_constraint(child, table, new, child.name, plan)
        elif child.type in _KEYS:
            doc = child.doc | {"pg_name": keys.pg_name(new, child.name)}
            plan.steps.append(objects.update_doc(child.object_id, doc))
    if quote(found.name) != quote(new):
        plan.add(f"ALTER TABLE {found.sql} RENAME TO {quote(new)}")
    text, values = _object_row(found, new)
    plan.add(text, *values)
    plan.steps.append(objects.update_doc(found.object_id, table.doc))
    return plan


def _constraint(found: ObjectDoc, node: tree.Rename, context: Context) -> DdlPlan:
    new = node.new_name
    other = context.catalog.find(found.schema, new)
    if other is not None and other.object_id != found.object_id:
        raise _taken(new, "OBJECT")
    parent = context.catalog.by_id(found.parent_object_id)
    assert parent is not None
    table = open_table(tree.Name(1, 1, (parent.schema, parent.name)), 15225, context)
    plan = DdlPlan()
    doc = found.doc | {"system_named": False}
    if found.type in _KEYS:
        index = next(each for each in table.indexes if each["name"] == found.name)
        _move_index(index, table, table.name, new, plan)
        doc["pg_name"] = index["pg_name"]
    elif found.type == "D":
        column = table.column(found.doc["column"])
        assert column is not None
        column["default_name"] = new
    else:
        doc["pg_name"] = _move_constraint(found, table, table.name, new, plan)
    plan.steps.append(objects.update_doc(found.object_id, doc))
    text, values = _object_row(found, new)
    plan.add(text, *values)
    plan.steps.append(objects.update_doc(parent.object_id, table.doc))
    return plan


def _move_index(index: dict[str, Any], table: Table, owner: str, name: str, plan: DdlPlan) -> None:
    pg_name = keys.pg_name(owner, name)
    if pg_name != index["pg_name"]:
        old = f"{quote(table.schema)}.{quote(index['pg_name'])}"
        plan.add(f"ALTER INDEX {old} RENAME TO {quote(pg_name)}")
    index["name"], index["pg_name"] = name, pg_name


def _move_constraint(child: ObjectDoc, table: Table, owner: str, name: str, plan: DdlPlan) -> str:
    pg_name = keys.pg_name(owner, name)
    if pg_name != child.doc["pg_name"]:
        old = quote(child.doc["pg_name"])
        plan.add(f"ALTER TABLE {table.sql} RENAME CONSTRAINT {old} TO {quote(pg_name)}")
        plan.steps.append(objects.update_doc(child.object_id, child.doc | {"pg_name": pg_name}))
    return pg_name


# ---------------------------------------------------------------- columns and indexes


def _part(node: tree.Rename, kind: str, context: Context) -> DdlPlan | None:
    """A column or an index, ``table.name``."""
    if len(node.name.parts) < 2:
        return None
    owner = tree.Name(node.line, node.col, node.name.parts[:-1])
    found = context.catalog.object(owner)
    if found is None or found.type != "U":
        return None
    table = open_table(owner, 15225, context)
    old = node.name.last
    column = table.column(old)
    if column is not None and kind != "INDEX":
        return _column(column, table, node, context)
    index = next((each for each in table.indexes if each["name"].lower() == old.lower()), None)
    if index is None or kind == "COLUMN":
        return None
    if any(each["name"].lower() == node.new_name.lower() for each in table.indexes):
        raise _taken(node.new_name, "INDEX")
    if index["primary"] or index["unique_constraint"]:
        own = context.catalog.find(found.schema, index["name"])
        assert own is not None
        return _constraint(own, node, context)
    plan = DdlPlan()
    _move_index(index, table, table.name, node.new_name, plan)
    plan.steps.append(objects.update_doc(found.object_id, table.doc))
    return plan


def _column(column: dict[str, Any], table: Table, node: tree.Rename, context: Context) -> DdlPlan:
    assert table.found is not None
    old, new = column["name"], node.new_name
    other = table.column(new)
    if other is not None and other is not column:
        raise _taken(new, "COLUMN")
    _check_enforced(old, table, context)
    if column["type"]["name"] == "rowversion":
        raise NotSupported("sp_rename of a rowversion column", node.line, node.col)
    plan = DdlPlan()
    if quote(old) != quote(new):
        plan.add(f"ALTER TABLE {table.sql} RENAME COLUMN {quote(old)} TO {quote(new)}")
    column["name"] = new
    for index in table.indexes:
        index["columns"] = [[_renamed(name, old, new), down] for name, down in index["columns"]]
        index["include"] = [_renamed(name, old, new) for name in index["include"]]
    itself = table.found.object_id
    related = [*context.catalog.children(itself), *tables.references_to(table.found, context)]
    for each in related:
        doc = dict(each.doc)
        if each.parent_object_id == itself:
            if each.type in _KEYS:
                doc["columns"] = [[_renamed(name, old, new), down] for name, down in doc["columns"]]
            elif each.type == "F":
                doc["columns"] = [_renamed(name, old, new) for name in doc["columns"]]
            elif each.type == "D":
                doc["column"] = _renamed(doc["column"], old, new)
        if each.type == "F" and doc["references"] == itself:
            doc["referenced_columns"] = [
                _renamed(name, old, new) for name in doc["referenced_columns"]
            ]
        if doc != each.doc:
            plan.steps.append(objects.update_doc(each.object_id, doc))
    plan.steps.append(objects.update_doc(itself, table.doc))
    return plan


def _renamed(name: str, old: str, new: str) -> str:
    return new if name == old else name


def _check_enforced(name: str, table: Table, context: Context) -> None:
    """Conditions and formulas are kept as text: what they name keeps its name (15336)."""
    mention = bracket(tree.Name(1, 1, (name,))).lower()
    assert table.found is not None
    texts = [
        each.doc["definition"]
        for each in context.catalog.children(table.found.object_id)
        if each.type == "C"
    ]
    texts += [each["computed"] or "" for each in table.columns]
    texts += [each["filter"] or "" for each in table.indexes]
    if any(mention in text.lower() for text in texts):
        raise SqlError(
            15336,
            f"Object '{table.name}.{name}' cannot be renamed because the object participates in"
            " enforced dependencies.",
            severity=11,
            procedure=_PROCEDURE,
        )
