"""INSERT … EXEC: what a call shows becomes the rows of an INSERT."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...types import MAX, SqlType
from .. import tree
from ..catalog import ColumnDoc
from ..errors import SqlError
from ..parser import parse
from . import calls

if TYPE_CHECKING:
    from .machine import Machine


def insert_result(
    machine: Machine, node: tree.Insert, call: tree.Execute | tree.ExecuteText
) -> None:
    """INSERT … EXEC: the rows come back as JSON in a variable, and are inserted out of it."""
    columns = inserted_columns(machine, node)
    name = f"@result${len(machine.calls)}"
    captured = machine.unit.declare(name, SqlType("nvarchar", MAX), node.line, node.col)
    if isinstance(call, tree.ExecuteText):
        machine.execute_text(call, capture=len(columns))
        given = 2
    else:
        found = machine.resolver.find(call.procedure) if call.procedure is not None else None
        given = calls.through_session(machine, call, found, capture=len(columns))
    machine.out.add(f"{captured.sql} := NULL; IF _in[1] = 'R' THEN")
    machine.out.add(f"{captured.sql} := _in[{given + 1}];")
    shapes = [captured_shape(column.type) for column in columns]
    items = ", ".join(
        f"CONVERT(varbinary(max), c{i}, 1)" if column.type.is_binary else f"c{i}"
        for i, column in enumerate(columns, 1)
    )
    listed = ", ".join(f"c{i} {shape} '$[{i - 1}]'" for i, shape in enumerate(shapes, 1))
    text = f"SELECT {items} FROM OPENJSON({name}) WITH ({listed})"
    query = parse(text).statements[0]
    assert isinstance(query, tree.SelectStatement)
    machine.depth += 1
    machine.statement(replace(node, source=query.query))
    machine.depth -= 1
    machine.out.add("END IF;")


def inserted_columns(machine: Machine, node: tree.Insert) -> list[ColumnDoc]:
    """The columns that an INSERT fills, by its list or in the order of the table."""
    if isinstance(node.target, str):
        variable = machine.unit.table_variable(node.target, node.line, node.col)
        all_columns = variable.columns or []
    else:
        target = machine.unit.catalog.object(node.target)
        if target is None:
            name = ".".join(node.target.parts)
            raise SqlError(208, f"Invalid object name '{name}'.", line=node.line, col=node.col)
        all_columns = target.columns
    if not node.columns:
        return [each for each in all_columns if each.is_writable and each.identity is None]
    known = {each.name.lower(): each for each in all_columns}
    for name in node.columns:
        if name.lower() not in known:
            raise SqlError(207, f"Invalid column name '{name}'.", line=node.line, col=node.col)
    return [known[name.lower()] for name in node.columns]


def captured_shape(type_: SqlType) -> str:
    """The type as which a captured value is read before it is converted to the column's."""
    if type_.name in ("bit", "tinyint", "smallint", "int", "bigint"):
        return "decimal(38, 10)"
    if type_.name in ("datetime", "smalldatetime", "datetime2"):
        return "datetime2(7)"
    if type_.name in ("decimal", "money", "smallmoney", "float", "real", "date", "time"):
        return str(type_)
    return "nvarchar(max)"
