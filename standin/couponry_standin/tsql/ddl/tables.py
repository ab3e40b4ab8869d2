"""CREATE TABLE, table types, DROP TABLE and TRUNCATE TABLE."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..catalog import ColumnDoc, ObjectDoc
from ..errors import NotSupported, SqlError
from ..names import TEMPORARY, quote
from . import columns, constraints, keys, objects
from .constraints import Row, Table
from .plan import Context, DdlPlan, Sql
from .problems import name_taken, not_dropped, not_found, problem, written


def create_table(node: tree.CreateTable, context: Context) -> DdlPlan:
    schema, name = objects.new_name(node.name, context.catalog)
    if context.catalog.find(schema, name) is not None:
        raise name_taken(name, node)
    table = Table(schema, name, {"columns": [], "indexes": []})
    plan = DdlPlan(steps=objects.schema_steps(schema))
    computed = define_columns(node.definition, table, plan, context)
    rows = define_constraints(node.definition, table, context)
    defaults = _defaults(node.definition, table, context)
    lines = [_column_line(each, computed.get(each["name"]), defaults) for each in table.columns]
    lines += [constraints.check_sql(row.doc, table, context) for row in rows if row.type == "C"]
    plan.add(f"CREATE TABLE {table.sql} (\n    " + ",\n    ".join(lines) + "\n)")
    for index in table.indexes:
        plan.add(keys.index_sql(schema, name, table.doc, index, context))
    plan.steps.append(objects.insert_object(schema, name, "U", table.doc))
    if schema != TEMPORARY:
        plan.add("SELECT tsql.mark_writers($1, $2)", schema, name)
    for row in rows:
        plan.steps += row_steps(row, table)
    return plan


def temporary_table(node: tree.CreateTable, context: Context) -> ObjectDoc:
    """What a text knows of the temporary table that it makes, before it has made it."""
    schema, name = objects.new_name(node.name, context.catalog)
    table = Table(schema, name, {"columns": [], "indexes": []})
    define_columns(node.definition, table, DdlPlan(), context)
    define_constraints(node.definition, table, context)
    return ObjectDoc(0, schema, name, "U", table.doc)


def row_steps(row: Row, table: Table, *, valid: bool = True) -> list[Sql]:
    """A constraint's catalogue row, after a foreign key's PostgreSQL constraint."""
    insert = objects.insert_child(
        table.schema, row.name, row.type, table.name, row.doc, row.references
    )
    if row.references is None:
        return [insert]
    text = constraints.reference_sql(row.doc, *row.references)
    return [constraints.add_constraint_sql(table, text, valid=valid), insert]


def _defaults(definition: tree.TableDefinition, table: Table, context: Context) -> dict[str, str]:
    """Compiled defaults by column name."""
    compiled: dict[str, str] = {}
    for column in definition.columns:
        if column.default is not None:
            doc = table.column(column.name)
            assert doc is not None
            compiled[doc["name"]] = columns.default_sql(
                column.default, ColumnDoc.from_doc(doc), context
            )
    return compiled


def _column_line(doc: dict[str, Any], generated: str | None, defaults: dict[str, str]) -> str:
    text = columns.column_sql(doc, generated)
    default = defaults.get(doc["name"])
    return text if default is None else f"{text} DEFAULT {default}"


# ---------------------------------------------------------------- definitions


def define_columns(
    definition: tree.TableDefinition, table: Table, plan: DdlPlan, context: Context
) -> dict[str, str]:
    """Fill the table's columns; returns how the computed ones are generated, by name."""
    _check_columns(definition, table.name)
    primary = _primary_columns(definition)
    entries: dict[int, dict[str, Any]] = {}
    for column_id, column in enumerate(definition.columns, 1):
        if column.computed is None:
            doc = columns.plain_column(column, column_id, table.name, context)
            if column.name.lower() in primary and column.nullable is None:
                doc["nullable"] = False
            entries[column_id] = doc
    plain = [ColumnDoc.from_doc(entries[each]) for each in sorted(entries)]
    computed: dict[str, str] = {}
    siblings = plain
    for column_id, column in enumerate(definition.columns, 1):
        if column.computed is not None:
            doc, text, function = columns.computed_column(
                column, column_id, table.name, siblings, context
            )
            if function is not None:
                plan.steps.append(function)
            if column.name.lower() in primary:
                doc["nullable"] = False
            entries[column_id] = doc
            computed[column.name] = text
            siblings = [*siblings, ColumnDoc.from_doc(doc)]
    table.doc["columns"] = [entries[each] for each in sorted(entries)]
    table.doc["max_column_id"] = len(entries)
    return computed


