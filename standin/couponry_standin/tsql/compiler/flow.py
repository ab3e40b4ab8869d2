"""Control flow: IF, WHILE, RETURN and TRY … CATCH."""

from __future__ import annotations

from ...types import INT
from .. import tree
from ..conversion import assign
from ..errors import SqlError
from . import conditions, misses, releases, walk
from .blocks import STATUS
from .coverage import Coverage
from .labels import Labels
from .raising import Raising
from .resolver import Resolver
from .scope import Scope
from .unit import Unit

DEFINITIONS = (
    tree.CreateTable,
    tree.AlterTable,
    tree.CreateIndex,
    tree.CreateType,
    tree.CreateSequence,
    tree.CreateSchema,
    tree.CreateDatabase,
    tree.AlterDatabase,
    tree.Module,
    tree.Drop,
    tree.CreatePrincipal,
    tree.AlterPrincipal,
    tree.Permission,
    tree.Truncate,
    tree.Kill,
    tree.Use,
    tree.ExecuteAs,
    tree.Revert,
)
"""Statements that the session carries out itself."""


def valued_return(node: tree.Return) -> SqlError:
    return SqlError(
        178,
        "A RETURN statement with a return value cannot be used in this context.",
        severity=15,
        line=node.line,
        col=node.col,
    )


