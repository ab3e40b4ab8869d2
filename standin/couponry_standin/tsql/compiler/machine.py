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

from collections.abc import Callable
from dataclasses import dataclass, field

from ...types import INT, SqlType
from .. import tree
from ..conversion import assign, convert
from ..errors import NotSupported, SqlError
from ..names import literal
from ..plan import CallArgument, CallSite
from ..typed import Typed, pg_type
from . import calls, walk
from .body import Body, text_of, variable_text
from .code import CodeLines
from .coverage import Coverage
from .queries import Compiled
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
    tree.Use,
    tree.ExecuteAs,
    tree.Revert,
)
"""Statements that the session carries out itself."""

DIAGNOSTICS = (
    "GET STACKED DIAGNOSTICS _x1 = RETURNED_SQLSTATE, _x2 = MESSAGE_TEXT,"
    " _x3 = PG_EXCEPTION_DETAIL, _x4 = PG_EXCEPTION_HINT, _x5 = SCHEMA_NAME, _x6 = TABLE_NAME,"
    " _x7 = COLUMN_NAME, _x8 = CONSTRAINT_NAME, _x9 = PG_DATATYPE_NAME,"
    " _x10 = PG_EXCEPTION_CONTEXT;"
)


IMPLICIT = (
    tree.Insert,
    tree.Update,
    tree.Delete,
    tree.Truncate,
    tree.CreateTable,
    tree.AlterTable,
    tree.CreateIndex,
    tree.Drop,
    tree.Permission,
)


def begins_transaction(node: tree.Node) -> bool:
    """Whether IMPLICIT_TRANSACTIONS makes the statement begin one: it touches a table."""
    if isinstance(node, tree.SelectStatement):
        return any(isinstance(each, tree.TableSource) for each in walk.nodes(node))
    return isinstance(node, IMPLICIT)


@dataclass(slots=True)
class Block:
    """One numbered block."""

    number: int
    code: CodeLines = field(default_factory=CodeLines)


