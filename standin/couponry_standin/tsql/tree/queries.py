"""Queries and what they read from: sources, joins, sets, common tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import SqlType
from .nodes import Expr, Name, Node, Source, Statement

if TYPE_CHECKING:
    from .expressions import Over


@dataclass(slots=True)
class OrderItem(Node):
    expr: Expr
    descending: bool = False


@dataclass(slots=True)
class SelectItem(Node):
    """``expr AS alias``, ``alias = expr`` or ``@variable = expr`` (there with an ``op``)."""

    expr: Expr
    alias: str | None = None
    variable: str | None = None
    op: str = "="  # '=', '+=', '-=' … for variable assignment


@dataclass(slots=True)
class Top(Node):
    count: Expr
    percent: bool = False
    with_ties: bool = False


@dataclass(slots=True)
class Hint(Node):
    """A table hint, upper case: UPDLOCK, HOLDLOCK, …; INDEX hints carry their ``args``."""

    name: str
    args: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TableSource(Source):
    name: Name
    alias: str | None
    hints: list[Hint] = field(default_factory=list)


@dataclass(slots=True)
class VariableSource(Source):
    """``FROM @t AS alias``."""

    name: str
    alias: str | None


@dataclass(slots=True)
class FunctionSource(Source):
    """A table function in FROM: ``dbo.fn_x(…)``, STRING_SPLIT, GENERATE_SERIES …"""

    name: Name
    args: list[Expr]
    alias: str | None
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class JsonColumn(Node):
    name: str
    type: SqlType
    path: str | None
    as_json: bool = False


@dataclass(slots=True)
class OpenJsonSource(Source):
    """OPENJSON(expr [, path]) [WITH (columns)]; ``columns`` is None without WITH."""

    expr: Expr
    path: Expr | None
    columns: list[JsonColumn] | None
    alias: str | None


@dataclass(slots=True)
class DerivedSource(Source):
    """``(SELECT …) AS alias [(columns)]``."""

    query: Query
    alias: str
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ValuesSource(Source):
    """``(VALUES (…), (…)) AS alias (columns)``."""

    rows: list[list[Expr]]
    alias: str
    columns: list[str]


@dataclass(slots=True)
class Pivot(Source):
    """``source PIVOT (aggregate(value) FOR column IN ([a], [b])) AS alias``."""

    source: Source
    aggregate: str
    value: Name
    column: Name
    names: list[str]
    alias: str


@dataclass(slots=True)
class Unpivot(Source):
    """``source UNPIVOT (value FOR column IN (a, b)) AS alias``."""

    source: Source
    value: str
    column: str
    names: list[Name]
    alias: str


@dataclass(slots=True)
class Join(Source):
    """``kind``: INNER, LEFT, RIGHT, FULL, CROSS, CROSS APPLY, OUTER APPLY. A join hint is kept."""

    kind: str
    left: Source
    right: Source
    on: Expr | None
    hint: str | None = None


@dataclass(slots=True)
class CommonTable(Node):
    name: str
    columns: list[str]
    query: Query


@dataclass(slots=True)
class Query(Node):
    """Base of Select and SetOperation. ``ctes`` stand on the outermost query only."""

    ctes: list[CommonTable] = field(default_factory=list)
    order: list[OrderItem] = field(default_factory=list)
    offset: Expr | None = None
    fetch: Expr | None = None
    for_json: ForJson | None = None
    options: list[str] = field(default_factory=list)
    """the texts of OPTION (…) in upper case: 'RECOMPILE', 'MAXDOP 1'"""


@dataclass(slots=True)
class ForJson(Node):
    mode: str  # 'PATH' (AUTO is refused)
    root: str | None = None
    include_null: bool = False
    without_wrapper: bool = False


@dataclass(slots=True)
class Select(Query):
    items: list[SelectItem] = field(default_factory=list)
    distinct: bool = False
    top: Top | None = None
    into: Name | None = None
    sources: list[Source] = field(default_factory=list)  # comma-separated FROM items
    where: Expr | None = None
    group: list[Expr] = field(default_factory=list)
    having: Expr | None = None
    windows: list[tuple[str, Over]] = field(default_factory=list[tuple[str, "Over"]])


@dataclass(slots=True)
class SetOperation(Query):
    op: str = "UNION"  # UNION, UNION ALL, EXCEPT, INTERSECT
    left: Query | None = None
    right: Query | None = None


@dataclass(slots=True)
class SelectStatement(Statement):
    """A query as a statement: a result set, or assignment to variables."""

    query: Query
