"""Statements as PL/pgSQL: what machines and inline functions have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...types import MAX, SqlType, nvarchar
from .. import operators, tree
from ..collation import as_text, check_shown
from ..conversion import assign, convert
from ..errors import NotSupported, SqlError
from ..plan import Composite, Plan, ResultColumn
from ..typed import Typed
from . import (
    assignments,
    cursors,
    maintenance,
    returning,
    sequences,
    setting,
    shifts,
    table_types,
    table_variables,
)
from .changes import Change
from .code import CodeLines
from .counts import Counts
from .coverage import Coverage
from .expansion import Expansions
from .expressions import Expressions
from .inserts import Inserts
from .merges import Merges
from .misses import awaiting
from .modifications import Modifications
from .no_rows import asks_for_no_rows, writable
from .output import Compiled, OutColumn
from .queries import Queries
from .releases import letting_go
from .resolver import Resolver
from .scope import Scope
from .unit import Clock, Fate, Unit

if TYPE_CHECKING:
    from .inline import Inline

FORMATTED = (tree.SelectStatement, tree.SetOption, tree.ExecuteText)
"""what SET FMTONLY ON leaves to be compiled: it tells the columns of queries"""

FORGET_NULLS = "PERFORM set_config('tsql.nulls', '', false);"
NULLS_SEEN = "current_setting('tsql.nulls', true) = '1'"

SIMPLE = (tree.Literal, tree.Variable, tree.SystemVariable)


class Body(ABC):
    """Compiles the statements of one unit into ``self.out``."""

    is_inline = False
    """True where a caller has begun the transaction and set XACT_ABORT and NOCOUNT."""

    def __init__(self, unit: Unit, coverage: Coverage, resolver: Resolver) -> None:
        self.unit = unit
        unit.clock = Clock()
        self.coverage = coverage
        self.resolver = resolver
        self.expressions = Expressions(unit)
        self.queries = Queries(unit, self.expressions)
        self.inserts = Inserts(unit, self.expressions, self.queries)
        self.merges = Merges(unit, self.expressions, self.queries)
        self.modifications = Modifications(unit, self.expressions, self.queries)
        self.out = CodeLines()
        self.sets: list[list[ResultColumn]] = []
        self.composites: dict[str, Composite] = {}
        self.extra_variables: list[str] = unit.extras
        self.cursor_columns: list[tuple[Compiled, list[str], bool]] = []
        """of each cursor: its query, what must run before it, whether it scrolls"""
        self.deallocated: set[int] = set()
        self.sets_lock_timeout = False
        self.format_only = False
        """SET FMTONLY is ON: queries tell their columns and give no rows"""
        self.counts = Counts()
        self.expansions = Expansions()
        self.current: tree.Statement
        self._statements: dict[type, Callable[[Any], None]] = {
            tree.Block: self._block,
            tree.Declare: self._declare,
            tree.SetVariable: self.set_variable,
            tree.SetOption: self._set_option,
            tree.SelectStatement: self._select,
            tree.Insert: self._insert,
            tree.Update: self._update,
            tree.Delete: self._delete,
            tree.Merge: self._merge,
            tree.Print: self._print,
            tree.WaitFor: self._wait_for,
            tree.CheckIdentity: lambda node: maintenance.check_identity(self, node),
            tree.Maintenance: lambda node: maintenance.maintain(self, node),
            tree.DeclareCursor: lambda node: cursors.declare(self, node),
            tree.CursorAction: lambda node: cursors.act(self, node),
            tree.Fetch: lambda node: cursors.fetch(self, node),
        }

    # ------------------------------------------------------------ to be given by subclasses

    @abstractmethod
    def guard(self, emit: Callable[[], None], *, safe: bool = False) -> None:
        """Emit a statement so that an error in it goes where T-SQL sends it."""

    @abstractmethod
    def message(self, fields: list[str]) -> None:
        """Emit a message for the client: six PostgreSQL text expressions."""

    @abstractmethod
    def rows(
        self, index: int, compiled: Compiled, ctes: str = "", awaits: Sequence[str] = ()
    ) -> None:
        """Emit a result set; without a row, once more where a key was waited for."""

    @abstractmethod
    def inlined(self, unit: Unit, coverage: Coverage) -> Inline:
        """The compiler of a procedure that is expanded here."""

    @property
    @abstractmethod
    def may_expand(self) -> bool:
        """Whether calls of the place may be expanded: an error in one ends what surrounds it."""

    @abstractmethod
    def check_covered(self, plan: Plan) -> None:
        """Emit the refusal of a callee's writes outside a transaction."""

    @abstractmethod
    def count(self) -> None:
        """Emit the row count for a client that wants it."""

    # ------------------------------------------------------------ flow

    def statement(self, node: tree.Statement) -> None:
        self.current = node
        self.out.at(node)
        if self.format_only and not isinstance(node, FORMATTED):
            raise NotSupported(f"{describe(node)} under SET FMTONLY ON", node.line, node.col)
        compiler = self._statements.get(type(node))
        if compiler is None and isinstance(node, tree.Module):
            compiler = self._statements.get(tree.Module)
        if compiler is None:
            raise NotSupported(describe(node), node.line, node.col)
        code, place = self.out, len(self.out)
        nulls = self.unit.nulls
        around = nulls is not None and nulls.is_watched
        if nulls is not None:
            nulls.is_watched = False
        self.unit.fate = Fate()
        compiler(node)
        if self.unit.numbered:
            self.unit.numbered = False
            sequences.check(node)
        if nulls is not None:
            if nulls.is_watched:
                code.insert(place, FORGET_NULLS)
                self._warn_of_nulls()
            nulls.is_watched = around
        if self.unit.clock is not None and self.unit.clock.is_read:
            code.insert(place, self.clock_reading())

    def _warn_of_nulls(self) -> None:
        self.out.add(f"IF {NULLS_SEEN} THEN {FORGET_NULLS}")
        text = "'Warning: Null value is eliminated by an aggregate or other SET operation.'"
        self.message(["'8153'", "'10'", "'1'", text, "''", f"'{self.current.line}'"])
        self.out.add("END IF;")

    def clock_reading(self) -> str:
        """What reads the clock for the statement that has been compiled."""
        assert self.unit.clock is not None
        self.unit.clock.is_read = False
        self.unit.extra('"clock$new" timestamptz')
        # Not tsql.clock(): PostgreSQL finds its own functions faster than others' names for them.
        return '"clock$new" := clock_timestamp();'

    def tested(self, node: tree.Expr) -> str:
        """A condition, with the clock read for it: it is no statement of its own."""
        sql = self.expressions.condition(node, Scope())
        if self.unit.clock is not None and self.unit.clock.is_read:
            self.out.add(self.clock_reading())
        return sql

    @property
    def is_counted(self) -> bool:
        """Whether the current statement has to keep the number of its rows."""
        return not self.is_inline or self.counts.is_live(self.current)

    def reset_count(self, node: tree.Statement) -> None:
        """@@ROWCOUNT is 0 after many statements that count nothing."""
        if self.counts.is_live(node):
            self.out.add("_rowcount := 0;")

    def flush(self) -> None:
        """Emit what the compiled statement needs done before it."""
        for each in self.unit.pre:
            self.out.add(each)
        self.unit.pre.clear()

    def _block(self, node: tree.Block) -> None:
        for each in node.body:
            self.statement(each)

    # ------------------------------------------------------------ variables

    def _declare(self, node: tree.Declare) -> None:
        for item in node.items:
            if item.table is not None:
                table_variables.declare(self, item)
                continue
            type_ = item.type if item.type is not None else table_types.declare(self, item)
            if type_ is None:
                continue
            self.unit.declare(item.name, type_, item.line, item.col)
            if item.value is not None:
                self.assign(item.name, item.value, item)

    def set_variable(self, node: tree.SetVariable) -> None:
        if node.op == "=":
            self.assign(node.name, node.expr, node)
            return
        variable = self.unit.variable(node.name, node.line, node.col)
        value = self.expressions.value(node.expr, Scope())
        typed = operators.binary(node.op[:-1], variable.typed, value, node.line, node.col)
        self._assign_typed(node.name, typed, node, safe=False)

    def assign(self, name: str, expr: tree.Expr, node: tree.Node) -> None:
        typed = self.expressions.value(expr, Scope())
        self._assign_typed(name, typed, node, safe=isinstance(expr, SIMPLE))

    def _assign_typed(self, name: str, typed: Typed, node: tree.Node, *, safe: bool) -> None:
        variable = self.unit.variable(name, node.line, node.col)
        if variable.type is None:
            raise SqlError(137, f'Must declare the scalar variable "{name}".', line=node.line)
        text = assign(typed, variable.type, line=node.line, col=node.col)
        same = typed.type.name == variable.type.name or typed.type.name == "null"
        if typed.type.name == "null" and not variable.cell.touched and self.is_inline:
            return
        variable.cell.touched = True

        def emit() -> None:
            self.flush()
            self.out.add(f"{variable.sql} := {text};")

        self.guard(emit, safe=safe and same)

    # ------------------------------------------------------------ SELECT

    def _select(self, node: tree.SelectStatement) -> None:
        query = node.query
        if isinstance(query, tree.Select) and any(item.variable for item in query.items):
            assignments.select_into_variables(self, query)
            return
        compiled = self.queries.query(query, None)
        if self.format_only:
            compiled.sql = f'SELECT * FROM ({compiled.sql}) AS "_f" LIMIT 0'
        for place, column in enumerate(compiled.columns, 1):
            check_shown(column.rank, "SELECT", place, node.line, node.col)
        index = self.result_set(compiled.columns)
        if self.format_only or asks_for_no_rows(query):
            told = writable(self.sets[index - 1], query, self.unit.catalog)
            self.sets[index - 1] = told
        fate = self.unit.fate

        def emit() -> None:
            with letting_go(self.out, "_rowcount = 0", if_=fate.frees):
                self.rows(index, compiled, awaits=fate.awaits)

        self.guard(emit)

    def result_set(self, columns: list[OutColumn]) -> int:
        self.sets.append(
            [ResultColumn(column.name, column.type, column.nullable) for column in columns]
        )
        return len(self.sets)

    # ------------------------------------------------------------ changes

    def _insert(self, node: tree.Insert) -> None:
        if isinstance(node.target, str):
            table_variables.insert(self, node)
            return
        self.change(self.inserts.insert(node))

    def _update(self, node: tree.Update) -> None:
        if isinstance(node.target, str) or table_variables.is_target(self, node):
            table_variables.update(self, node)
            return
        self.change(self.modifications.change(node))

    def _delete(self, node: tree.Delete) -> None:
        if isinstance(node.target, str) or table_variables.is_target(self, node):
            table_variables.delete(self, node)
            return
        self.change(self.modifications.change(node))

    def _merge(self, node: tree.Merge) -> None:
        self.change(self.merges.merge(node))

    def change(self, change: Change) -> None:
        """Emit a change with whatever it returns."""
        before = list(self.unit.pre)
        self.unit.pre.clear()
        # One row of values is always there.
        change.frees = self.unit.fate.frees and not change.numbered
        change.awaits = [] if change.numbered else self.unit.fate.awaits
        outside = [] if change.shown else change.awaits

        def emit() -> None:
            for each in before:
                self.out.add(each)
            self._write_check()
            with (
                awaiting(self.out, outside, "_rowcount > 0"),
                letting_go(self.out, "_rowcount = 0", if_=change.frees),
            ):
                for each in change.first:
                    self.out.add(each)
                shifts.emit(self, change, lambda: returning.emit(self, change))
            if outside:
                self.count()
            for each in change.after:
                self.out.add(each)

        self.guard(emit)

    @abstractmethod
    def _write_check(self) -> None:
        """Emit the refusal of a write where the transaction is doomed."""

    # ------------------------------------------------------------ small statements

    def _print(self, node: tree.Print) -> None:
        typed = convert(
            self.expressions.value(node.expr, Scope()),
            nvarchar(4000),
            implicit=True,
            line=node.line,
            col=node.col,
        )

        def emit() -> None:
            self.flush()
            self.message(
                ["'0'", "'0'", "'1'", f"coalesce({as_text(typed)}, ' ')", "''", f"'{node.line}'"]
            )

        self.guard(emit)
        self.reset_count(node)

    def _wait_for(self, node: tree.WaitFor) -> None:
        if node.kind != "DELAY":
            raise NotSupported("WAITFOR TIME", node.line, node.col)
        typed = self.expressions.value(node.expr, Scope())
        text = convert(typed, SqlType("nvarchar", MAX), implicit=True, line=node.line, col=node.col)

        def emit() -> None:
            self.out.add(f"PERFORM pg_sleep(tsql.wait_seconds({as_text(text)}));")

        self.guard(emit)

    def _set_option(self, node: tree.SetOption) -> None:
        for name in node.names:
            self.option(name.upper(), node)

    def option(self, name: str, node: tree.SetOption) -> None:
        setting.set_option(self, name, node)


def describe(node: tree.Statement) -> str:
    name = type(node).__name__
    words = {
        "ExecuteText": "EXEC (text)",
        "Kill": "KILL",
        "Truncate": "TRUNCATE TABLE",
        "Transaction": "a transaction statement",
        "TryCatch": "TRY … CATCH",
    }
    return f"{words.get(name, name)} here"
