"""Statements that change rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .nodes import Expr, Name, Node, Source, Statement

if TYPE_CHECKING:
    from .calls import Execute, ExecuteText
    from .queries import CommonTable, Hint, Query, SelectItem, Top


@dataclass(slots=True)
class Output(Node):
    """OUTPUT items [INTO target [(columns)]]; ``target`` is a Name or '@t'."""

    items: list[SelectItem]
    target: Name | str | None = None
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Insert(Statement):
    """``source``: list of rows for VALUES, a Query, an Execute, or None for DEFAULT VALUES.

    In a VALUES row the node ``Default`` stands for DEFAULT.
    """

    target: Name | str
    columns: list[str]
    source: list[list[Expr]] | Query | Execute | ExecuteText | None
    output: list[Output] = field(default_factory=list)
    top: Top | None = None
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    keep_identity: bool = False
    """identity columns of the list take the values given, whatever IDENTITY_INSERT says"""


@dataclass(slots=True)
class InsertBulk(Statement):
    """INSERT BULK, which announces the rows that a client sends next."""

    target: Name
    columns: list[str]
    keep_nulls: bool = False
    table_lock: bool = False


@dataclass(slots=True)
class Assignment(Node):
    """``column = expr``, ``@v = expr`` or ``@v = column = expr`` in SET of UPDATE (with its op)."""

    column: Name | None
    variable: str | None
    expr: Expr
    op: str = "="


@dataclass(slots=True)
class Update(Statement):
    target: Name | str  # a table, an alias of FROM, a CTE, or '@t'
    assignments: list[Assignment]
    sources: list[Source] = field(default_factory=list)
    where: Expr | None = None
    output: list[Output] = field(default_factory=list)
    top: Top | None = None
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Delete(Statement):
    target: Name | str
    sources: list[Source] = field(default_factory=list)
    where: Expr | None = None
    output: list[Output] = field(default_factory=list)
    top: Top | None = None
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MergeClause(Node):
    """``kind``: MATCHED, NOT MATCHED or NOT MATCHED BY SOURCE; ``action``: UPDATE, DELETE, INSERT.

    ``values`` is None for DEFAULT VALUES.
    """

    kind: str
    condition: Expr | None
    action: str = ""
    assignments: list[Assignment] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    values: list[Expr] | None = None


@dataclass(slots=True)
class Merge(Statement):
    target: Name
    alias: str | None
    source: Source
    on: Expr
    clauses: list[MergeClause] = field(default_factory=list)
    output: list[Output] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Truncate(Statement):
    table: Name
