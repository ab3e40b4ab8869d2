"""Expressions and conditions: values of a row, of variables and of functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import SqlType
from .nodes import Expr, Name, Node

if TYPE_CHECKING:
    from .queries import OrderItem, Query


@dataclass(slots=True)
class Literal(Expr):
    """``kind``: 'int' (any size), 'decimal', 'float', 'string', 'nstring', 'binary', 'money' or
    'null'.

    ``value`` is the text as Python str (quotes resolved; binary as hex digits without 0x; null '').
    """

    kind: str
    value: str


@dataclass(slots=True)
class Variable(Expr):
    name: str  # with the @, spelling kept


@dataclass(slots=True)
class SystemVariable(Expr):
    name: str  # upper case with @@, e.g. '@@ROWCOUNT'


@dataclass(slots=True)
class Column(Expr):
    """``alias.column`` or ``schema.table.column``; inserted and deleted are aliases, too."""

    name: Name


@dataclass(slots=True)
class Star(Expr):
    """``*`` or ``alias.*`` (only as a select item, in COUNT(*) or in OUTPUT inserted.*)."""

    qualifier: Name | None


@dataclass(slots=True)
class Unary(Expr):
    op: str  # '-', '+', '~', 'NOT'
    operand: Expr


@dataclass(slots=True)
class Binary(Expr):
    """``op``: + - * / % & | ^ = <> < <= > >= AND OR (!= !< !> are normalised)."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True)
class Collate(Expr):
    operand: Expr
    collation: str


@dataclass(slots=True)
class IsNull(Expr):
    operand: Expr
    negated: bool


@dataclass(slots=True)
class Between(Expr):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(slots=True)
class Like(Expr):
    operand: Expr
    pattern: Expr
    escape: Expr | None
    negated: bool


@dataclass(slots=True)
class InList(Expr):
    operand: Expr
    items: list[Expr]
    negated: bool


@dataclass(slots=True)
class InQuery(Expr):
    operand: Expr
    query: Query
    negated: bool


@dataclass(slots=True)
class Exists(Expr):
    query: Query


@dataclass(slots=True)
class QuantifiedComparison(Expr):
    op: str
    quantifier: str  # 'ALL' or 'ANY' (SOME is ANY)
    left: Expr
    query: Query


@dataclass(slots=True)
class Subquery(Expr):
    """A scalar subquery."""

    query: Query


@dataclass(slots=True)
class Case(Expr):
    """``operand`` is None for the searched form. IIF is parsed to this node too."""

    operand: Expr | None
    whens: list[tuple[Expr, Expr]]
    otherwise: Expr | None


@dataclass(slots=True)
class Default(Expr):
    pass


@dataclass(slots=True)
class Cast(Expr):
    """CAST, CONVERT, TRY_CAST, TRY_CONVERT, PARSE is refused. ``style`` only for CONVERT."""

    operand: Expr
    type: SqlType
    style: Expr | None
    is_try: bool


@dataclass(slots=True)
class Over(Node):
    partition: list[Expr]
    order: list[OrderItem]
    frame: str | None  # normalised text: 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'
    base: str | None = None  # the window of the WINDOW clause that this one goes on from


@dataclass(slots=True)
class Function(Expr):
    """A call. ``name`` upper case for built-ins written without schema; else as written.

    ``keyword`` holds a leading bare word argument (DATEADD(day, …) → 'DAY'), upper case.
    NEXT VALUE FOR seq is ``NEXT_VALUE_FOR`` with ``schema_name`` the sequence.
    """

    name: str
    args: list[Expr]
    distinct: bool = False
    keyword: str | None = None
    over: Over | None = None
    within_group: list[OrderItem] = field(default_factory=list)
    schema_name: Name | None = None  # dbo.fn_x(…): the whole name
    written: str = field(default="", compare=False)  # the name as the text has it


@dataclass(slots=True)
class AtTimeZone(Expr):
    operand: Expr
    zone: Expr


@dataclass(slots=True)
class Grouping(Expr):
    """In GROUP BY. ``kind``: ROLLUP, CUBE, GROUPING SETS, or '' for several expressions as one."""

    kind: str
    items: list[Expr]


@dataclass(slots=True)
class NewIdentity(Expr):
    """IDENTITY(type, seed, increment): numbers the rows that SELECT … INTO makes."""

    type: SqlType
    seed: int
    increment: int
