"""What is known while one module or batch is compiled."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...types import SqlType
from ..catalog import Catalog, ColumnDoc, ObjectDoc
from ..errors import SqlError
from ..names import variable
from ..tree import Expr
from ..typed import Typed, pg_type


@dataclass(slots=True)
class Cell:
    """What is known of the value of a variable at the place that is being compiled."""

    touched: bool = False
    """False: it has had no value yet and is NULL"""


@dataclass(slots=True)
class VariableInfo:
    """A scalar or table variable. Table variables are arrays of the composite type ``pg``."""

    name: str
    type: SqlType | None
    sql: str
    pg: str
    columns: list[ColumnDoc] | None = None
    keys: list[tuple[str, list[str]]] = field(default_factory=list)
    """(constraint name, columns) of a table variable's PRIMARY KEY and UNIQUE constraints"""
    identity: tuple[str, int, int] | None = None
    defaults: dict[str, Expr] = field(default_factory=dict)
    checks: list[tuple[str, Expr]] = field(default_factory=list[tuple[str, Expr]])
    """(name, condition) of a table variable's CHECK constraints"""
    table_type: str | None = None
    readonly: bool = False
    """a table-valued parameter"""
    cell: Cell = field(default_factory=Cell)

    @property
    def typed(self) -> Typed:
        if self.type is None:
            raise SqlError(137, f'Must declare the scalar variable "{self.name}".')
        return Typed(self.sql, self.type, self.pg)


@dataclass(frozen=True, slots=True)
class CursorInfo:
    """A cursor: ``rows`` are taken when it is opened, ``at`` is where it stands (NULL: closed)."""

    name: str
    number: int
    rows: str
    at: str
    known: str
    """whether it is declared and not deallocated"""


@dataclass(slots=True)
class ResultSet:
    """The columns of one result set: (name, type, nullable)."""

    columns: list[tuple[str, SqlType, bool]]


@dataclass(slots=True)
class Clock:
    """The clock stands still while a statement runs: it is read before, once."""

    is_read: bool = False

    def read(self) -> str:
        self.is_read = True
        return '"clock$new"'


@dataclass(slots=True)
class Nulls:
    """Whether an aggregate of the statement may leave NULLs out, which a batch is warned of."""

    is_watched: bool = False


@dataclass(slots=True)
class Fate:
    """What becomes of a row that a statement waited for and that then does not qualify."""

    misses: bool = False
    """there may be such a row"""
    keeps: bool = False
    """its lock is kept, as the isolation level or a hint asks for"""
    awaits: list[str] = field(default_factory=list[str])
    """whether a key that was not found had to be waited for: see misses.py"""

    @property
    def frees(self) -> bool:
        return self.misses and not self.keeps


@dataclass(slots=True)
class Unit:
    """One compilation: a procedure, a batch, a function or a table expression."""

    catalog: Catalog
    name: str = ""
    variables: dict[str, VariableInfo] = field(default_factory=dict)
    depends: dict[int, str] = field(default_factory=dict)
    reads: set[tuple[int, str]] = field(default_factory=set)
    """(object id, permission) that the outermost statements need"""
    pre: list[str] = field(default_factory=list)
    """PL/pgSQL statements that must run before the statement being compiled"""
    results: list[ResultSet] = field(default_factory=list)
    error_scope: list[str] = field(default_factory=list)
    """variables with the error of each CATCH block around the place, innermost last"""
    expanding: list[int] = field(default_factory=list)
    procedural: bool = True
    """False where no PL/pgSQL variables exist (views, defaults, checks)"""
    uses_identity: bool = False
    extras: list[str] = field(default_factory=list)
    """PL/pgSQL variables beside those of the text: ``name type``, perhaps with a value"""
    cursors: dict[str, CursorInfo] = field(default_factory=dict)
    """the cursors that the text has declared so far, by lower-case name"""
    made: list[tuple[str, int]] = field(default_factory=list)
    """(lower-case name, line) of the tables that the text itself makes"""
    clock: Clock | None = None
    """of the text whose statements are compiled; None where there are no statements"""
    nulls: Nulls | None = None
    """of a batch; modules do not look for what their aggregates leave out"""
    fate: Fate = field(default_factory=Fate)
    """of the rows that the statement being compiled locks"""
    implicit: bool = False
    """IMPLICIT_TRANSACTIONS is ON at the place"""
    isolation: str = ""
    """the isolation level at the place, where it is not READ COMMITTED"""
    numbered: bool = False
    """the statement being compiled asks a sequence"""
    suffix: str = ""
    """of the PL/pgSQL names of its variables, where it is expanded into another"""
    watched: frozenset[str] = frozenset()
    """variables that may be read after an error was caught"""
    chained: bool = False
    """True inside a view or function that is being expanded: permissions were checked outside"""

    def variable(self, name: str, line: int = 1, col: int = 1) -> VariableInfo:
        found = self.variables.get(name.lower())
        if found is None or found.columns is not None:
            raise SqlError(
                137,
                f'Must declare the scalar variable "{name}".',
                severity=15,
                state=2,
                line=line,
                col=col,
            )
        return found

    def table_variable(self, name: str, line: int = 1, col: int = 1) -> VariableInfo:
        found = self.variables.get(name.lower())
        if found is None or found.columns is None:
            raise SqlError(
                1087, f'Must declare the table variable "{name}".', severity=15, line=line, col=col
            )
        return found

    def declare(self, name: str, type_: SqlType, line: int = 1, col: int = 1) -> VariableInfo:
        if name.lower() in self.variables:
            raise SqlError(
                134,
                f"The variable name '{name}' has already been declared. Variable names must be"
                " unique within a query batch or stored procedure.",
                severity=15,
                line=line,
                col=col,
            )
        found = VariableInfo(name, type_, variable(name + self.suffix), pg_type(type_))
        self.variables[name.lower()] = found
        return found

    def extra(self, declaration: str) -> None:
        """A PL/pgSQL variable that the text needs; asked for twice it is declared once."""
        if declaration not in self.extras:
            self.extras.append(declaration)

    def touch(self, names: set[str]) -> None:
        """These variables may have a value from here on."""
        for name in names:
            if name in self.variables:
                self.variables[name].cell.touched = True

    def expansion(self, found: ObjectDoc, variables: dict[str, VariableInfo]) -> Unit:
        """The unit of a view or table function that is expanded here; ``variables`` are its own."""
        return Unit(
            self.catalog,
            found.full_name,
            variables,
            depends=self.depends,
            reads=self.reads,
            pre=self.pre,
            expanding=[*self.expanding, found.object_id],
            procedural=False,
            clock=self.clock,
            isolation=self.isolation,
            chained=True,
        )

    def use(self, found: ObjectDoc, permission: str | None = None) -> None:
        if found.is_local:
            return
        self.depends[found.object_id] = found.stamp
        if permission is not None and not self.chained and not found.is_temporary:
            self.reads.add((found.object_id, permission))
