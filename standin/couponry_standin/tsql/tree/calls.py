"""Calls of procedures and texts, and who the caller is."""

from __future__ import annotations

from dataclasses import dataclass, field

from .nodes import Expr, Name, Node, Statement


@dataclass(slots=True)
class ExecuteArg(Node):
    """``name`` with @ or None for positional; ``expr`` may be Default; bare words are strings."""

    name: str | None
    expr: Expr
    output: bool = False


@dataclass(slots=True)
class Execute(Statement):
    """EXEC [@rc =] name args. ``procedure_variable`` for EXEC @name."""

    procedure: Name | None
    args: list[ExecuteArg]
    return_variable: str | None = None
    procedure_variable: str | None = None
    options: list[str] = field(default_factory=list)  # 'RECOMPILE'


@dataclass(slots=True)
class ExecuteText(Statement):
    """EXEC (@sql) — dynamic text without parameters."""

    expr: Expr


@dataclass(slots=True)
class ExecuteAs(Statement):
    """EXECUTE AS USER = 'x' / LOGIN = 'x'."""

    kind: str
    principal: Expr


@dataclass(slots=True)
class Revert(Statement):
    pass


@dataclass(slots=True)
class Use(Statement):
    database: str
