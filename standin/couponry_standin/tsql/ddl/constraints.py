"""Constraints: keys, checks, defaults and foreign keys as catalogue rows and PostgreSQL text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from .. import tree
from ..catalog import ColumnDoc, ObjectDoc, type_from_doc
from ..compiler import walk
from ..errors import NotSupported
from ..names import TEMPORARY, quote, schema_of
from ..unparse import definition, read_condition
from . import cascades, keys
from .columns import check_scalar
from .plan import Context, Sql
from .problems import name_taken, problem, written


@dataclass(slots=True)
class Table:
    """A table while a definition changes it: ``doc`` as it will be stored."""

    schema: str
    name: str
    doc: dict[str, Any]
    found: ObjectDoc | None = None
    """the table as it is, None while it is being made"""
    taken: set[str] = field(default_factory=set[str])
    """names of constraints made by the same statement, lower case"""
    cascades: cascades.Edges = field(default_factory=list[cascades.Edge])
    """what the foreign keys made by the same statement do"""

    @property
    def sql(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def columns(self) -> list[dict[str, Any]]:
        return self.doc["columns"]

    @property
    def indexes(self) -> list[dict[str, Any]]:
        return self.doc["indexes"]

    @property
    def docs(self) -> list[ColumnDoc]:
        return [ColumnDoc.from_doc(each) for each in self.columns]

    @property
    def primary(self) -> dict[str, Any] | None:
        return next((each for each in self.indexes if each["primary"]), None)

    def column(self, name: str) -> dict[str, Any] | None:
        return keys.find_column(self.columns, name)


@dataclass(frozen=True, slots=True)
class Row:
    """A constraint's row in the catalogue."""

    name: str
    type: str
    doc: dict[str, Any]
    references: tuple[str, str] | None = None


# ---------------------------------------------------------------- names


def constraint_name(
    given: str | None, kind: str, table: Table, detail: str, node: tree.Node, context: Context
) -> tuple[str, bool]:
    """The constraint's name and whether the system chose it; error 2714 when it is taken."""
    name, tried = given or _system_name(kind, table, detail, 0), 0
    while given is None and context.catalog.find(table.schema, name) is not None:
        # A table that had this name before has taken its constraints along.
        tried += 1
        name = _system_name(kind, table, detail, tried)
    known = None
    if given is not None or table.schema != TEMPORARY:
        known = context.catalog.find(table.schema, name)
    taken = name.lower() in table.taken or known is not None
    if taken or name.lower() == table.name.lower():
        raise name_taken(name, node)
    table.taken.add(name.lower())
    return name, given is None


def _system_name(kind: str, table: Table, detail: str, tried: int) -> str:
    """Names of SQL Server's shape, such as ``PK__Coupons__3214EC0712AB34CD``."""
    digest = hashlib.md5(
        f"{table.schema}.{table.name}.{kind}.{detail}.{len(table.taken) + tried}".lower().encode(),
        usedforsecurity=False,
    ).hexdigest()
    short = table.name[:9]
    if kind in ("PK", "UQ"):
        return f"{kind}__{short}__{digest[:16].upper()}"
    return f"{kind}__{short}__{detail[:5]}__{digest[:8].upper()}"


# ---------------------------------------------------------------- keys


def add_key(constraint: tree.TableConstraint, table: Table, context: Context) -> Row:
    """PRIMARY KEY or UNIQUE: an entry in the table's indexes, and the constraint's row."""
    primary = constraint.kind == "PRIMARY KEY"
    columns = keys.key_columns(constraint.columns, table.columns, table.name, constraint)
    if primary:
        _check_primary(constraint, columns, table)
    clustered = constraint.clustered
    if clustered is None:
        clustered = primary and not any(each["clustered"] for each in table.indexes)
    elif clustered:
        keys.check_clustered(table.indexes, table.name, constraint)
    detail = "_".join(name for name, _ in columns)
    kind = "PK" if primary else "UQ"
    name, system = constraint_name(constraint.name, kind, table, detail, constraint, context)
    entry = keys.index_entry(
        name,
        table.name,
        columns,
        index_id=keys.next_index_id(table.indexes, clustered),
        unique=True,
        clustered=clustered,
        primary=primary,
        unique_constraint=not primary,
    )
    table.indexes.append(entry)
    doc = {
        "columns": entry["columns"],
        "system_named": system,
        "index_id": entry["index_id"],
        "pg_name": entry["pg_name"],
    }
    return Row(name, kind, doc)