def _check_columns(definition: tree.TableDefinition, table: str) -> None:
    seen: set[str] = set()
    identities = rowversions = 0
    for column in definition.columns:
        if column.name.lower() in seen:
            raise problem(
                2705,
                "Column names in each table must be unique. Column name "
                f"'{column.name}' in table '{table}' is specified more than once.",
                column,
            )
        seen.add(column.name.lower())
        identities += column.identity is not None
        rowversions += column.type is not None and column.type.name == "rowversion"
        check_single(identities, rowversions, column, table)


def check_single(
    identities: int, rowversions: int, column: tree.ColumnDefinition, table: str
) -> None:
    """A table has at most one identity and one rowversion column."""
    if identities > 1:
        raise problem(
            2744,
            f"Multiple identity columns specified for table '{table}'. Only one identity column "
            "per table is allowed.",
            column,
        )
    if rowversions > 1:
        raise problem(
            2738,
            f"A table can only have one timestamp column. Because table '{table}' already has "
            f"one, the column '{column.name}' cannot be added.",
            column,
        )


def _primary_columns(definition: tree.TableDefinition) -> set[str]:
    """The columns of the primary key, lower case: they are NOT NULL unless they say NULL."""
    found: set[str] = set()
    written_at = [each for column in definition.columns for each in column.constraints]
    for constraint in [*written_at, *definition.constraints]:
        if constraint.kind == "PRIMARY KEY":
            found.update(
                item.expr.name.last.lower()
                for item in constraint.columns
                if isinstance(item.expr, tree.Column)
            )
    return found


def define_constraints(
    definition: tree.TableDefinition, table: Table, context: Context
) -> list[Row]:
    """Defaults, keys, checks, foreign keys and indexes; indexes go into the table's entry."""
    rows: list[Row] = []
    all_constraints: list[tuple[tree.TableConstraint, str | None]] = []
    for column in definition.columns:
        if column.default is not None:
            doc = table.column(column.name)
            assert doc is not None
            rows.append(constraints.default_row(column.default_name, doc, table, column, context))
        all_constraints += [(each, column.name) for each in column.constraints]
    all_constraints += [(each, None) for each in definition.constraints]
    # A clustered key claims index 1 before a primary key without the word takes it.
    explicit = [each for each, _ in all_constraints if each.clustered]
    if explicit or any(each.clustered for each in definition.indexes):
        for each, _ in all_constraints:
            if each.kind == "PRIMARY KEY" and each.clustered is None:
                each.clustered = False
    for wanted in (("PRIMARY KEY",), ("UNIQUE",), ("CHECK",)):
        for constraint, own_column in all_constraints:
            if constraint.kind in wanted:
                rows.append(_row(constraint, own_column, table, context))
    for index in definition.indexes:
        table.indexes.append(keys.user_index(index, table.name, table.doc, table.name))
    for constraint, own_column in all_constraints:
        if constraint.kind == "FOREIGN KEY":
            rows.append(_row(constraint, own_column, table, context))
    return rows


def _row(
    constraint: tree.TableConstraint, own_column: str | None, table: Table, context: Context
) -> Row:
    if constraint.kind in ("PRIMARY KEY", "UNIQUE"):
        return constraints.add_key(constraint, table, context)
    if constraint.kind == "CHECK":
        return constraints.check_row(constraint, table, context, own_column)
    return constraints.reference_row(constraint, table, context)


