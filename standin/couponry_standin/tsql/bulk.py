"""Bulk loads as T-SQL: an INSERT from a table of the rows that the client sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..types import MAX, SqlType
from . import tree
from .catalog import Catalog, ObjectDoc, type_to_doc
from .compiler.table_types import TABLE, row_pg
from .errors import NotSupported, SqlError
from .parser import parse
from .plan import PlanParameter
from .unparse import bracket, type_text

ROWS = "@rows"
_OBJECT_ID = -1
_SCHEMA, _NAME = "sys", "bulk rows"
_LONG = {"text": "varchar", "ntext": "nvarchar", "image": "varbinary"}


def target(node: tree.InsertBulk, catalog: Catalog) -> ObjectDoc:
    """The table of a bulk load, once its name and its columns are known to exist."""
    found = catalog.object(node.target)
    if found is None or found.type != "U":
        name = ".".join(node.target.parts)
        raise SqlError(208, f"Invalid object name '{name}'.", line=node.line, col=node.col)
    known = {column.name.lower() for column in found.columns}
    for name in node.columns:
        if name.lower() not in known:
            raise SqlError(207, f"Invalid column name '{name}'.", line=node.line, col=node.col)
    return found


def row_table(types: Sequence[SqlType]) -> ObjectDoc:
    """The type of the table in which the rows travel: columns c1, c2 …"""
    columns = [
        {"name": f"c{position}", "type": type_to_doc(_kept(type_)), "nullable": True}
        for position, type_ in enumerate(types, 1)
    ]
    return ObjectDoc(_OBJECT_ID, _SCHEMA, _NAME, TABLE, {"columns": columns}, is_local=True)


def _kept(type_: SqlType) -> SqlType:
    if type_.name == "sql_variant":
        raise NotSupported("sql_variant in a bulk load", 1, 1)
    if type_.name == "null":
        return SqlType("nvarchar", 1)
    return SqlType(_LONG[type_.name], MAX) if type_.name in _LONG else type_


def parameter(rows: ObjectDoc) -> PlanParameter:
    type_ = SqlType("table", table=f"{rows.schema}.{rows.name}")
    return PlanParameter(ROWS, type_, row_pg=row_pg(rows))


def batch(node: tree.InsertBulk, found: ObjectDoc, with_nulls: Collection[int]) -> tree.Batch:
    """The INSERT; ``with_nulls`` are the positions of columns in which there is a NULL."""
    columns = {column.name.lower(): column for column in found.columns}
    items: list[str] = []
    for position, name in enumerate(node.columns):
        column = columns[name.lower()]
        item = f"[c{position + 1}]"
        if column.default is not None and not node.keep_nulls and position in with_nulls:
            default = f"CAST({column.default} AS {type_text(column.type)})"
            item = f"CASE WHEN {item} IS NULL THEN {default} ELSE {item} END"
        items.append(item)
    hint = " WITH (TABLOCK)" if node.table_lock else ""
    names = bracket(tree.Name(1, 1, tuple(node.columns))).replace("].[", "], [")
    made = parse(
        f"INSERT INTO {bracket(node.target)}{hint} ({names}) SELECT {', '.join(items)} FROM {ROWS}"
    )
    [insert] = made.statements
    assert isinstance(insert, tree.Insert)
    insert.keep_identity = True
    return made