def _check_primary(
    constraint: tree.TableConstraint, columns: keys.KeyColumns, table: Table
) -> None:
    if table.primary is not None:
        if table.found is None:
            message = f"Cannot add multiple PRIMARY KEY constraints to table '{table.name}'."
            raise problem(8110, message, constraint)
        message = f"Table '{table.name}' already has a primary key defined on it."
        raise problem(1779, message, constraint)
    for name, _ in columns:
        column = table.column(name)
        if column is not None and column["nullable"]:
            raise problem(
                8111,
                f"Cannot define PRIMARY KEY constraint on nullable column in table '{table.name}'.",
                constraint,
            )


# ---------------------------------------------------------------- checks


def check_row(
    constraint: tree.TableConstraint,
    table: Table,
    context: Context,
    own_column: str | None = None,
) -> Row:
    """``own_column``: a check written at a column may name no other."""
    assert constraint.check is not None
    check_scalar(constraint.check)
    detail = own_column or ""
    for column in walk.columns(constraint.check):
        name = column.name.last
        if own_column is not None and name.lower() != own_column.lower():
            raise problem(
                8141,
                f"Column CHECK constraint for column '{own_column}' references another column, "
                f"table '{table.name}'.",
                column,
            )
    name, system = constraint_name(constraint.name, "CK", table, detail, constraint, context)
    doc = {
        "definition": definition(constraint.check),
        "system_named": system,
        "trusted": constraint.with_check,
        "disabled": False,
        "pg_name": keys.pg_name(table.name, name),
        "column": own_column,
    }
    return Row(name, "C", doc)


def check_sql(row_doc: dict[str, Any], table: Table, context: Context) -> str:
    """``CONSTRAINT … CHECK (…)``: UNKNOWN passes in both languages."""
    condition = context.scalar(read_condition(row_doc["definition"]), table.docs, None)
    return f"CONSTRAINT {quote(row_doc['pg_name'])} CHECK ({condition.sql})"


# ---------------------------------------------------------------- defaults


def default_row(
    given: str | None, column: dict[str, Any], table: Table, node: tree.Node, context: Context
) -> Row:
    """The row of a column's default; its name goes into the column's entry."""
    name, system = constraint_name(given, "DF", table, column["name"], node, context)
    column["default_name"] = name
    doc = {"column": column["name"], "definition": column["default"], "system_named": system}
    return Row(name, "D", doc)


# ---------------------------------------------------------------- foreign keys


def reference_row(constraint: tree.TableConstraint, table: Table, context: Context) -> Row:
    assert constraint.references is not None
    if table.schema == TEMPORARY:
        raise NotSupported("a foreign key of a temporary table", constraint.line, constraint.col)
    first = constraint.columns[0].expr if constraint.columns else None
    detail = first.name.last if isinstance(first, tree.Column) else ""
    name, system = constraint_name(constraint.name, "FK", table, detail, constraint, context)
    own: list[dict[str, Any]] = []
    for item in constraint.columns:
        assert isinstance(item.expr, tree.Column)
        column = table.column(item.expr.name.last)
        if column is None:
            raise problem(
                1769,
                f"Foreign key '{name}' references invalid column '{item.expr.name.last}' in "
                f"referencing table '{table.name}'.",
                item,
            )
        own.append(column)
    target = _referenced_table(constraint, name, table, context)
    others = _referenced_columns(constraint, name, target)
    if len(own) != len(others):
        raise problem(
            8139,
            "Number of referencing columns in foreign key differs from number of referenced "
            f"columns, table '{table.name}'.",
            constraint,
        )
    for mine, other in zip(own, others, strict=True):
        _check_pair(name, table, mine, target, other, constraint)
    _check_actions(name, own, constraint)
    doc = {
        "columns": [each["name"] for each in own],
        "references": target.found.object_id if target.found is not None else 0,
        "referenced_columns": [each["name"] for each in others],
        "on_delete": constraint.on_delete or "NO ACTION",
        "on_update": constraint.on_update or "NO ACTION",
        "trusted": constraint.with_check,
        "disabled": False,
        "system_named": system,
        "pg_name": keys.pg_name(table.name, name),
    }
    places = (table.schema, table.name), (target.schema, target.name)
    table.cascades += cascades.check(
        name, *places, doc, context.catalog, table.cascades, constraint
    )
    return Row(name, "F", doc, (target.schema, target.name))


