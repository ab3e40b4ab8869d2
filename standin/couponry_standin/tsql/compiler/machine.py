"""The machine: a procedure or batch as one resumable PL/pgSQL function.

Statements that only the session can do (COMMIT, calls of other machines, definitions …) end the
function with an action and the place to go on from; the session acts and calls again. What lies
between such places is plain PL/pgSQL, so a call costs as many round trips as it has transactions.

The code is cut into numbered blocks, which a chain of IFs runs in order: going forward sets ``_pc``
and falls through, going back starts the loop again. Where a control-flow statement contains no cut
it stays PL/pgSQL's own.

Errors. In *statement* mode every statement stands in a subtransaction of its own, so that an error
undoes that statement alone: T-SQL's rule. In *abort* mode, for code that runs inside a transaction
with XACT_ABORT ON, one subtransaction spans the whole entry: an error dooms the transaction, so
nothing that is undone too much can ever be seen.
"""

from __future__ import annotations

from ...types import SqlType
from .. import tree
from ..conversion import assign
from ..errors import SqlError
from ..names import is_temporary, literal
from ..plan import CallArgument, CallSite, Plan
from ..typed import Typed, pg_type
from . import calls, captures, deferred, tails, temporaries, walk
from .coverage import Coverage
from .flow import DEFINITIONS, Flow
from .inline import Inline
from .locks import compiled_level
from .resolver import Resolver
from .scope import Scope
from .texts import text_of
from .unit import Unit

IMPLICIT = (
    tree.Insert,
    tree.Update,
    tree.Delete,
    tree.Merge,
    tree.Truncate,
    tree.CreateTable,
    tree.AlterTable,
    tree.CreateIndex,
    tree.Drop,
    tree.Permission,
)
"""Statements that IMPLICIT_TRANSACTIONS wraps in a transaction, beside SELECT from a table."""


def begins_transaction(node: tree.Node) -> bool:
    """Whether IMPLICIT_TRANSACTIONS makes the statement begin one: it touches a table."""
    if isinstance(node, tree.SelectStatement):
        return any(isinstance(each, tree.TableSource) for each in walk.nodes(node))
    return isinstance(node, IMPLICIT)


