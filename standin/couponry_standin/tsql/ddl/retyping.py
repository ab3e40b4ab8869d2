"""ALTER TABLE … ALTER COLUMN: another type, another collation, another nullability."""

from __future__ import annotations

from typing import Any

from ...types import MAX, SqlType
from .. import tree
from ..catalog import ColumnDoc, type_from_doc
from ..names import quote
from . import columns, keys
from .constraints import Table
from .dependents import check_dependents
from .plan import Context, DdlPlan
from .problems import no_column, problem

_GROWING = ("varchar", "nvarchar", "varbinary")


def alter_column(node: tree.AlterTable, table: Table, plan: DdlPlan, context: Context) -> None:
    [definition] = node.columns
    old = table.column(definition.name)
    if old is None:
        raise no_column("ALTER COLUMN", definition.name, table.name, node)
    if old["computed"] is not None or old["type"]["name"] == "rowversion":
        kind = "COMPUTED" if old["computed"] is not None else "timestamp"
        message = f"Cannot alter column '{old['name']}' because it is '{kind}'."
        raise problem(4928, message, node)
    columns.check_collation(definition.collation, definition)
    type_, alias_nullable = columns.resolve_type(
        definition.type, definition.type_name, old["column_id"], context, definition
    )
    nullable = definition.nullable if definition.nullable is not None else alias_nullable
    new = columns.entry(old["name"], old["column_id"], type_, nullable is not False)
    for kept in ("identity", "default", "default_name", "rowguidcol"):
        if kept in old:
            new[kept] = old[kept]
    _check_identity(new, node)
    _check_users(old, new, table, node, context)
    _convert(old, new, table, plan, context)
    table.columns[table.columns.index(old)] = new
    _set_nullability(old, new, table, plan, context)


def _check_identity(new: dict[str, Any], node: tree.Node) -> None:
    if new["identity"] and new["type"]["name"] not in ("tinyint", "smallint", "int", "bigint"):
        raise problem(
            2749,
            f"Identity column '{new['name']}' must be of data type int, bigint, smallint, tinyint, "
            "or decimal or numeric with a scale of 0, unencrypted, and constrained to be "
            "nonnullable.",
            node,
        )


def _check_users(
    old: dict[str, Any],
    new: dict[str, Any],
    table: Table,
    node: tree.Node,
    context: Context,
) -> None:
    """A column in use may only grow; one of the primary key may not become nullable."""
    before, after = type_from_doc(old["type"]), type_from_doc(new["type"])
    if before != after:
        # A default stands no other type, but another length, precision or scale.
        check_dependents(
            old,
            table,
            node,
            context,
            indexes=not _grows(before, after),
            defaults=before.name != after.name,
        )
    key = table.primary
    if (
        key is not None
        and new["nullable"]
        and any(old["name"] == each for each, _ in key["columns"])
    ):
        raise problem(
            5074, f"The object '{key['name']}' is dependent on column '{old['name']}'.", node
        )


def _grows(before: SqlType, after: SqlType) -> bool:
    """The same type with more room: what indexes put up with."""
    if before.name != after.name or before.collation != after.collation:
        return False
    if before.name not in _GROWING or before.length is None or after.length is None:
        return False
    return after.length == MAX or (before.length != MAX and after.length >= before.length)


def _convert(
    old: dict[str, Any], new: dict[str, Any], table: Table, plan: DdlPlan, context: Context
) -> None:
    before, after = ColumnDoc.from_doc(old), ColumnDoc.from_doc(new)
    if before.type == after.type or (before.pg == after.pg and _grows(before.type, after.type)):
        return
    name = tree.Name(1, 1, (before.name,))
    value = context.scalar(tree.Column(1, 1, name), table.docs, after.type)
    column = quote(before.name)
    plan.add(
        f"ALTER TABLE {table.sql} ALTER COLUMN {column} TYPE {columns.storage_sql(after)}"
        f" USING {columns.stored(value, after)}"
    )


def _set_nullability(
    old: dict[str, Any], new: dict[str, Any], table: Table, plan: DdlPlan, context: Context
) -> None:
    """Indexes say where NULLs go, so those of the column are built again."""
    if old["nullable"] == new["nullable"]:
        return
    users = [
        each for each in table.indexes if any(new["name"] == name for name, _ in each["columns"])
    ]
    for index in users:
        plan.add(keys.drop_index_sql(table.schema, index))
    verb = "DROP" if new["nullable"] else "SET"
    plan.add(f"ALTER TABLE {table.sql} ALTER COLUMN {quote(new['name'])} {verb} NOT NULL")
    for index in users:
        plan.add(keys.index_sql(table.schema, table.name, table.doc, index, context))