class Flow(Raising):
    """Writes control flow: PL/pgSQL's own where nothing inside has to stop, else jumps."""

    def __init__(self, unit: Unit, coverage: Coverage, resolver: Resolver) -> None:
        super().__init__(unit, coverage, resolver)
        self.loops: list[tuple[str, int, int]] = []
        """enclosing loops: (label, 0, 0) for PL/pgSQL's own, ('', top, end) for flat ones"""
        self.labels = 0
        self.places = Labels()
        self.tries: list[int] = []
        """the TRY (odd) and CATCH (even) blocks around the place"""
        self._flat: dict[int, bool] = {}
        self._statements.update(
            {
                tree.If: self._if,
                tree.While: self._while,
                tree.Break: self._break,
                tree.Continue: self._continue,
                tree.Label: lambda node: self.places.label(self, node),
                tree.GoTo: self._go_to,
                tree.Return: self._return,
                tree.TryCatch: self._try,
                tree.Throw: self._throw,
                tree.RaisError: self._raiserror,
            }
        )

    def is_flat(self, node: tree.Node | list[tree.Statement] | None) -> bool:
        """Whether a statement contains a place where the machine may have to stop."""
        if node is None:
            return False
        if isinstance(node, list):
            return any(self.is_flat(each) for each in node)
        known = self._flat.get(id(node))
        if known is None:
            known = self._flat[id(node)] = self.needs_stop(node)
        return known

    def needs_stop(self, node: tree.Node) -> bool:
        """What ``is_flat`` finds out about one statement."""
        match node:
            case tree.Block():
                return self.is_flat(node.body)
            case tree.If():
                return self.is_flat(node.then) or self.is_flat(node.otherwise)
            case tree.While():
                return self.is_flat(node.body)
            case tree.TryCatch() | tree.Transaction() | tree.ExecuteText():
                return True
            case tree.Label() | tree.GoTo():
                return True
            case tree.Execute():
                return not self.resolver.is_direct(node, self.coverage)
            case tree.Insert():
                return isinstance(node.source, (tree.Execute, tree.ExecuteText))
            case tree.SetOption():
                return "IMPLICIT_TRANSACTIONS" in node.names
            case _:
                return isinstance(node, DEFINITIONS)

    def statements(self, nodes: list[tree.Statement]) -> None:
        for node in nodes:
            self.statement(node)

    # ------------------------------------------------------------ branches and loops

    @property
    def tests_in_place(self) -> bool:
        """Whether an error in a condition ends all that surrounds it, so that nothing guards it."""
        return self.abort_mode and not self.coverage.in_handler

    def _guarded_condition(self, node: tree.Expr) -> str:
        """The condition, computed where an error in it is handled."""
        first, *rest = conditions.parts(node)
        if rest and self.tests_in_place:
            self.out.add(f"_c := {self._guarded_condition(first)};")
            self.out.add("IF _c THEN")
            self.out.add(f"_c := {self._guarded_condition(rest[0])};")
            self.out.add("END IF;")
            return "_c"
        sql = self.tested(node)
        missed = releases.missed(node, self.unit)
        sought = misses.sought(node)
        awaits = self.unit.fate.awaits if sought else []

        def emit() -> None:
            self.flush()
            with (
                misses.awaiting(self.out, awaits, sought),
                releases.letting_go(self.out, missed, if_=missed != ""),
            ):
                self.out.add(f"_c := {sql};")

        if self.tests_in_place and not self.unit.pre and not missed and not awaits:
            return sql
        self.guard(emit)
        return "_c"

    def _if(self, node: tree.If) -> None:
        first, *rest = conditions.parts(node.condition)
        plain = node.otherwise is None and not self.is_flat(node) and not self.counts.is_live(node)
        if rest and self.tests_in_place and plain:
            # One after the other, without a variable between them.
            for each in (first, *rest):
                self.out.add(f"IF {self._guarded_condition(each)} THEN")
            self._nested(node.then)
            self.out.add("END IF; END IF;")
            return
        test = self._guarded_condition(node.condition)
        if self.counts.is_live(node):
            self.out.add(f"_c := {test}; _rowcount := 0;")
            test = "_c"
        if not self.is_flat(node):
            self.out.add(f"IF {test} THEN")
            self._nested(node.then)
            if node.otherwise is not None:
                self.out.add("ELSE")
                self._nested(node.otherwise)
            self.out.add("END IF;")
            return
        otherwise, end = self.new_block(), self.new_block()
        then = self.new_block()
        self.out.add(
            f"IF {test} THEN _pc := {then.number}; ELSE _pc := {otherwise.number}; END IF;"
        )
        self.start(then)
        self.statement(node.then)
        self.jump(end)
        self.start(otherwise)
        if node.otherwise is not None:
            self.statement(node.otherwise)
        self.jump(end)
        self.start(end)

    def _nested(self, node: tree.Statement) -> None:
        self.depth += 1
        before = len(self.out)
        self.statement(node)
        if len(self.out) == before:
            self.out.add("NULL;")
        self.depth -= 1

    def _while(self, node: tree.While) -> None:
        self.unit.touch(walk.assigned(node.body))
        if not self.is_flat(node):
            self.labels += 1
            label = f"_l{self.labels}"
            self.out.add(f"<<{label}>> LOOP")
            self.depth += 1
            test = self._guarded_condition(node.condition)
            self.out.add(f"EXIT {label} WHEN ({test}) IS NOT TRUE;")
            self.loops.append((label, 0, 0))
            self.statement(node.body)
            self.loops.pop()
            self.depth -= 1
            self.out.add("END LOOP;")
            return
        top, body, end = self.new_block(), self.new_block(), self.new_block()
        self.jump(top)
        self.start(top)
        # BREAK and CONTINUE may have left a TRY.
        handler = f"_h := {self.handler};"
        self.out.add(handler)
        test = self._guarded_condition(node.condition)
        self.out.add(f"IF {test} THEN _pc := {body.number}; ELSE _pc := {end.number}; END IF;")
        self.start(body)
        self.loops.append(("", top.number, end.number))
        self.statement(node.body)
        self.loops.pop()
        self.jump(top)
        self.start(end)
        self.out.add(handler)

    def _break(self, node: tree.Break) -> None:
        self._leave_loop(node, "EXIT", 2)

    def _continue(self, node: tree.Continue) -> None:
        self._leave_loop(node, "CONTINUE", 1)

    def _leave_loop(self, node: tree.Statement, word: str, part: int) -> None:
        if not self.loops:
            raise SqlError(
                135 if word == "EXIT" else 136,
                f"Cannot use a {'BREAK' if word == 'EXIT' else 'CONTINUE'} statement outside the"
                " scope of a WHILE statement.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        label = self.loops[-1][0]
        if label:
            self.out.add(f"{word} {label};")
        else:
            self.out.add(f"_pc := {self.loops[-1][part]}; CONTINUE machine;")

    def _go_to(self, node: tree.GoTo) -> None:
        for name in reversed(self.unit.error_scope):
            self.out.add(forget(name))
        self.places.go_to(self, node)

    def _return(self, node: tree.Return) -> None:
        code = STATUS
        if node.expr is not None:
            if not self.unit.name:
                raise valued_return(node)
            typed = self.expressions.value(node.expr, Scope())
            text = assign(typed, INT, line=node.line, col=node.col)

            def emit() -> None:
                self.flush()
                self.out.add(f"_rc := {text};")

            self.guard(emit)
            code = "_rc"
        self._done(code)

    def _done(self, code: str) -> None:
        self.out.add(f"_rc := {code};" if code != "_rc" else "NULL;")
        self.out.add("_pc := -2; CONTINUE machine;")

    def _try(self, node: tree.TryCatch) -> None:
        self.errors += 1
        number = self.errors
        name = f"_err{number}"
        self.extra_variables += [f"{name} text[]", f"{name}_before text"]
        outer = self.handler
        catch, after = self.new_block(), self.new_block()
        self.handler = catch.number
        self.out.add(f"_h := {catch.number};")
        self.tries.append(2 * number - 1)
        self.statements(node.body)
        self.handler = outer
        self.tries[-1] += 1
        self.out.add(f"_h := {outer};")
        self.jump(after)
        self.start(catch)
        self.out.add(f"_h := {outer}; {name} := _e;")
        self.out.add(f"{name}_before := current_setting('tsql.error', true);")
        self.out.add("PERFORM tsql.remember_error(_e);")
        self.unit.error_scope.append(name)
        with self.coverage.handling():
            self.statements(node.handler)
        self.tries.pop()
        self.unit.error_scope.pop()
        self.out.add(forget(name))
        self.jump(after)
        self.start(after)


def forget(name: str) -> str:
    """Leave a CATCH block: the error before it is the one that is known again."""
    return f"PERFORM set_config('tsql.error', coalesce({name}_before, ''), false);"