class Machine(Body):
    """Compiles one procedure or batch."""

    def __init__(self, unit: Unit, coverage: Coverage, resolver: Resolver) -> None:
        super().__init__(unit)
        self.coverage = coverage
        self.resolver = resolver
        self.abort_mode = coverage.abort_mode
        self.blocks: list[Block] = []
        self.calls: list[CallSite] = []
        self.host: list[tree.Statement] = []
        self.begins = False
        self.depth = 0
        self.handler = 0
        self.loops: list[tuple[str, int, int]] = []
        """enclosing loops: (label, 0, 0) for PL/pgSQL's own, ('', top, end) for flat ones"""
        self.errors = 0
        self.labels = 0
        self.implicit = False
        """IMPLICIT_TRANSACTIONS is ON where the compilation is"""
        self.may_be_implicit = False
        self._flat: dict[int, bool] = {}
        self._statements.update(
            {
                tree.If: self._if,
                tree.While: self._while,
                tree.Break: self._break,
                tree.Continue: self._continue,
                tree.Return: self._return,
                tree.TryCatch: self._try,
                tree.Throw: self._throw,
                tree.RaisError: self._raiserror,
                tree.Transaction: self._transaction,
                tree.Execute: self._execute,
                tree.ExecuteText: self._execute_text,
            }
        )
        for kind in DEFINITIONS:
            self._statements[kind] = self._host
        self.start(self.new_block())

    # ------------------------------------------------------------ blocks

    def new_block(self) -> Block:
        block = Block(len(self.blocks))
        self.blocks.append(block)
        return block

    def start(self, block: Block) -> None:
        """Continue in ``block``; code keeps the order in which blocks are started."""
        line = self.out.line
        if block in self.order:
            raise AssertionError("a block is started once")
        self.order.append(block)
        self.out = block.code
        self.out.line = line

    @property
    def order(self) -> list[Block]:
        found = self.__dict__.get("_order")
        if found is None:
            found = self.__dict__["_order"] = []
        return found

    def jump(self, block: Block) -> None:
        """End the current block by going to ``block``."""
        self.out.add(f"_pc := {block.number};")
        if block in self.order or self.depth:
            self.out.add("CONTINUE machine;")

    def is_flat(self, node: tree.Node | list[tree.Statement] | None) -> bool:
        """Whether a statement contains a place where the machine may have to stop."""
        if node is None:
            return False
        if isinstance(node, list):
            return any(self.is_flat(each) for each in node)
        known = self._flat.get(id(node))
        if known is None:
            known = self._flat[id(node)] = self._needs_stop(node)
        return known

    def begins_implicitly(self, body: list[tree.Statement], *, now: bool) -> None:
        """What the body knows of IMPLICIT_TRANSACTIONS: as it is now, and as it sets it."""
        self.implicit = now
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

    def _needs_stop(self, node: tree.Node) -> bool:
        if self.may_be_implicit and begins_transaction(node):
            return True
        match node:
            case tree.Block():
                return self.is_flat(node.body)
            case tree.If():
                return self.is_flat(node.then) or self.is_flat(node.otherwise)
            case tree.While():
                return self.is_flat(node.body)
            case tree.TryCatch() | tree.Transaction() | tree.ExecuteText():
                return True
            case tree.Execute():
                return not self.resolver.is_direct(node, self.coverage)
            case tree.Insert():
                return isinstance(node.source, tree.Execute)
            case tree.SetOption():
                return "IMPLICIT_TRANSACTIONS" in node.names
            case _:
                return isinstance(node, DEFINITIONS)

    # ------------------------------------------------------------ what Body needs

    def guard(self, emit: Callable[[], None], *, safe: bool = False) -> None:
        if safe or self.abort_mode and not self.coverage.in_handler:
            emit()
            return
        line = self.out.line
        self.out.add("BEGIN")
        emit()
        self.out.add(f"EXCEPTION WHEN OTHERS THEN {DIAGNOSTICS}")
        self.out.add(
            "_e := tsql.caught(_x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10,"
            f" {literal(self.unit.name)}, {line});"
        )
        self._dispatch("_xact_abort OR tsql.dooms(_e[1]::int4)", "tsql.aborts_batch(_e[1]::int4)")
        self.out.add("END;")

    def _dispatch(self, dooms: str, aborts: str) -> None:
        """Send the error in ``_e`` where it belongs: to CATCH, to the caller, or to the client."""
        self.out.add("_error := _e[1]::int4; _rowcount := 0;")
        if dooms != "false":
            self.out.add(f"IF _trancount > 0 AND ({dooms}) THEN _doomed := true; END IF;")
        if self.handler:
            self.out.add(f"_pc := {self.handler}; CONTINUE machine;")
            return
        leave = "_outer_try OR _xact_abort" + (f" OR {aborts}" if aborts != "false" else "")
        self.out.add(f"IF {leave} THEN _pc := -1; CONTINUE machine; END IF;")
        self.message([f"_e[{index}]" for index in range(1, 7)])

    def message(self, fields: list[str]) -> None:
        sets = " ".join(f"_{i} := {text};" for i, text in enumerate(fields, 1))
        self.out.add(f"_0 := -2; {sets} RETURN NEXT;")

    def rows(self, index: int, compiled: Compiled, ctes: str = "", source: str = "") -> None:
        items = [
            text_of(Typed(f'"_q"."c{i}"', column.type, column.pg, rank=column.rank))
            for i, column in enumerate(compiled.columns, 1)
        ]
        listed = ", ".join(items)
        self.out.add(f"_0 := -1; _1 := '{index}'; RETURN NEXT;")
        shape = ", ".join(f'"c{i}"' for i in range(1, len(items) + 1))
        self.out.add(
            f"RETURN QUERY {ctes}{' ' if ctes else ''}SELECT {index}::int2, {listed}"
            f'/*pad:{len(items)}*/ FROM ({compiled.sql}) AS "_q"({shape});'
        )
        self.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
        self.count()

    def count(self) -> None:
        self.out.add("IF NOT _nocount THEN _0 := -3; _1 := _rowcount::text; RETURN NEXT; END IF;")

    def _write_check(self) -> None:
        if not self.abort_mode or self.coverage.in_handler:
            self.out.add("IF _doomed THEN PERFORM tsql.raise_doomed(); END IF;")
        elif not self.coverage.is_covered(self.current):
            raise AssertionError("an uncovered write in abort mode")
        else:
            self.out.add("IF _trancount = 0 THEN PERFORM tsql.raise_uncovered(); END IF;")
        if not self.abort_mode or self.coverage.in_handler:
            self.out.add("_dirty := _dirty OR _trancount = 0;")

    # ------------------------------------------------------------ statements

    def statement(self, node: tree.Statement) -> None:
        self.current = node
        if self.implicit and begins_transaction(node):
            self.out.line = node.line
            self._begin_implicitly()
        super().statement(node)

    def statements(self, nodes: list[tree.Statement]) -> None:
        for node in nodes:
            self.statement(node)

    def condition(self, node: tree.Expr) -> str:
        sql = self.expressions.condition(node, Scope())
        self.flush()
        return sql

    def _guarded_condition(self, node: tree.Expr) -> str:
        """The condition, computed where an error in it is handled."""
        sql = self.expressions.condition(node, Scope())

        def emit() -> None:
            self.flush()
            self.out.add(f"_c := {sql};")

        if self.abort_mode and not self.coverage.in_handler and not self.unit.pre:
            return sql
        self.guard(emit)
        return "_c"

    def _if(self, node: tree.If) -> None:
        test = self._guarded_condition(node.condition)
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
        test = self._guarded_condition(node.condition)
        self.out.add(f"IF {test} THEN _pc := {body.number}; ELSE _pc := {end.number}; END IF;")
        self.start(body)
        self.loops.append(("", top.number, end.number))
        self.statement(node.body)
        self.loops.pop()
        self.jump(top)
        self.start(end)

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

    def _return(self, node: tree.Return) -> None:
        code = "0"
        if node.expr is not None:
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

    # ------------------------------------------------------------ stopping for the session

    def stop(self, action: str, arguments: str, index: int | None, resume: Block) -> None:
        """End the function; the session acts and comes back at ``resume``."""
        self.out.add(
            f"_0 := 0; _1 := '{action}'; _2 := '{resume.number}'; _3 := /*frame*/;"
            f" _4 := {arguments}; _5 := /*state*/; _6 := {literal(str(index or 0))};"
            " RETURN NEXT; RETURN;"
        )

    def _transaction(self, node: tree.Transaction) -> None:
        after = self.new_block()
        name = self._transaction_name(node)
        if node.action == "BEGIN":
            self.begins = True
            self.out.add("IF _trancount > 0 THEN _trancount := _trancount + 1;")
            self.out.add("ELSIF _transaction AND NOT _dirty THEN _trancount := 1;")
            self.out.add("ELSE")
            self.stop("BEGIN", "NULL", None, after)
            self.out.add("END IF;")
        elif node.action == "COMMIT":
            self.out.add("IF _trancount = 0 THEN")
            self._raise(3902, "The COMMIT TRANSACTION request has no corresponding BEGIN"
                        " TRANSACTION.", node.line)
            self.out.add("ELSIF _doomed THEN")
            self._raise(3930, "The current transaction cannot be committed and cannot support"
                        " operations that write to the log file. Roll back the transaction.",
                        node.line)
            self.out.add("ELSIF _trancount > 1 THEN _trancount := _trancount - 1;")
            self.out.add("ELSE")
            self.stop("COMMIT", "NULL", None, after)
            self.out.add("END IF;")
        elif node.action == "SAVE":
            self.out.add("IF _trancount = 0 THEN")
            self._raise(628, "Cannot issue SAVE TRANSACTION when there is no active"
                        " transaction.", node.line)
            self.out.add("ELSE")
            self.stop("SAVE", name, None, after)
            self.out.add("END IF;")
        else:
            self.out.add("IF _trancount = 0 THEN")
            self._raise(3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN"
                        " TRANSACTION.", node.line)
            self.out.add("ELSE")
            self.stop("UNDO" if node.name else "ROLLBACK", name, None, after)
            self.out.add("END IF;")
        self.jump(after)
        self.start(after)

    def _transaction_name(self, node: tree.Transaction) -> str:
        if node.name is None:
            return "NULL"
        if node.name.startswith("@"):
            return text_of(self.unit.variable(node.name, node.line, node.col).typed)
        return literal(node.name)

    def _option(self, name: str, node: tree.SetOption) -> None:
        if name == "IMPLICIT_TRANSACTIONS":
            self.implicit = node.value.upper() == "ON"
            self._host(node)
            return
        super()._option(name, node)

    def _host(self, node: tree.Statement) -> None:
        if isinstance(node, tree.Use) and self.unit.name:
            raise SqlError(
                154,
                "a USE database statement is not allowed in a procedure, function or trigger.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        after = self.new_block()
        self.host.append(node)
        argument = "NULL"
        if isinstance(node, tree.ExecuteAs):
            typed = self.expressions.value(node.principal, Scope())
            argument = text_of(typed)
        self.stop("HOST", argument, len(self.host) - 1, after)
        self.start(after)

    def _execute_text(self, node: tree.ExecuteText) -> None:
        typed = self.expressions.value(node.expr, Scope())
        after = self.new_block()
        self.calls.append(CallSite(None, [], node.line))
        self.stop("TEXT", text_of(typed), len(self.calls) - 1, after)
        self.start(after)

    # ------------------------------------------------------------ calls

    def _execute(self, node: tree.Execute) -> None:
        if node.procedure_variable is not None:
            raise NotSupported("EXEC of a procedure named by a variable", node.line, node.col)
        calls.execute(self, node)

    def call(
        self,
        procedure: tree.Name,
        arguments: list[CallArgument],
        texts: list[str],
        node: tree.Execute,
        *,
        capture: bool = False,
    ) -> None:
        """Stop for a call by the session; the block after it finds the answer in ``_in``."""
        after = self.new_block()
        self.calls.append(
            CallSite(procedure, arguments, node.line, capture, "RECOMPILE" in node.options)
        )
        line = self.out.line
        array = f"ARRAY[{', '.join(texts)}]::text[]::text" if texts else "NULL"

        def emit() -> None:
            self.flush()
            self.out.add(f"_a := {array};")

        self.guard(emit, safe=not texts)
        self.stop("CALL", "_a" if texts else "NULL", len(self.calls) - 1, after)
        self.start(after)
        self.out.line = line

    def receive(self, name: str, source: str, type_: SqlType, node: tree.Node) -> None:
        """Assign what came back from a call, in text form of ``type_``, to a variable."""
        variable = self.unit.variable(name, node.line, node.col)
        assert variable.type is not None
        pg = pg_type(type_)
        typed = Typed(f"({source})::{pg}", type_, pg)
        text = assign(typed, variable.type, line=node.line, col=node.col)
        self.out.add("IF _in[1] = 'R' THEN")
        self.guard(lambda: self.out.add(f"{variable.sql} := {text};"))
        self.out.add("END IF;")

    # ------------------------------------------------------------ errors

    def _raise(self, number: int, message: str, line: int) -> None:
        fields = [str(number), "16", "1", message, self.unit.name, str(line)]
        listed = ", ".join(literal(text) for text in fields)
        self.out.add(f"_e := ARRAY[{listed}];")
        # These dooms nothing; with XACT_ABORT ON they end the batch as any error does.
        self._dispatch("false", "false")

    def _throw(self, node: tree.Throw) -> None:
        if node.number is None:
            if not self.unit.error_scope:
                raise SqlError(
                    10704,
                    "To rethrow an error, a THROW statement must be used inside a CATCH block."
                    " Insert the THROW statement inside a CATCH block, or add error parameters to"
                    " the THROW statement.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            self.out.add(f"_e := {self.unit.error_scope[-1]};")
        else:
            assert node.message is not None and node.state is not None
            number = self._integer(node.number)
            message = text_of(
                convert(
                    self.expressions.value(node.message, Scope()),
                    SqlType("nvarchar", 2048),
                    implicit=True,
                    line=node.line,
                    col=node.col,
                )
            )
            state = self._integer(node.state)

            def emit() -> None:
                self.flush()
                self.out.add(
                    f"_e := tsql.thrown({number}, {message}, {state},"
                    f" {literal(self.unit.name)}, {node.line});"
                )

            self.guard(emit)
        self.out.add("_error := _e[1]::int4;")
        self.out.add("IF _xact_abort AND _trancount > 0 THEN _doomed := true; END IF;")
        self.out.add(f"_pc := {self.handler or -1}; CONTINUE machine;")

    def _integer(self, node: tree.Expr) -> str:
        typed = self.expressions.value(node, Scope())
        return assign(typed, INT, line=node.line, col=node.col)

    def _raiserror(self, node: tree.RaisError) -> None:
        message = text_of(self.expressions.value(node.message, Scope()))
        severity, state = self._integer(node.severity), self._integer(node.state)
        args = [text_of(self.expressions.value(arg, Scope())) for arg in node.args]
        listed = f"ARRAY[{', '.join(args)}]::text[]" if args else "'{}'::text[]"

        def emit() -> None:
            self.flush()
            self.out.add(
                f"_e := tsql.raiserror({message}, {severity}, {state}, {listed},"
                f" {literal(self.unit.name)}, {node.line});"
            )

        self.guard(emit)
        self.out.add("IF _e[2]::int4 <= 10 THEN")
        self.message([f"_e[{index}]" for index in range(1, 7)])
        self.out.add("ELSE _error := _e[1]::int4;")
        if self.handler:
            self.out.add(f"_pc := {self.handler}; CONTINUE machine;")
        else:
            self.out.add("IF _outer_try THEN _pc := -1; CONTINUE machine; END IF;")
            self.message([f"_e[{index}]" for index in range(1, 7)])
        self.out.add("END IF;")

    def _try(self, node: tree.TryCatch) -> None:
        self.errors += 1
        name = f"_err{self.errors}"
        self.extra_variables.append(f"{name} text[]")
        outer = self.handler
        catch, after = self.new_block(), self.new_block()
        self.handler = catch.number
        self.out.add(f"_h := {catch.number};")
        with self.coverage.entering(node.body):
            self.statements(node.body)
        self.handler = outer
        self.out.add(f"_h := {outer};")
        self.jump(after)
        self.start(catch)
        self.out.add(f"_h := {outer}; {name} := _e;")
        self.out.add("PERFORM tsql.remember_error(_e);")
        self.unit.error_scope.append(name)
        with self.coverage.handling():
            self.statements(node.handler)
        self.unit.error_scope.pop()
        self.jump(after)
        self.start(after)

    # ------------------------------------------------------------ frames

    def frame_variables(self) -> list[tuple[str, str]]:
        """(PL/pgSQL variable, type) of everything that must survive a stop."""
        found: list[tuple[str, str]] = []
        for variable in self.unit.variables.values():
            pg = f"{variable.pg}[]" if variable.columns is not None else variable.pg
            found.append((variable.sql, pg))
        for extra in self.extra_variables:
            name, _, type_ = extra.partition(" ")
            if not name.endswith('$new"'):
                found.append((name, type_.split(" := ")[0]))
        return found

    def frame_text(self) -> str:
        items = [variable_text(sql, pg) for sql, pg in self.frame_variables()]
        return f"ARRAY[{', '.join(items)}]::text[]::text" if items else "NULL"