def _check_actions(name: str, own: list[dict[str, Any]], constraint: tree.TableConstraint) -> None:
    """1761, 1762: no action can give a column what it does not take, or does not have."""
    actions = (constraint.on_delete, constraint.on_update)
    strict = [each for each in own if not each["nullable"]]
    if "SET NULL" in actions and strict:
        raise problem(
            1761,
            f'Cannot create the foreign key "{name}" with the SET NULL referential action, because'
            " one or more referencing columns are not nullable.",
            constraint,
            state=0,
        )
    if "SET DEFAULT" in actions and any(each["default"] is None for each in strict):
        raise problem(
            1762,
            f'Cannot create the foreign key "{name}" with the SET DEFAULT referential action,'
            " because one or more referencing not-nullable columns lack a default constraint.",
            constraint,
            state=0,
        )


def _referenced_table(
    constraint: tree.TableConstraint, name: str, table: Table, context: Context
) -> Table:
    wanted = constraint.references
    assert wanted is not None
    if (schema_of(wanted).lower(), wanted.last.lower()) == (
        table.schema.lower(),
        table.name.lower(),
    ):
        return table
    found = context.catalog.object(wanted)
    if found is None or found.type != "U":
        raise problem(
            1767,
            f"Foreign key '{name}' references invalid table '{written(wanted)}'.",
            constraint,
            state=0,
        )
    return Table(found.schema, found.name, found.doc, found)


def _referenced_columns(
    constraint: tree.TableConstraint, name: str, target: Table
) -> list[dict[str, Any]]:
    """The referenced columns, which must be a key of their table."""
    names = constraint.referenced_columns
    if not names:
        if target.primary is None:
            raise problem(
                1773,
                f"Foreign key '{name}' has implicit reference to object '{target.name}' which "
                "does not have a primary key defined on it.",
                constraint,
            )
        names = [column for column, _ in target.primary["columns"]]
    columns: list[dict[str, Any]] = []
    for each in names:
        column = target.column(each)
        if column is None:
            raise problem(
                1770,
                f"Foreign key '{name}' references invalid column '{each}' in referenced table "
                f"'{target.name}'.",
                constraint,
            )
        columns.append(column)
    asked = written(constraint.references) if constraint.references is not None else target.name
    wanted = sorted(column["name"] for column in columns)
    for index in target.indexes:
        key = sorted(column for column, _ in index["columns"])
        if index["unique"] and index["filter"] is None and key == wanted:
            return columns
    raise problem(
        1776,
        f"There are no primary or candidate keys in the referenced table '{asked}' that "
        f"match the referencing column list in the foreign key '{name}'.",
        constraint,
        state=0,
    )


def _check_pair(
    name: str,
    table: Table,
    mine: dict[str, Any],
    target: Table,
    other: dict[str, Any],
    node: tree.TableConstraint,
) -> None:
    left, right = type_from_doc(mine["type"]), type_from_doc(other["type"])
    asked = written(node.references) if node.references is not None else target.name
    pair = (
        f"Column '{asked}.{other['name']}' is not the {{}} as referencing column "
        f"'{table.name}.{mine['name']}' in foreign key '{name}'."
    )
    if left.name != right.name:
        raise problem(1778, pair.format("same data type"), node, state=0)
    if (left.length, left.precision, left.scale) != (right.length, right.precision, right.scale):
        message = pair.format("same length or scale") + (
            " Columns participating in a foreign key relationship must be defined with the same "
            "length and scale."
        )
        raise problem(1753, message, node, state=0)
    if (left.collation or "").upper() != (right.collation or "").upper():
        raise problem(1757, pair.format("same collation"), node, state=0)
    if not keys.is_plain(ColumnDoc.from_doc(other)):
        raise NotSupported(
            f"a foreign key on columns of type {left.name} with the collation {left.collation}"
            if left.is_string
            else f"a foreign key on columns of type {left.name}",
            node.line,
            node.col,
        )


def reference_sql(row_doc: dict[str, Any], target_schema: str, target_name: str) -> str:
    """``CONSTRAINT … FOREIGN KEY …``."""
    own = ", ".join(quote(each) for each in row_doc["columns"])
    others = ", ".join(quote(each) for each in row_doc["referenced_columns"])
    return (
        f"CONSTRAINT {quote(row_doc['pg_name'])} FOREIGN KEY ({own})"
        f" REFERENCES {quote(target_schema)}.{quote(target_name)} ({others})"
        f" ON DELETE {row_doc['on_delete']} ON UPDATE {row_doc['on_update']}"
    )


def add_constraint_sql(table: Table, constraint_text: str, *, valid: bool = True) -> Sql:
    suffix = "" if valid else " NOT VALID"
    return Sql(f"ALTER TABLE {table.sql} ADD {constraint_text}{suffix}")