class Machine(Flow):
    """Compiles one procedure or batch."""

    def __init__(self, unit: Unit, coverage: Coverage, resolver: Resolver) -> None:
        super().__init__(unit, coverage, resolver)
        self.calls: list[CallSite] = []
        self.host: list[tree.Statement] = []
        self.missing: SqlError | None = None
        """of the first statement that names a table which does not exist"""
        self.begins = False
        self.implicit = False
        """IMPLICIT_TRANSACTIONS is ON where the compilation is"""
        self.may_be_implicit = False
        self.delays = False
        """a COMMIT before the place may still have to be done"""
        self._statements.update(
            {
                tree.Transaction: self._transaction,
                tree.Execute: self._execute,
                tree.ExecuteText: self._execute_text,
            }
        )
        for kind in DEFINITIONS:
            self._statements[kind] = self._host

    def statement(self, node: tree.Statement) -> None:
        self.current = node
        if self.implicit and begins_transaction(node):
            self.out.at(node)
            self._begin_implicitly()
        if self.delays and self.settles(node):
            self._settle(node)
        place = deferred.Place(self, node)
        try:
            super().statement(node)
        except SqlError as error:
            place.leave(node, error)

    def settles(self, node: tree.Statement) -> bool:
        """Whether a COMMIT that was put off has to be done before the statement."""
        if self.coverage.in_handler or isinstance(node, tree.Block):
            return False
        if isinstance(node, tree.If):
            return not tails.is_test(node.condition, self.unit)
        return not tails.is_light(node, self.unit)

    def _settle(self, node: tree.Statement) -> None:
        after = self.new_block()
        self.out.at(node)
        self.out.add("IF _lazy THEN _lazy := false; _trancount := 1;")
        self.stop("COMMIT", "NULL", None, after)
        self.out.add("END IF;")
        self.jump(after)
        self.start(after)

    def needs_stop(self, node: tree.Node) -> bool:
        if isinstance(node, tree.SelectStatement) and temporaries.into_of(node.query) is not None:
            return True
        if isinstance(node, tree.SetOption) and "TRANSACTION ISOLATION LEVEL" in node.names:
            return True
        if self.may_be_implicit and begins_transaction(node):
            return True
        if self.delays and isinstance(node, tree.Statement) and self.settles(node):
            return True
        return super().needs_stop(node)

    # ------------------------------------------------------------ transactions

    def begins_implicitly(self, body: list[tree.Statement], *, now: bool) -> None:
        """What the body knows of IMPLICIT_TRANSACTIONS: as it is now, and as it sets it."""
        self.implicit = self.unit.implicit = now
        self.may_be_implicit = now or any(
            isinstance(each, tree.SetOption) and "IMPLICIT_TRANSACTIONS" in each.names
            for each in walk.nodes(body)
        )

    def _begin_implicitly(self) -> None:
        after = self.new_block()
        self.begins = True
        self.out.add("IF _trancount = 0 THEN")
        self.out.add("IF _transaction AND NOT _dirty THEN _trancount := 1; ELSE")
        self.stop("BEGIN", "NULL", None, after)
        self.out.add("END IF; END IF;")
        self.jump(after)
        self.start(after)

    def _transaction(self, node: tree.Transaction) -> None:
        after = self.new_block()
        name = self._transaction_name(node)
        self.reset_count(node)
        if node.action == "BEGIN":
            self.begins = True
            self.out.add("IF _trancount > 0 THEN _trancount := _trancount + 1;")
            if node.name is None:
                self.out.add("ELSIF _transaction AND NOT _dirty THEN _trancount := 1;")
            self.out.add("ELSE")
            # A name is the session's to remember: ROLLBACK may ask for it.
            self.stop("BEGIN", name, None, after)
            self.out.add("END IF;")
        elif node.action == "COMMIT":
            self.out.add("IF _trancount = 0 THEN")
            self._raise(
                3902,
                "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.",
                node.line,
            )
            self.out.add("ELSIF _doomed THEN")
            self._raise(
                3930,
                "The current transaction cannot be committed and cannot support"
                " operations that write to the log file. Roll back the transaction.",
                node.line,
            )
            self.out.add("ELSIF _trancount > 1 THEN _trancount := _trancount - 1;")
            if self.abort_mode and not self.coverage.in_handler and not self.loops:
                # What follows may be of a kind that does not need the commit: see tails.py.
                self.out.add("ELSE _trancount := 0; _lazy := true; _dirty := true;")
                self.delays = True
                self._flat.clear()
            else:
                self.out.add("ELSE")
                self.stop("COMMIT", "NULL", None, after)
            self.out.add("END IF;")
        elif node.action == "SAVE":
            self.out.add("IF _trancount = 0 THEN")
            self._raise(
                628, "Cannot issue SAVE TRANSACTION when there is no active transaction.", node.line
            )
            self.out.add("ELSE")
            self.stop("SAVE", name, None, after)
            self.out.add("END IF;")
        else:
            self.out.add("IF _trancount = 0 THEN")
            self._raise(
                3903,
                "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.",
                node.line,
            )
            self.out.add("ELSE")
            self.stop("UNDO" if node.name else "ROLLBACK", name, node.line, after)
            self.out.add("END IF;")
        self.jump(after)
        self.start(after)
        if node.action == "ROLLBACK" and self.unit.error_scope:
            # PostgreSQL has forgotten what CATCH told the procedures that it calls.
            self.out.add(f"PERFORM tsql.remember_error({self.unit.error_scope[-1]});")

    def _transaction_name(self, node: tree.Transaction) -> str:
        if node.name is None:
            return "NULL"
        if node.name.startswith("@"):
            return text_of(self.unit.variable(node.name, node.line, node.col).typed)
        return literal(node.name)

    def option(self, name: str, node: tree.SetOption) -> None:
        if name == "IMPLICIT_TRANSACTIONS":
            self.implicit = self.unit.implicit = node.value.upper() == "ON"
            self._host(node)
            return
        if name == "TRANSACTION ISOLATION LEVEL":
            self.unit.isolation = compiled_level(node.value.upper(), self.unit.catalog)
            self._host(node)
            return
        super().option(name, node)

    def _host(self, node: tree.Statement) -> None:
        if isinstance(node, tree.Use) and self.unit.name:
            raise SqlError(
                154,
                "a USE database statement is not allowed in a procedure, function or trigger.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        if isinstance(node, tree.AlterTable):
            temporaries.refuse_alteration(self, node)
        argument = "NULL"
        if isinstance(node, tree.ExecuteAs):
            typed = self.expressions.value(node.principal, Scope())
            argument = text_of(typed)
        self.host_definition(node, argument)
        if isinstance(node, tree.CreateTable) and is_temporary(node.name):
            temporaries.announce(self, node)

    def host_definition(self, node: tree.Statement, argument: str = "NULL") -> None:
        """Stop for a statement that the session carries out."""
        after = self.new_block()
        self.host.append(node)
        self.stop("HOST", argument, len(self.host) - 1, after)
        self.start(after)

    def _select(self, node: tree.SelectStatement) -> None:
        into = temporaries.into_of(node.query)
        if into is None:
            super()._select(node)
        else:
            temporaries.select_into(self, node, into)

    def _execute_text(self, node: tree.ExecuteText) -> None:
        self.execute_text(node)

    def execute_text(self, node: tree.ExecuteText, *, capture: int = 0) -> None:
        """Stop for a dynamic text; ``capture``: how many columns its rows shall have."""
        expr = node.expr
        if self.format_only:
            switch = tree.Literal(node.line, node.col, "nstring", "SET FMTONLY ON; ")
            expr = tree.Binary(node.line, node.col, "+", switch, expr)
        typed = self.expressions.value(expr, Scope())
        after = self.new_block()
        self.calls.append(CallSite(None, [], node.line, node.col, capture))
        self.stop("TEXT", text_of(typed), len(self.calls) - 1, after)
        self.start(after)

    # ------------------------------------------------------------ calls

    def _execute(self, node: tree.Execute) -> None:
        if node.procedure_variable is not None:
            calls.through_session(self, node, None)
            return
        calls.execute(self, node)

    def _insert(self, node: tree.Insert) -> None:
        if isinstance(node.source, (tree.Execute, tree.ExecuteText)):
            captures.insert_result(self, node, node.source)
            return
        super()._insert(node)

    def call(
        self,
        procedure: tree.Name | None,
        arguments: list[CallArgument],
        texts: list[str],
        node: tree.Execute,
        *,
        capture: int = 0,
    ) -> None:
        """Stop for a call by the session; the block after it finds the answer in ``_in``.

        ``procedure`` None: its name is the first of the texts.
        """
        after = self.new_block()
        self.calls.append(CallSite(procedure, arguments, node.line, node.col, capture))
        line, col = self.out.line, self.out.col
        array = f"ARRAY[{', '.join(texts)}]::text[]::text" if texts else "NULL"

        def emit() -> None:
            self.flush()
            self.out.add(f"_a := {array};")

        self.guard(emit, safe=not texts)
        self.stop("CALL", "_a" if texts else "NULL", len(self.calls) - 1, after)
        self.start(after)
        self.out.line, self.out.col = line, col

    def inlined(self, unit: Unit, coverage: Coverage) -> Inline:
        return Inline(unit, coverage, self.resolver)

    @property
    def may_expand(self) -> bool:
        return self.abort_mode and not self.coverage.in_handler

    def check_covered(self, plan: Plan) -> None:
        if plan.inline_writes:
            self.out.add("IF _trancount = 0 THEN PERFORM tsql.raise_uncovered(); END IF;")

    def receive(self, name: str, source: str, type_: SqlType, node: tree.Node) -> None:
        """Assign what came back from a call, in text form of ``type_``, to a variable."""
        variable = self.unit.variable(name, node.line, node.col)
        assert variable.type is not None
        variable.cell.touched = True
        pg = pg_type(type_)
        typed = Typed(f"({source})::{pg}", type_, pg)
        text = assign(typed, variable.type, line=node.line, col=node.col)
        self.out.add("IF _in[1] = 'R' THEN")
        if not self.abort_mode:
            # @@ERROR stays what the callee has left.
            self.unit.extra("_left int4")
            self.out.add("_left := _error;")
        self.guard(lambda: self.out.add(f"{variable.sql} := {text};"))
        if not self.abort_mode:
            self.out.add("IF _error = 0 THEN _error := _left; END IF;")
        self.out.add("END IF;")
