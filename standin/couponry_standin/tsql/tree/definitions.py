"""Definitions of tables, indexes, types and databases, and what keeps them in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import SqlType
from .nodes import Expr, Name, Node, Statement

if TYPE_CHECKING:
    from .queries import OrderItem


@dataclass(slots=True)
class ColumnDefinition(Node):
    name: str
    type: SqlType | None  # None for a computed column
    nullable: bool | None = None  # None: not said
    identity: tuple[int, int] | None = None
    default: Expr | None = None
    default_name: str | None = None
    computed: Expr | None = None
    persisted: bool = False
    collation: str | None = None
    rowguidcol: bool = False
    constraints: list[TableConstraint] = field(default_factory=list)  # written at the column
    type_name: Name | None = None  # a user-defined alias type
    default_with_values: bool = False  # ALTER TABLE ADD … DEFAULT … WITH VALUES


@dataclass(slots=True)
class TableConstraint(Node):
    """``kind``: PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY or DEFAULT (ADD … DEFAULT … FOR)."""

    kind: str
    name: str | None
    columns: list[OrderItem] = field(default_factory=list)  # expr is Column
    clustered: bool | None = None
    check: Expr | None = None
    references: Name | None = None
    referenced_columns: list[str] = field(default_factory=list)
    on_delete: str | None = None
    on_update: str | None = None
    default: Expr | None = None
    default_column: str | None = None
    with_check: bool = True
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class IndexDefinition(Node):
    name: str
    columns: list[OrderItem]
    unique: bool = False
    clustered: bool | None = None
    include: list[str] = field(default_factory=list)
    where: Expr | None = None
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TableDefinition(Node):
    columns: list[ColumnDefinition]
    constraints: list[TableConstraint] = field(default_factory=list)
    indexes: list[IndexDefinition] = field(default_factory=list)


@dataclass(slots=True)
class CreateTable(Statement):
    name: Name
    definition: TableDefinition


@dataclass(slots=True)
class AlterTable(Statement):
    """``action``: ADD or DROP with COLUMN or CONSTRAINT, ALTER COLUMN, CHECK, NOCHECK."""

    name: Name
    action: str
    columns: list[ColumnDefinition] = field(default_factory=list)
    constraints: list[TableConstraint] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    if_exists: bool = False
    with_check: bool | None = None


@dataclass(slots=True)
class CreateIndex(Statement):
    table: Name
    index: IndexDefinition


@dataclass(slots=True)
class Rename(Statement):
    """What sp_rename is asked for: no text means it. ``kind`` is COLUMN, INDEX, OBJECT or ''."""

    name: Name
    new_name: str
    kind: str


@dataclass(slots=True)
class CreateType(Statement):
    """CREATE TYPE name FROM type, or AS TABLE (…)."""

    name: Name
    base: SqlType | None = None
    nullable: bool | None = None
    table: TableDefinition | None = None


@dataclass(slots=True)
class CreateSequence(Statement):
    name: Name
    type: SqlType | None = None
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None


@dataclass(slots=True)
class CreateSchema(Statement):
    name: str
    owner: str | None = None


@dataclass(slots=True)
class CreateDatabase(Statement):
    """``source``: the database that it is to be a copy of."""

    name: str
    collation: str | None = None
    source: str | None = None


@dataclass(slots=True)
class AlterDatabase(Statement):
    """``database`` '' is CURRENT. ``options``: for example [('READ_COMMITTED_SNAPSHOT', 'ON')]."""

    database: str
    options: list[tuple[str, str]]
    termination: str | None = None


@dataclass(slots=True)
class Drop(Statement):
    """``kind``: the words after DROP, as TABLE, VIEW, PROCEDURE, FUNCTION, INDEX or LOGIN."""

    kind: str
    names: list[Name]
    if_exists: bool = False
    on: Name | None = None  # DROP INDEX … ON table


@dataclass(slots=True)
class CheckIdentity(Statement):
    """DBCC CHECKIDENT. ``mode``: NORESEED, RESEED, or SET where a ``value`` is given."""

    table: Name
    mode: str
    value: Expr | None = None
    quiet: bool = False


@dataclass(slots=True)
class Kill(Statement):
    """KILL of a session; ``status_only``: how far its rollback is."""

    session_id: int
    status_only: bool = False


@dataclass(slots=True)
class Maintenance(Statement):
    """UPDATE STATISTICS, ALTER INDEX … REBUILD: what PostgreSQL looks after by itself."""

    what: str
    table: Name
    index: str | None = None
    names: list[str] = field(default_factory=list)  # of the statistics
