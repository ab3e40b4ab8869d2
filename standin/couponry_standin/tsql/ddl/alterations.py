"""ALTER TABLE: adding and dropping columns and constraints, enabling and disabling checks."""

from __future__ import annotations

import copy
from typing import Any

from .. import tree
from ..catalog import ColumnDoc, ObjectDoc
from ..names import quote
from . import columns, constraints, keys, objects, tables
from .constraints import Table
from .dependents import check_dependents
from .plan import Context, DdlPlan
from .problems import no_column, not_found, problem, written
from .retyping import alter_column


def alter_table(node: tree.AlterTable, context: Context) -> DdlPlan:
    table = open_table(node.name, 4902, context)
    plan = DdlPlan()
    if node.action in ("ADD COLUMN", "ADD CONSTRAINT"):
        for column in node.columns:
            _add_column(column, table, plan, context)
        for constraint in node.constraints:
            _add_constraint(constraint, table, plan, context)
    elif node.action == "DROP COLUMN":
        for name in node.names:
            _drop_column(name, node, table, plan, context)
    elif node.action == "DROP CONSTRAINT":
        for name in node.names:
            _drop_constraint(name, node, table, plan, context)
    elif node.action == "ALTER COLUMN":
        alter_column(node, table, plan, context)
    else:
        _switch_constraints(node, table, plan, context)
    assert table.found is not None
    plan.steps.append(objects.update_doc(table.found.object_id, table.doc))
    return plan


def open_table(name: tree.Name, number: int, context: Context) -> Table:
    """The table to change, with a copy of its entry to change."""
    found = context.catalog.object(name)
    if found is None or found.type != "U":
        raise not_found(number, written(name), name)
    doc = copy.deepcopy(found.doc)
    doc.setdefault("indexes", [])
    return Table(found.schema, found.name, doc, found)


# ---------------------------------------------------------------- ADD


def _add_column(
    column: tree.ColumnDefinition, table: Table, plan: DdlPlan, context: Context
) -> None:
    if table.column(column.name) is not None:
        raise problem(
            2705,
            "Column names in each table must be unique. Column name "
            f"'{column.name}' in table '{written_name(table)}' is specified more than once.",
            column,
            state=4,
        )
    tables.check_single(
        sum(bool(each["identity"]) for each in table.columns) + (column.identity is not None),
        sum(each["type"]["name"] == "rowversion" for each in table.columns)
        + (column.type is not None and column.type.name == "rowversion"),
        column,
        table.name,
    )
    top = table.doc.get("max_column_id") or max(each["column_id"] for each in table.columns)
    generated = None
    if column.computed is not None:
        doc, generated, function = columns.computed_column(
            column, top + 1, table.name, table.docs, context
        )
        if function is not None:
            plan.steps.append(function)
    else:
        doc = columns.plain_column(column, top + 1, table.name, context)
        if any(each.kind == "PRIMARY KEY" for each in column.constraints):
            doc["nullable"] = doc["nullable"] and column.nullable is True
    table.doc["max_column_id"] = top + 1
    table.columns.append(doc)
    _add_to_postgres(column, doc, columns.column_sql(doc, generated), table, plan, context)
    if column.default is not None:
        row = constraints.default_row(column.default_name, doc, table, column, context)
        plan.steps += tables.row_steps(row, table)
    for constraint in column.constraints:
        _add_constraint(constraint, table, plan, context, own_column=column.name)


