"""Variables, cursors, options, control of flow and transactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import SqlType
from .nodes import Expr, Name, Node, Statement

if TYPE_CHECKING:
    from .definitions import TableDefinition
    from .queries import Query


@dataclass(slots=True)
class Declare(Statement):
    """One DECLARE; each variable is its own item."""

    items: list[DeclareItem]


@dataclass(slots=True)
class DeclareItem(Node):
    name: str
    type: SqlType | None  # None for a table variable or a user-defined table type
    value: Expr | None = None
    table: TableDefinition | None = None
    type_name: Name | None = None  # user-defined (table) type


@dataclass(slots=True)
class DeclareCursor(Statement):
    """DECLARE name CURSOR … FOR query; ``scrolls``: FETCH may go back."""

    name: str
    query: Query
    scrolls: bool = False


@dataclass(slots=True)
class CursorAction(Statement):
    """OPEN, CLOSE or DEALLOCATE of a cursor."""

    action: str
    name: str


@dataclass(slots=True)
class Fetch(Statement):
    """``direction``: NEXT, PRIOR, FIRST, LAST, ABSOLUTE or RELATIVE (these with a ``count``)."""

    name: str
    direction: str
    count: Expr | None = None
    into: list[str] | None = None


@dataclass(slots=True)
class SetVariable(Statement):
    name: str
    expr: Expr
    op: str = "="


@dataclass(slots=True)
class SetOption(Statement):
    """SET NOCOUNT, XACT_ABORT ON → names ('NOCOUNT','XACT_ABORT'), value 'ON'.

    SET LOCK_TIMEOUT 15000 → names ('LOCK_TIMEOUT',), value '15000';
    SET TRANSACTION ISOLATION LEVEL x → names ('TRANSACTION ISOLATION LEVEL',), value 'SNAPSHOT';
    SET IDENTITY_INSERT t ON → names ('IDENTITY_INSERT',), value 'ON', table.
    """

    names: list[str]
    value: str
    table: Name | None = None


@dataclass(slots=True)
class Block(Statement):
    body: list[Statement]


@dataclass(slots=True)
class If(Statement):
    condition: Expr
    then: Statement
    otherwise: Statement | None = None


@dataclass(slots=True)
class While(Statement):
    condition: Expr
    body: Statement


@dataclass(slots=True)
class Break(Statement):
    pass


@dataclass(slots=True)
class Continue(Statement):
    pass


@dataclass(slots=True)
class Label(Statement):
    """``name:``, where GOTO may lead."""

    name: str


@dataclass(slots=True)
class GoTo(Statement):
    name: str


@dataclass(slots=True)
class Return(Statement):
    expr: Expr | None = None


@dataclass(slots=True)
class TryCatch(Statement):
    body: list[Statement]
    handler: list[Statement]


@dataclass(slots=True)
class Throw(Statement):
    """Bare THROW has no arguments."""

    number: Expr | None = None
    message: Expr | None = None
    state: Expr | None = None


@dataclass(slots=True)
class RaisError(Statement):
    """RAISERROR(message, severity, state, args…) [WITH NOWAIT, LOG, SETERROR]."""

    message: Expr
    severity: Expr
    state: Expr
    args: list[Expr] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Print(Statement):
    expr: Expr


@dataclass(slots=True)
class WaitFor(Statement):
    kind: str  # 'DELAY' or 'TIME'
    expr: Expr


@dataclass(slots=True)
class Transaction(Statement):
    """``action``: BEGIN, COMMIT, ROLLBACK, SAVE. ``name``: identifier or '@v'."""

    action: str
    name: str | None = None
