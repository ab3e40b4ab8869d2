"""Expressions back to T-SQL and in again, in the normal form that SQL Server's catalogue shows.

SQL Server keeps the text of defaults, checks, computed columns and filters rewritten: names in
brackets, numbers in parentheses, functions in lower case, IN as a chain of OR. ``((0))``,
``(sysutcdatetime())`` and ``([Qty]>(0))`` are what a script reads in sys.default_constraints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..types import MAX, SqlType
from . import tree
from .errors import NotSupported
from .parser import parse

_LEVELS = {"*": 5, "/": 5, "%": 5, "+": 4, "-": 4, "&": 4, "|": 4, "^": 4}
_COMPARISON, _NOT, _AND, _OR, _ATOM = 3, 2, 1, 0, 6
_NUMBERS = ("int", "decimal", "float", "money")
_WITHOUT_PARENTHESES = ("CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER")


def definition(expr: tree.Expr) -> str:
    """The catalogue's text of a default, a check, a computed column or a filter."""
    return f"({unparse(expr)})"


def unparse(expr: tree.Expr) -> str:
    """T-SQL text of an expression, without the outer parentheses of a definition."""
    return _write(expr)[0]


def type_text(type_: SqlType) -> str:
    """``[nvarchar](20)``: a type as CONVERT shows it."""
    name = f"[{'timestamp' if type_.name == 'rowversion' else type_.name}]"
    if type_.name == "decimal":
        return f"{name}({type_.precision},{type_.scale})"
    if type_.name in ("time", "datetime2", "datetimeoffset"):
        return name if type_.scale == 7 else f"{name}({type_.scale})"
    if type_.length is not None:
        return f"{name}({'max' if type_.length == MAX else type_.length})"
    return name


def bracket(name: tree.Name) -> str:
    """``[dbo].[x]``."""
    return ".".join("[" + part.replace("]", "]]") + "]" if part else "" for part in name.parts)


def _write(expr: tree.Expr) -> tuple[str, int]:
    """The text and how tightly its outermost operator binds."""
    writer = _WRITERS.get(type(expr))
    if writer is None:
        raise NotSupported(f"{type(expr).__name__} in a definition", expr.line, expr.col)
    return writer(expr)


def _operand(expr: tree.Expr, floor: int) -> str:
    text, level = _write(expr)
    return text if level >= floor else f"({text})"


def _literal(expr: tree.Literal) -> tuple[str, int]:
    if expr.kind == "null":
        return "NULL", _ATOM
    if expr.kind == "binary":
        return f"0x{expr.value}", _ATOM
    if expr.kind in _NUMBERS:
        return f"({'$' if expr.kind == 'money' else ''}{expr.value})", _ATOM
    prefix = "N" if expr.kind == "nstring" else ""
    return prefix + "'" + expr.value.replace("'", "''") + "'", _ATOM


def _unary(expr: tree.Unary) -> tuple[str, int]:
    if expr.op == "NOT":
        return f"NOT {_operand(expr.operand, _NOT)}", _NOT
    inner = expr.operand
    if isinstance(inner, tree.Literal) and inner.kind in _NUMBERS:
        return f"({expr.op}{_literal(inner)[0][1:-1]})", _ATOM
    return expr.op + _apart(_operand(inner, _ATOM)), _ATOM


def _binary(expr: tree.Binary) -> tuple[str, int]:
    if expr.op in ("AND", "OR"):
        level = _AND if expr.op == "AND" else _OR
        left, right = _operand(expr.left, level), _operand(expr.right, level + 1)
        return f"{left} {expr.op} {right}", level
    level = _LEVELS.get(expr.op, _COMPARISON)
    left = _operand(expr.left, level if level != _COMPARISON else _COMPARISON + 1)
    return f"{left}{expr.op}{_apart(_operand(expr.right, level + 1))}", level


def _apart(operand: str) -> str:
    """Two minus signs in a row would begin a comment."""
    return f" {operand}" if operand.startswith("-") else operand


def _between(expr: tree.Between) -> tuple[str, int]:
    """BETWEEN is kept as the pair of comparisons it means."""
    low = tree.Binary(expr.line, expr.col, ">=", expr.operand, expr.low)
    high = tree.Binary(expr.line, expr.col, "<=", expr.operand, expr.high)
    both = tree.Binary(expr.line, expr.col, "AND", low, high)
    return _negate(both, expr.negated)


