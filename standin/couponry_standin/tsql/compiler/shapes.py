"""What the catalogue keeps of views, functions and the expressions of tables."""

from __future__ import annotations

from typing import Any

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, ColumnDoc, type_to_doc
from ..conversion import store
from ..ddl.plan import Scalar
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import Typed, column_pg_type
from . import side_effects
from .expressions import Expressions
from .parameters import parameter_docs, value_type
from .queries import Queries
from .scope import BoundColumn, BoundSource, Scope
from .unit import Unit


def columns_of(query: tree.Query, names: list[str], unit: Unit) -> list[dict[str, Any]]:
    """The column docs of a view or an inline function."""
    compiled = Queries(unit, Expressions(unit)).query(query, None)
    chosen = names or [column.name for column in compiled.columns]
    module = unit.name.rpartition(".")[2]
    if len(chosen) != len(compiled.columns):
        more = len(chosen) > len(compiled.columns)
        raise SqlError(
            8158 if more else 8159,
            f"'{module}' has {'fewer' if more else 'more'} columns than were specified in the"
            " column list.",
        )
    docs: list[dict[str, Any]] = []
    for index, (name, column) in enumerate(zip(chosen, compiled.columns, strict=True), 1):
        if not name:
            raise SqlError(
                4511,
                f"Create View or Function failed because no column name was specified for column"
                f" {index}.",
            )
        if name.lower() in (each["name"].lower() for each in docs):
            raise SqlError(
                4506,
                f"Column names in each view or function must be unique. Column name '{name}' in"
                f" view or function '{module}' is specified more than once.",
            )
        docs.append(
            {
                "name": name,
                "column_id": index,
                "type": type_to_doc(column.type),
                "nullable": column.nullable,
                "identity": None,
                "computed": None,
                "persisted": False,
                "default": None,
                "default_name": None,
                "pg": column.pg,
            }
        )
    return docs


def view_doc(node: tree.CreateView, full_name: str, catalog: Catalog) -> dict[str, Any]:
    assert node.query is not None
    unit = Unit(catalog, full_name, procedural=False, chained=True)
    return {"columns": columns_of(node.query, node.columns, unit)}


def function_doc(node: tree.CreateFunction, full_name: str, catalog: Catalog) -> dict[str, Any]:
    """The doc of an inline table function (``query``) or a scalar function (``returns``)."""
    docs = parameter_docs(node.parameters, catalog)
    if node.table is not None:
        return {"parameters": docs, "columns": []}
    if node.query is None:
        assert node.returns is not None
        return {"parameters": docs, "returns": type_to_doc(node.returns)}
    side_effects.check(node)
    unit = Unit(catalog, full_name, procedural=False, chained=True)
    for parameter in node.parameters:
        found = unit.declare(
            parameter.name, value_type(parameter, catalog), parameter.line, parameter.col
        )
        found.sql = f"NULL::{found.pg}"
    return {"parameters": docs, "columns": columns_of(node.query, [], unit)}


def table_scalar(catalog: Catalog) -> Scalar:
    """The compiler of defaults, computed columns, checks and filters that definitions use.

    ``target`` None asks for the value or condition as it is. Column names stay unqualified.
    """

    def scalar(expr: tree.Expr, columns: list[ColumnDoc], target: SqlType | None) -> Typed:
        unit = Unit(catalog, procedural=False, chained=True)
        expressions = Expressions(unit)
        Queries(unit, expressions)
        source = BoundSource(
            "_t",
            [
                BoundColumn(
                    column.name,
                    Typed(quote(column.name), column.type, column.pg, column.nullable, "implicit"),
                )
                for column in columns
            ],
        )
        scope = Scope(None, [source])
        typed = expressions.any(expr, scope)
        if scope.aggregates_seen:
            raise NotSupported("an aggregate in a definition of a table", expr.line, expr.col)
        if target is None:
            return typed
        sql = store(typed, target, "", "", line=expr.line, col=expr.col)
        return Typed(sql, target, column_pg_type(target), typed.nullable)

    return scalar
