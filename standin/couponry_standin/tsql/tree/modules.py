"""Definitions with a text of their own: views, procedures and functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import SqlType
from .nodes import Expr, Name, Node, Statement

if TYPE_CHECKING:
    from .control import DeclareItem
    from .queries import Query


@dataclass(slots=True)
class Module(Statement):
    """CREATE, CREATE OR ALTER or ALTER of a VIEW, FUNCTION or PROCEDURE. ``text`` is the batch."""

    name: Name
    verb: str  # 'CREATE', 'ALTER', 'CREATE OR ALTER'
    text: str = ""
    options: list[str] = field(default_factory=list)
    """'SCHEMABINDING', 'RECOMPILE' …; others are refused"""


@dataclass(slots=True)
class CreateView(Module):
    columns: list[str] = field(default_factory=list)
    query: Query | None = None
    check_option: bool = False


@dataclass(slots=True)
class Parameter(Node):
    name: str
    type: SqlType | None
    default: Expr | None = None
    output: bool = False
    readonly: bool = False
    type_name: Name | None = None
    nullable: bool | None = None


@dataclass(slots=True)
class CreateProcedure(Module):
    parameters: list[Parameter] = field(default_factory=list)
    body: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class CreateFunction(Module):
    """``query`` for an inline table function; ``returns`` and ``body`` for a scalar one.

    One of several statements has a ``body`` that fills ``table``, and no ``returns``.
    """

    parameters: list[Parameter] = field(default_factory=list)
    query: Query | None = None
    returns: SqlType | None = None
    body: list[Statement] = field(default_factory=list)
    table: DeclareItem | None = None
