"""User-defined types: alias types, and table types of variables and READONLY parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, ObjectDoc, type_from_doc
from ..errors import SqlError
from ..names import variable
from ..plan import PlanParameter
from ..unparse import read_value
from .rows import table_row_type
from .unit import VariableInfo

if TYPE_CHECKING:
    from .body import Body

TABLE, ALIAS = "TT", "AL"
"""The kinds of user-defined types, as the catalogue has them."""


def user_type(catalog: Catalog, name: tree.Name) -> ObjectDoc:
    found = catalog.object(name)
    if found is None or found.type not in (TABLE, ALIAS):
        raise SqlError(
            2715,
            f"Column, parameter, or variable #1: Cannot find data type {'.'.join(name.parts)}.",
            state=3,
            line=name.line,
            col=name.col,
        )
    return found


def type_of(found: ObjectDoc) -> SqlType:
    """The type of values: the base of an alias type, or a table of that name."""
    if found.type == ALIAS:
        return type_from_doc(found.doc["base"])
    return SqlType("table", table=found.full_name)


def row_pg(found: ObjectDoc) -> str:
    """The PostgreSQL type in which a table of this type travels."""
    return f"{table_row_type(found.columns).name}[]"


# ---------------------------------------------------------------- variables


def declare(body: Body, item: tree.DeclareItem) -> SqlType | None:
    """Declare a variable of a table type, or give the base of an alias type."""
    assert item.type_name is not None
    found = user_type(body.unit.catalog, item.type_name)
    if found.type == ALIAS:
        return type_of(found)
    if item.value is not None:
        raise SqlError(102, "Incorrect syntax near '='.", severity=15, line=item.line, col=item.col)
    if item.name.lower() in body.unit.variables:
        body.unit.declare(item.name, SqlType("int"), item.line, item.col)
    add(body, item.name, found)
    return None


def declare_parameter(body: Body, parameter: PlanParameter) -> None:
    """A table-valued parameter is a table variable that nobody changes."""
    assert parameter.type.table is not None
    schema, _, name = parameter.type.table.partition(".")
    found = user_type(body.unit.catalog, tree.Name(1, 1, (schema, name)))
    add(body, parameter.name, found).readonly = True


def add(body: Body, name: str, found: ObjectDoc) -> VariableInfo:
    body.unit.use(found)
    columns = found.columns
    row = table_row_type(columns)
    body.composites[row.name] = row
    keys = [
        ("PRIMARY KEY" if each["primary"] else "UNIQUE KEY", [key[0] for key in each["columns"]])
        for each in found.doc.get("indexes", [])
        if each["unique"]
    ]
    identity = next(
        ((column.name, *column.identity) for column in columns if column.identity), None
    )
    defaults = {
        column.name.lower(): read_value(column.default)
        for column in columns
        if column.default is not None
    }
    info = VariableInfo(name, None, variable(name), row.name, columns, keys, identity, defaults)
    info.table_type = found.full_name
    body.unit.variables[name.lower()] = info
    body.unit.extra(f"{variable(name + '$new')} {row.name}[]")
    if identity is not None:
        body.unit.extra(f"{variable(name + '$identity')} int8 := {identity[1] - identity[2]}")
    return info


# ---------------------------------------------------------------- arguments


def argument(body: Body, expr: tree.Expr) -> VariableInfo | None:
    """The table variable that an argument passes on; None for a value."""
    if not isinstance(expr, tree.Variable):
        return None
    found = body.unit.variables.get(expr.name.lower())
    return found if found is not None and found.columns is not None else None


def check_argument(given: str, wanted: str, node: tree.Node) -> None:
    """206: a table fits only where its own type is expected."""
    if given.lower() != wanted.lower():
        raise SqlError(
            206,
            f"Operand type clash: {given.rpartition('.')[2]} is incompatible with"
            f" {wanted.rpartition('.')[2]}",
            state=2,
            line=node.line,
            col=node.col,
        )


def check_writable(info: VariableInfo, node: tree.Node) -> None:
    if info.readonly:
        raise SqlError(
            10700,
            f'The table-valued parameter "{info.name}" is READONLY and cannot be modified.',
            line=node.line,
            col=node.col,
        )
