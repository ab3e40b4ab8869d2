"""A procedure as a plain PL/pgSQL function that other procedures call directly.

It may only run inside a transaction with XACT_ABORT ON, gives no result set, takes no part in
transaction control and catches nothing: an error simply passes through to the caller's machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...types import INT, SqlType
from .. import tree
from ..conversion import assign, convert
from ..errors import NotSupported
from ..names import literal
from ..plan import Plan
from . import calls, conditions, misses, releases, side_effects, walk
from .body import Body
from .changes import Change
from .coverage import Coverage
from .output import Compiled
from .resolver import Resolver
from .scope import Scope
from .texts import text_of
from .unit import Unit


class Inline(Body):
    """Compiles the inline function of a procedure, or raises NotSupported where it has none."""

    is_inline = True

    is_function = False
    """T-SQL's own: what it may not do is an error, and no reason to compile it otherwise"""

    def __init__(self, unit: Unit, coverage: Coverage, resolver: Resolver) -> None:
        super().__init__(unit, coverage, resolver)
        self.labels = 0
        self.loops: list[str] = []
        self.writes = False
        self.expands = False
        """True where it stands inside a machine: its own calls are expanded too"""
        self.leave = "RETURN;"
        self._statements.update(
            {
                tree.If: self._if,
                tree.While: self._while,
                tree.Break: lambda node: self.out.add(f"EXIT {self.loops[-1]};"),
                tree.Continue: lambda node: self.out.add(f"CONTINUE {self.loops[-1]};"),
                tree.Return: self._return,
                tree.Throw: self._throw,
                tree.Execute: self._execute,
            }
        )

    def guard(self, emit: Callable[[], None], *, safe: bool = False) -> None:
        emit()

    def message(self, fields: list[str]) -> None:
        if self.is_function:
            raise side_effects.refused(self.current, "PRINT")
        raise NotSupported("a message in an inline function", self.out.line, self.out.col)

    def rows(
        self, index: int, compiled: Compiled, ctes: str = "", awaits: Sequence[str] = ()
    ) -> None:
        if self.is_function:
            raise side_effects.shown(self.current)
        raise NotSupported("a result set in an inline function", self.out.line, self.out.col)

    def change(self, change: Change) -> None:
        self.writes = True
        super().change(change)

    def _write_check(self) -> None:
        """Nothing runs here in a doomed transaction: errors pass through to the caller."""

    def flush(self) -> None:
        self.writes = self.writes or bool(self.unit.pre)
        super().flush()

    def count(self) -> None:
        """A direct caller has NOCOUNT ON."""

    def inlined(self, unit: Unit, coverage: Coverage) -> Inline:
        return Inline(unit, coverage, self.resolver)

    @property
    def may_expand(self) -> bool:
        return self.expands

    def check_covered(self, plan: Plan) -> None:
        """A direct caller has begun the transaction."""

    def option(self, name: str, node: tree.SetOption) -> None:
        if name in ("NOCOUNT", "XACT_ABORT") and node.value.upper() == "ON":
            return
        if name in ("NOCOUNT", "XACT_ABORT", "LOCK_TIMEOUT", "IDENTITY_INSERT"):
            raise NotSupported(f"SET {name} in an inline function", node.line, node.col)
        super().option(name, node)

    def _if(self, node: tree.If) -> None:
        first, *rest = conditions.parts(node.condition)
        test = self._asked(first)
        if rest and node.otherwise is None and not self.counts.is_live(node):
            # One after the other, without a variable between them.
            self.out.add(f"IF {test} THEN")
            self.out.add(f"IF {self._asked(rest[0])} THEN")
            self._nested(node.then)
            self.out.add("END IF; END IF;")
            return
        for each in rest:
            self.out.add(f"_c := {test};")
            self.out.add("IF _c THEN")
            self.out.add(f"_c := {self._asked(each)};")
            self.out.add("END IF;")
            test = "_c"
        if self.counts.is_live(node):
            self.out.add(f"_c := {test}; _rowcount := 0;")
            test = "_c"
        self.out.add(f"IF {test} THEN")
        self._nested(node.then)
        if node.otherwise is not None:
            self.out.add("ELSE")
            self._nested(node.otherwise)
        self.out.add("END IF;")

    def _asked(self, node: tree.Expr) -> str:
        """A condition; what it has locked in vain is let go."""
        test = self.tested(node)
        self.flush()
        missed = releases.missed(node, self.unit)
        sought = misses.sought(node)
        awaits = self.unit.fate.awaits if sought else []
        if not missed and not awaits:
            return test
        with (
            misses.awaiting(self.out, awaits, sought),
            releases.letting_go(self.out, missed, if_=missed != ""),
        ):
            self.out.add(f"_c := {test};")
        return "_c"

    def _nested(self, node: tree.Statement) -> None:
        before = len(self.out)
        self.statement(node)
        if len(self.out) == before:
            self.out.add("NULL;")

    def _while(self, node: tree.While) -> None:
        self.labels += 1
        label = f"_l{self.labels}"
        self.unit.touch(walk.assigned(node.body))
        self.out.add(f"<<{label}>> LOOP")
        test = self.tested(node.condition)
        self.flush()
        self.out.add(f"EXIT {label} WHEN ({test}) IS NOT TRUE;")
        self.loops.append(label)
        self.statement(node.body)
        self.loops.pop()
        self.out.add("END LOOP;")

    def _return(self, node: tree.Return) -> None:
        if node.expr is not None:
            typed = self.expressions.value(node.expr, Scope())
            self.out.add(f"_rc := {assign(typed, INT, line=node.line, col=node.col)};")
        self.out.add(self.leave)

    def _throw(self, node: tree.Throw) -> None:
        if node.number is None:
            raise NotSupported("a bare THROW in an inline function", node.line, node.col)
        assert node.message is not None and node.state is not None
        number = assign(self.expressions.value(node.number, Scope()), INT)
        state = assign(self.expressions.value(node.state, Scope()), INT)
        message = text_of(
            convert(
                self.expressions.value(node.message, Scope()),
                SqlType("nvarchar", 2048),
                implicit=True,
                line=node.line,
                col=node.col,
            )
        )
        self.out.add(
            f"PERFORM tsql.throw({number}, {message}, {state}, {literal(self.unit.name)},"
            f" {node.line});"
        )

    def _execute(self, node: tree.Execute) -> None:
        assert node.procedure is not None or node.procedure_variable is not None
        if node.procedure is None:
            raise NotSupported("this call in an inline function", node.line, node.col)
        found = self.resolver.find(node.procedure)
        if found is None and calls.system_name(node.procedure) in calls.LOCK_PROCEDURES:
            self.writes = True
            calls.application_lock(self, node)
            return
        if found is None or found.type != "P" or self.resolver.plan(found).inline is None:
            raise NotSupported("this call in an inline function", node.line, node.col)
        self.writes = self.writes or self.resolver.plan(found).inline_writes
        calls.direct(self, node, found)
