"""The parameters of modules: as the catalogue describes them, and as a plan takes them."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..catalog import type_to_doc
from ..errors import NotSupported
from ..plan import PlanParameter


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


def parameter_docs(parameters: list[tree.Parameter]) -> list[dict[str, Any]]:
    docs: list[dict[str, Any]] = []
    for each in parameters:
        if each.type is None:
            raise NotSupported("a table-valued parameter", each.line, each.col)
        docs.append(
            {
                "name": each.name,
                "type": type_to_doc(each.type),
                "output": each.output,
                "has_default": each.default is not None,
                "default_value": constant_text(each.default) if each.default else None,
            }
        )
    return docs


def plan_parameters(parameters: list[tree.Parameter]) -> list[PlanParameter]:
    found: list[PlanParameter] = []
    for each in parameters:
        if each.type is None:
            raise NotSupported("a table-valued parameter", each.line, each.col)
        found.append(
            PlanParameter(
                each.name,
                each.type,
                each.output,
                each.default is not None,
                constant_text(each.default) if each.default is not None else None,
            )
        )
    return found