def table_type_doc(
    node: tree.CreateType, name: str, schema: str, context: Context
) -> dict[str, Any]:
    """The entry of a table type: columns and keys, as those of a table."""
    assert node.table is not None
    for column in node.table.columns:
        if column.computed is not None:
            raise NotSupported("a computed column in a table type", column.line, column.col)
        for constraint in column.constraints:
            _check_type_constraint(constraint)
    for constraint in node.table.constraints:
        _check_type_constraint(constraint)
    table = Table(schema, name, {"columns": [], "indexes": []})
    define_columns(node.table, table, DdlPlan(), context)
    define_constraints(node.table, table, context)
    return table.doc


def _check_type_constraint(constraint: tree.TableConstraint) -> None:
    if constraint.name is not None:
        raise problem(102, f"Incorrect syntax near '{constraint.name}'.", constraint, severity=15)
    if constraint.kind == "CHECK":
        raise NotSupported("CHECK in a table type", constraint.line, constraint.col)
    if constraint.kind == "FOREIGN KEY":
        raise problem(
            1766,
            "Foreign key references to temporary tables and table types are not supported.",
            constraint,
        )


# ---------------------------------------------------------------- DROP and TRUNCATE


def references_to(found: ObjectDoc, context: Context) -> list[ObjectDoc]:
    """Foreign keys of other tables that point here."""
    return [
        each
        for each in context.catalog.objects("F")
        if each.doc["references"] == found.object_id and each.parent_object_id != found.object_id
    ]


def drop_tables(node: tree.Drop, context: Context) -> DdlPlan:
    plan = DdlPlan()
    gone: set[int] = set()
    for name in node.names:
        found = context.catalog.object(name)
        if found is None:
            if node.if_exists:
                continue
            raise not_dropped("table", written(name), name)
        if found.type != "U":
            raise wrong_kind(name, "TABLE", found)
        for reference in references_to(found, context):
            if reference.parent_object_id not in gone:
                raise problem(
                    3726,
                    f"Could not drop object '{written(name)}' because it is referenced by a "
                    "FOREIGN KEY constraint.",
                    name,
                )
        gone.add(found.object_id)
        plan.add(f"DROP TABLE {quote(found.schema)}.{quote(found.name)}")
        plan.steps += objects.delete_objects(found.object_id)
    return plan


_KINDS = {
    "U": ("a table", "TABLE"),
    "V": ("a view", "VIEW"),
    "P": ("a procedure", "PROCEDURE"),
    "IF": ("a function", "FUNCTION"),
    "FN": ("a function", "FUNCTION"),
    "TF": ("a function", "FUNCTION"),
    "SO": ("a sequence", "SEQUENCE"),
}


def wrong_kind(name: tree.Name, kind: str, found: ObjectDoc) -> SqlError:
    """3705: DROP TABLE of a view and the like."""
    what, better = _KINDS.get(found.type, ("another object", ""))
    hint = f" Use DROP {better}." if better else ""
    return problem(
        3705,
        f"Cannot use DROP {kind} with '{written(name)}' because '{written(name)}' is {what}.{hint}",
        name,
    )


def truncate(node: tree.Truncate, context: Context) -> DdlPlan:
    found = context.catalog.object(node.table)
    if found is None or found.type != "U":
        raise not_found(4701, written(node.table), node)
    if references_to(found, context):
        raise problem(
            4712,
            f"Cannot truncate table '{written(node.table)}' because it is being referenced by a "
            "FOREIGN KEY constraint.",
            node,
        )
    plan = DdlPlan()
    # T-SQL sets an identity back to its seed.
    plan.add(f"TRUNCATE TABLE {quote(found.schema)}.{quote(found.name)} RESTART IDENTITY")
    return plan