def _add_to_postgres(
    column: tree.ColumnDefinition,
    doc: dict[str, Any],
    text: str,
    table: Table,
    plan: DdlPlan,
    context: Context,
) -> None:
    default = None
    if column.default is not None:
        default = columns.default_sql(column.default, ColumnDoc.from_doc(doc), context)
    if default is not None and (not doc["nullable"] or column.default_with_values):
        plan.add(f"ALTER TABLE {table.sql} ADD COLUMN {text} DEFAULT {default}")
        return
    filled = doc["identity"] or doc["computed"] or doc["type"]["name"] == "rowversion"
    if not doc["nullable"] and not filled:
        message = (
            "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT "
            "definition specified, or the column being added is an identity or timestamp column, "
            "or alternatively if none of the previous conditions are satisfied the table must be "
            f"empty to allow addition of this column. Column '{column.name}' cannot be added to "
            f"non-empty table '{table.name}' because it does not satisfy these conditions."
        )
        plan.add(f"SELECT tsql.raise(4901, $1) WHERE EXISTS (SELECT FROM {table.sql})", message)
    plan.add(f"ALTER TABLE {table.sql} ADD COLUMN {text}")
    if default is not None:
        # Rows that exist keep NULL: only WITH VALUES fills a nullable column.
        plan.add(f"ALTER TABLE {table.sql} ALTER COLUMN {quote(column.name)} SET DEFAULT {default}")


def _add_constraint(
    constraint: tree.TableConstraint,
    table: Table,
    plan: DdlPlan,
    context: Context,
    own_column: str | None = None,
) -> None:
    if constraint.kind in ("PRIMARY KEY", "UNIQUE"):
        row = constraints.add_key(constraint, table, context)
        index = table.indexes[-1]
        plan.add(keys.index_sql(table.schema, table.name, table.doc, index, context))
    elif constraint.kind == "CHECK":
        row = constraints.check_row(constraint, table, context, own_column)
        text = constraints.check_sql(row.doc, table, context)
        plan.steps.append(constraints.add_constraint_sql(table, text, valid=constraint.with_check))
    elif constraint.kind == "DEFAULT":
        _add_default(constraint, table, plan, context)
        return
    else:
        row = constraints.reference_row(constraint, table, context)
    plan.steps += tables.row_steps(row, table, valid=constraint.with_check)


def _add_default(
    constraint: tree.TableConstraint, table: Table, plan: DdlPlan, context: Context
) -> None:
    assert constraint.default is not None
    assert constraint.default_column is not None
    name = constraint.default_column
    column = table.column(name)
    if column is None or column["computed"] is not None:
        raise problem(
            1752,
            f"Column '{name}' in table '{table.name}' is invalid for creating a default "
            "constraint.",
            constraint,
        )
    if column["default"] is not None:
        raise problem(1781, "Column already has a DEFAULT bound to it.", constraint)
    if column["identity"] or column["type"]["name"] == "rowversion":
        raise columns.no_default_possible(name, table.name, bool(column["identity"]), constraint)
    column["default"] = columns.default_text(constraint.default)
    row = constraints.default_row(constraint.name, column, table, constraint, context)
    text = columns.default_sql(constraint.default, ColumnDoc.from_doc(column), context)
    plan.add(f"ALTER TABLE {table.sql} ALTER COLUMN {quote(name)} SET DEFAULT {text}")
    plan.steps += tables.row_steps(row, table)


# ---------------------------------------------------------------- DROP


def _drop_column(
    name: str, node: tree.AlterTable, table: Table, plan: DdlPlan, context: Context
) -> None:
    column = table.column(name)
    if column is None:
        if node.if_exists:
            return
        raise no_column("DROP COLUMN", name, table.name, node)
    check_dependents(column, table, node, context)
    if len(table.columns) == 1:
        raise problem(
            4923,
            f"ALTER TABLE DROP COLUMN failed because '{name}' is the only data column in table "
            f"'{table.name}'. A table must have at least one data column.",
            node,
        )
    table.columns.remove(column)
    plan.add(f"ALTER TABLE {table.sql} DROP COLUMN {quote(column['name'])}")


def _drop_constraint(
    name: str, node: tree.AlterTable, table: Table, plan: DdlPlan, context: Context
) -> None:
    found = _constraint(name, table, context)
    if found is None:
        if node.if_exists:
            return
        raise problem(3728, f"'{name}' is not a constraint.", node)
    if found.type in ("PK", "UQ"):
        _drop_key(found, node, table, plan, context)
    elif found.type == "D":
        column = table.column(found.doc["column"])
        assert column is not None
        column["default"] = column["default_name"] = None
        plan.add(f"ALTER TABLE {table.sql} ALTER COLUMN {quote(column['name'])} DROP DEFAULT")
    elif not found.doc["disabled"]:
        plan.add(f"ALTER TABLE {table.sql} DROP CONSTRAINT {quote(found.doc['pg_name'])}")
    plan.steps += objects.delete_objects(found.object_id)


