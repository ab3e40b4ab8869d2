"""What names mean at a place of a statement: sources with their columns, and variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...types import SqlType
from ..catalog import ColumnDoc, ObjectDoc
from ..errors import SqlError
from ..names import quote
from ..tree import Name, Over
from ..typed import Typed, pg_type

Shape = tuple[str, SqlType, str, bool, str]
"""A column as a source shows it: name, type, PostgreSQL type, nullable, collation rank."""


@dataclass(slots=True)
class BoundColumn:
    """A column of a source; ``name`` keeps its spelling, ``typed`` is how to read it."""

    name: str
    typed: Typed


@dataclass(slots=True)
class BoundSource:
    """A source of a FROM clause. ``object_name`` lets ``dbo.Table.Column`` find it."""

    alias: str
    columns: list[BoundColumn]
    object_name: str | None = None
    shown: str = ""
    """how a message names it; without one, by its alias"""
    by_name: dict[str, BoundColumn] = field(default_factory=dict)
    single: bool = False
    """it gives at most one row for each row of the sources before it"""

    def __post_init__(self) -> None:
        self.by_name = {column.name.lower(): column for column in self.columns}


@dataclass(slots=True)
class Scope:
    """The sources that a column name may mean; ``parent`` is the enclosing query's scope."""

    parent: Scope | None = None
    sources: list[BoundSource] = field(default_factory=list)
    ctes: dict[str, CteBinding] = field(default_factory=dict)
    groups: dict[str, Typed] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """of each grouping expression, what PostgreSQL groups by"""
    inside_aggregate: bool = False
    reached: list[Scope] = field(default_factory=list["Scope"])
    """whose columns the aggregate that is being compiled reads"""
    aggregates_seen: bool = False
    windows: dict[str, Over] = field(default_factory=dict[str, Over])
    """what the WINDOW clause names"""
    loose: list[tuple[str, int, int]] = field(default_factory=list)
    """own columns read outside aggregates and grouping expressions: (name, line, column)"""

    def take_loose(self) -> list[tuple[str, int, int]]:
        """The loose columns since the last time."""
        taken, self.loose = self.loose, []
        return taken

    def add(self, source: BoundSource) -> None:
        lowered = source.alias.lower()
        if any(each.alias.lower() == lowered for each in self.sources):
            raise SqlError(
                1011,
                f"The correlation name '{source.alias}' is specified multiple times in a FROM"
                " clause.",
            )
        self.sources.append(source)

    def source(self, alias: str) -> BoundSource | None:
        lowered = alias.lower()
        for each in self.sources:
            if each.alias.lower() == lowered:
                return each
        return None

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def cte(self, name: str) -> CteBinding | None:
        lowered = name.lower()
        for scope in self.chain():
            if lowered in scope.ctes:
                return scope.ctes[lowered]
        return None

    def resolve(self, name: Name, line: int, col: int) -> Typed:
        """How to read the column that a name means: of the innermost query that has it."""
        parts = name.parts
        wanted = name.last.lower()
        qualifier = parts[-2].lower() if len(parts) > 1 else None
        inside = False
        for scope in self.chain():
            inside = inside or scope.inside_aggregate
            found = [
                (source, source.by_name[wanted])
                for source in scope.sources
                if wanted in source.by_name
                and (
                    qualifier is None
                    or source.alias.lower() == qualifier
                    or (len(parts) > 2 and source.object_name == ".".join(parts[-3:-1]).lower())
                )
            ]
            if len(found) > 1:
                raise SqlError(209, f"Ambiguous column name '{name.last}'.", line=line, col=col)
            if found:
                source, column = found[0]
                if self.inside_aggregate:
                    self.reached.append(scope)
                if inside:
                    return column.typed
                if scope is not self and column.typed.sql in scope.groups:
                    return scope.groups[column.typed.sql]
                shown = source.shown or source.alias
                scope.loose.append((f"{shown}.{column.name}", line, col))
                return column.typed
            if qualifier is not None and scope.source(qualifier) is not None:
                break
        if qualifier is not None and not any(s.source(qualifier) for s in self.chain()):
            raise SqlError(
                4104,
                f'The multi-part identifier "{".".join(parts)}" could not be bound.',
                line=line,
                col=col,
            )
        raise SqlError(207, f"Invalid column name '{name.last}'.", line=line, col=col)


@dataclass(slots=True)
class CteBinding:
    """A common table expression: its PostgreSQL name and its columns."""

    name: str
    columns: list[Shape]


def bind(alias: str, columns: list[Shape]) -> BoundSource:
    """A source whose PostgreSQL columns bear the quoted names of its T-SQL columns."""
    return BoundSource(
        alias,
        [
            BoundColumn(
                name,
                Typed(
                    f"{quote(alias)}.{quote(name)}",
                    type_,
                    pg or pg_type(type_),
                    nullable=nullable,
                    rank=rank,
                ),
            )
            for name, type_, pg, nullable, rank in columns
        ],
    )


def column_shape(columns: list[ColumnDoc]) -> list[Shape]:
    return [
        (column.name, column.type, column.pg, column.nullable, "implicit") for column in columns
    ]


def bind_table(found: ObjectDoc, alias: str) -> BoundSource:
    return bind(alias, column_shape(found.columns))


def bind_record(alias: str, prefix: str, columns: list[ColumnDoc]) -> BoundSource:
    """The pseudo-tables of OUTPUT: ``prefix`` is PostgreSQL's old or new."""
    return BoundSource(
        alias,
        [
            BoundColumn(
                column.name,
                Typed(
                    f"{prefix}.{quote(column.name)}",
                    column.type,
                    column.pg,
                    column.nullable,
                    "implicit",
                ),
            )
            for column in columns
        ],
    )