def _in_list(expr: tree.InList) -> tuple[str, int]:
    """IN is kept as equalities, the last item first."""
    chain: tree.Expr | None = None
    for item in reversed(expr.items):
        equal = tree.Binary(expr.line, expr.col, "=", expr.operand, item)
        chain = equal if chain is None else tree.Binary(expr.line, expr.col, "OR", chain, equal)
    assert chain is not None
    return _negate(chain, expr.negated)


def _negate(expr: tree.Expr, negated: bool) -> tuple[str, int]:
    return _unary(tree.Unary(expr.line, expr.col, "NOT", expr)) if negated else _write(expr)


def _like(expr: tree.Like) -> tuple[str, int]:
    text = f"{_operand(expr.operand, 4)}{' NOT' if expr.negated else ''} like "
    text += _operand(expr.pattern, 4)
    if expr.escape is not None:
        text += f" escape {_operand(expr.escape, 4)}"
    return text, _COMPARISON


def _case(expr: tree.Case) -> tuple[str, int]:
    parts = ["case"]
    if expr.operand is not None:
        parts.append(unparse(expr.operand))
    for test, value in expr.whens:
        parts.append(f"when {unparse(test)} then {unparse(value)}")
    if expr.otherwise is not None:
        parts.append(f"else {unparse(expr.otherwise)}")
    return " ".join([*parts, "end"]), _ATOM


def _cast(expr: tree.Cast) -> tuple[str, int]:
    name = "TRY_CAST" if expr.is_try else "CONVERT"
    if expr.is_try and expr.style is None:
        return f"{name}({unparse(expr.operand)} AS {type_text(expr.type)})", _ATOM
    style = "" if expr.style is None else f",{unparse(expr.style)}"
    name = "TRY_CONVERT" if expr.is_try else "CONVERT"
    return f"{name}({type_text(expr.type)},{unparse(expr.operand)}{style})", _ATOM


def _function(expr: tree.Function) -> tuple[str, int]:
    if expr.over is not None or expr.within_group:
        raise NotSupported("window functions in a definition", expr.line, expr.col)
    if expr.name == "NEXT_VALUE_FOR" and expr.schema_name is not None:
        return f"NEXT VALUE FOR {bracket(expr.schema_name)}", _ATOM
    if expr.name == "CURRENT_TIMESTAMP":
        return "getdate()", _ATOM
    if expr.name in _WITHOUT_PARENTHESES and not expr.args:
        return expr.name.lower() if expr.name != "USER" else "user_name()", _ATOM
    if expr.name == "TRIM" and len(expr.args) == 2:
        side = f"{expr.keyword.lower()} " if expr.keyword else ""
        return f"trim({side}{unparse(expr.args[1])} from {unparse(expr.args[0])})", _ATOM
    name = bracket(expr.schema_name) if expr.schema_name else expr.name.lower()
    args = ([expr.keyword.lower()] if expr.keyword else []) + [unparse(each) for each in expr.args]
    return f"{name}({'distinct ' if expr.distinct else ''}{','.join(args)})", _ATOM


_WRITERS: dict[type[tree.Expr], Callable[[Any], tuple[str, int]]] = {
    tree.Literal: _literal,
    tree.Variable: lambda expr: (expr.name, _ATOM),
    tree.SystemVariable: lambda expr: (expr.name.lower(), _ATOM),
    tree.Column: lambda expr: (bracket(expr.name), _ATOM),
    tree.Star: lambda expr: ("*", _ATOM),
    tree.Default: lambda expr: ("default", _ATOM),
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Collate: lambda expr: (f"{_operand(expr.operand, _ATOM)} collate {expr.collation}", _ATOM),
    tree.IsNull: lambda expr: (
        f"{_operand(expr.operand, 4)} IS {'NOT ' if expr.negated else ''}NULL",
        _COMPARISON,
    ),
    tree.Between: _between,
    tree.Like: _like,
    tree.InList: _in_list,
    tree.Case: _case,
    tree.Cast: _cast,
    tree.Function: _function,
    tree.AtTimeZone: lambda expr: (
        f"{_operand(expr.operand, _ATOM)} AT TIME ZONE {_operand(expr.zone, _ATOM)}",
        _ATOM,
    ),
}


def read_condition(text: str) -> tree.Expr:
    """The tree of a check's or a filter's catalogue text."""
    [statement] = parse(f"IF {text} BREAK").statements
    assert isinstance(statement, tree.If)
    return statement.condition


def read_value(text: str) -> tree.Expr:
    """The tree of a default's or a computed column's catalogue text."""
    [statement] = parse(f"PRINT {text}").statements
    assert isinstance(statement, tree.Print)
    return statement.expr