def _constraint(name: str, table: Table, context: Context) -> ObjectDoc | None:
    assert table.found is not None
    found = context.catalog.find(table.schema, name)
    if found is None or found.parent_object_id != table.found.object_id:
        return None
    return found


def _drop_key(
    found: ObjectDoc, node: tree.AlterTable, table: Table, plan: DdlPlan, context: Context
) -> None:
    assert table.found is not None
    wanted = sorted(column for column, _ in found.doc["columns"])
    own = [
        each
        for each in context.catalog.children(table.found.object_id)
        if each.type == "F" and each.doc["references"] == table.found.object_id
    ]
    for reference in [*tables.references_to(table.found, context), *own]:
        if sorted(reference.doc["referenced_columns"]) == wanted:
            child = context.catalog.by_id(reference.parent_object_id)
            raise problem(
                3725,
                f"The constraint '{found.name}' is being referenced by table "
                f"'{child.name if child else ''}', foreign key constraint '{reference.name}'.",
                node,
            )
    index = next(each for each in table.indexes if each["pg_name"] == found.doc["pg_name"])
    table.indexes.remove(index)
    plan.add(keys.drop_index_sql(table.schema, index))


# ---------------------------------------------------------------- CHECK and NOCHECK


def _switch_constraints(
    node: tree.AlterTable, table: Table, plan: DdlPlan, context: Context
) -> None:
    """Disabled constraints leave PostgreSQL and stay in the catalogue."""
    assert table.found is not None
    if node.names:
        chosen: list[ObjectDoc] = []
        for name in node.names:
            found = _constraint(name, table, context)
            if found is None:
                raise problem(4917, f"Constraint '{name}' does not exist.", node)
            if found.type not in ("C", "F"):
                raise problem(
                    11415,
                    f"Object '{name}' cannot be disabled or enabled. This action applies only to "
                    "foreign key and check constraints.",
                    node,
                )
            chosen.append(found)
    else:
        chosen = [
            each
            for each in context.catalog.children(table.found.object_id)
            if each.type in ("C", "F")
        ]
    for found in chosen:
        if node.action == "NOCHECK":
            _disable(found, table, plan)
        else:
            _enable(found, table, plan, context, checked=node.with_check is True)


def _disable(found: ObjectDoc, table: Table, plan: DdlPlan) -> None:
    if not found.doc["disabled"]:
        plan.add(f"ALTER TABLE {table.sql} DROP CONSTRAINT {quote(found.doc['pg_name'])}")
    plan.steps.append(
        objects.update_doc(found.object_id, {**found.doc, "disabled": True, "trusted": False})
    )


def _enable(
    found: ObjectDoc, table: Table, plan: DdlPlan, context: Context, *, checked: bool
) -> None:
    """Back into PostgreSQL; rows that exist are looked at only WITH CHECK."""
    trusted = checked or (not found.doc["disabled"] and found.doc["trusted"])
    if found.doc["disabled"] or (checked and not found.doc["trusted"]):
        if not found.doc["disabled"]:
            plan.add(f"ALTER TABLE {table.sql} DROP CONSTRAINT {quote(found.doc['pg_name'])}")
        if found.type == "C":
            text = constraints.check_sql(found.doc, table, context)
        else:
            target = context.catalog.by_id(found.doc["references"])
            assert target is not None
            text = constraints.reference_sql(found.doc, target.schema, target.name)
        plan.steps.append(constraints.add_constraint_sql(table, text, valid=checked))
    plan.steps.append(
        objects.update_doc(found.object_id, {**found.doc, "disabled": False, "trusted": trusted})
    )


def written_name(table: Table) -> str:
    return f"{table.schema}.{table.name}"
