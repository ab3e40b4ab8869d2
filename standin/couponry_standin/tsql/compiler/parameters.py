"""The parameters of modules: as the catalogue describes them, and as a plan takes them."""

from __future__ import annotations

from typing import Any

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, ObjectDoc, type_to_doc
from ..errors import NotSupported, SqlError
from ..plan import PlanParameter
from .table_types import TABLE, row_pg, type_of, user_type


def constant_text(expr: tree.Expr) -> str | None:
    """The text form of a parameter's default, which T-SQL wants to be a constant."""
    if isinstance(expr, tree.Unary) and expr.op in ("-", "+"):
        inner = constant_text(expr.operand) or ""
        return f"-{inner}" if expr.op == "-" else inner
    if isinstance(expr, tree.Literal):
        if expr.kind == "null":
            return None
        return "\\x" + expr.value if expr.kind == "binary" else expr.value
    if isinstance(expr, tree.Column) and len(expr.name.parts) == 1:
        return expr.name.last
    raise NotSupported("a parameter default that is not a constant", expr.line, expr.col)


def parameter_docs(parameters: list[tree.Parameter], catalog: Catalog) -> list[dict[str, Any]]:
    docs: list[dict[str, Any]] = []
    for each in parameters:
        found = user_type_of(each, catalog)
        type_ = type_of(found) if found is not None else each.type
        assert type_ is not None
        doc: dict[str, Any] = {
            "name": each.name,
            "type": type_to_doc(type_),
            "output": each.output,
            "has_default": each.default is not None or type_.table is not None,
            "default_value": constant_text(each.default) if each.default else None,
        }
        if found is not None:
            doc["type_id"] = found.object_id
        docs.append(doc)
    return docs


def plan_parameters(
    parameters: list[tree.Parameter], catalog: Catalog | None = None
) -> list[PlanParameter]:
    """``catalog`` None: only built-in types have a meaning."""
    plan: list[PlanParameter] = []
    for each in parameters:
        if each.type is None and catalog is None:
            raise NotSupported("a user-defined type here", each.line, each.col)
        found = user_type_of(each, catalog) if catalog is not None else None
        type_ = type_of(found) if found is not None else each.type
        assert type_ is not None
        is_table = type_.table is not None
        plan.append(
            PlanParameter(
                each.name,
                type_,
                each.output,
                each.default is not None or is_table,
                constant_text(each.default) if each.default is not None else None,
                row_pg(found) if found is not None and is_table else "",
            )
        )
    return plan


def user_type_of(node: tree.Parameter, catalog: Catalog) -> ObjectDoc | None:
    """The user-defined type of a parameter; a table has to be READONLY, and nothing else may be."""
    if node.type_name is None:
        return None
    found = user_type(catalog, node.type_name)
    if found.type == TABLE and not node.readonly:
        raise SqlError(
            352,
            f'The table-valued parameter "{node.name}" must be declared with the READONLY option.',
            severity=15,
            line=node.line,
            col=node.col,
        )
    if found.type == TABLE and (node.output or node.default is not None):
        raise SqlError(
            102, "Incorrect syntax near 'READONLY'.", severity=15, line=node.line, col=node.col
        )
    return found


def value_type(node: tree.Parameter, catalog: Catalog) -> SqlType:
    """The type of a function's parameter, which is a value."""
    found = user_type_of(node, catalog)
    type_ = type_of(found) if found is not None else node.type
    if type_ is None or type_.table is not None:
        raise NotSupported("a table-valued parameter of a function", node.line, node.col)
    return type_
