"""What machines ask the session for: transactions, savepoints, calls, texts, definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..postgres.result import PgError
from ..postgres.statement import Statement
from ..tsql import tree
from ..tsql.errors import NotSupported, SqlError, placed
from ..tsql.plan import Plan
from .activation import Activation
from .arguments import Argument, Bound, array_items, array_text, bind
from .outcome import error_fields
from .temporaries import SESSION
from .texts import parse_name
from .transactions import COMMIT, ROLLBACK, quoted
from .writer import Writer

if TYPE_CHECKING:
    from .session import Session

NEST_LIMIT = 32

ABORTING = {213, 241, 242, 244, 245, 248, 295, 1205, 3930, 3931, 3960, 3998, 13609, 40517}
"""Errors that end the batch, as tsql.aborts_batch has them; 208 ends its own scope only."""


class Actions:
    """The stack of machines, and what is done for the one on top when it stops."""

    def __init__(self, session: Session, writer: Writer) -> None:
        self.session = session
        self.state = session.state
        self.transactions = session.transactions
        self.writer = writer
        self.stack: list[Activation] = []
        self.before: list[Statement] = []
        """what goes out right before the machine is entered again"""
        self.open = session.in_pg_transaction
        """a PostgreSQL transaction is open"""
        self.scope = SESSION
        """where temporary tables of the plan at the bottom belong"""
        self.implicit = False
        """the transaction of the machine on top was that of its request, and is over"""
        self.committing = False
        """what goes out next begins with the COMMIT that the machine on top asked for"""

    def _push(self, plan: Plan, bound: Bound, is_module: bool) -> None:
        if len(self.stack) >= NEST_LIMIT:
            raise SqlError(
                217,
                "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit"
                f" {NEST_LIMIT}).",
                severity=16,
            )
        caller = self.stack[-1] if self.stack else None
        state = self.state
        own_scope = is_module or caller is not None or self.writer.inside
        self.stack.append(
            Activation(
                plan,
                bound,
                is_module,
                caller.nocount if caller else state.nocount,
                caller.xact_abort if caller else state.xact_abort,
                state.trancount,
                bool(caller and (caller.handler > 0 or caller.outer_try)),
                rowcount=caller.rowcount if caller else state.rowcount,
                error=caller.error if caller else state.error,
                captured=caller.captured if caller else None,
                width=caller.width if caller else 0,
                scope_identity=None if own_scope else state.scope_identity,
                isolation=state.isolation,
                scope=self.session.temporaries.new_scope() if caller or is_module else self.scope,
            )
        )
        if caller is not None and is_module:
            self.writer.depth += 1

    async def _act(self, top: Activation, action: str, argument: str | None, index: int) -> None:
        state = self.state
        if action == "BEGIN":
            if self.open:
                self.before.append(COMMIT)
            self.before.append(self.transactions.begin_statement())
            self.open = True
            state.trancount = 1
            state.transaction_name = argument.lower() if argument else None
            self.transactions.announce(self.writer.response)
        elif action == "COMMIT":
            self.open = False
            state.ended()
            if self.implicit:
                self.transactions.announce(self.writer.response)
                return
            if self.session.own_catalog is None:
                # Sent together with what follows it, which runs only if this succeeds.
                self.committing = True
                self.before.append(COMMIT)
                return
            # Other sessions may look for the new definitions once they can see them.
            [result] = await self.session.connection.run([COMMIT])
            if result.error is not None:
                await self._not_committed(top, result.error)
            self.transactions.announce(self.writer.response)
        elif action == "ROLLBACK" and top.captured is not None:
            error = SqlError(
                3915, "Cannot use the ROLLBACK statement within an INSERT-EXEC statement."
            )
            self._refuse(top, error, index)
        elif action == "ROLLBACK":
            if not self.implicit:
                self.before.append(ROLLBACK)
            self.open = False
            state.ended(rolled_back=True)
            state.pg_lock_timeout = None
            self.transactions.announce(self.writer.response)
        elif action in ("SAVE", "UNDO"):
            await self._savepoint(top, action, argument or "", index)
        elif action == "CALL":
            await self._call(top, index, argument)
        elif action == "TEXT":
            await self._text(top, index, argument or "")
        elif action == "HOST":
            await self._host(top, index, argument)
        else:
            raise RuntimeError(f"unknown action {action}")

    async def _not_committed(self, top: Activation, problem: PgError) -> None:
        """PostgreSQL refused the COMMIT: the machine gets the error."""
        await self.session.connection.run([ROLLBACK])
        self.state.rolled_back = True
        error = await self.session.translate(problem)
        top.incoming = array_text(["E", *error_fields(error), "1"])

    async def _savepoint(self, top: Activation, action: str, name: str, line: int) -> None:
        state = self.state
        lowered = name.lower()
        if action == "SAVE":
            self.before.append(Statement(f"SAVEPOINT {quoted(lowered)}", prepare=False))
            state.savepoints.append(lowered)
        elif lowered in state.savepoints and state.doomed:
            error = SqlError(
                3931,
                "The current transaction cannot be committed and cannot be rolled back to a"
                " savepoint. Roll back the entire transaction.",
            )
            self._refuse(top, error, line)
        elif lowered in state.savepoints:
            state.forget_after(lowered)
            back = Statement(f"ROLLBACK TO SAVEPOINT {quoted(lowered)}", prepare=False)
            state.rollbacks += 1
            state.pg_lock_timeout = None
            if self.session.own_catalog is None:
                self.before.append(back)
            else:
                await self.session.connection.run([back])
                await self.session.defined()
        elif state.transaction_name is not None and lowered == state.transaction_name:
            self.before.append(ROLLBACK)
            self.open = False
            state.ended(rolled_back=True)
            state.pg_lock_timeout = None
        else:
            error = SqlError(
                6401,
                f"Cannot roll back {name}. No transaction or savepoint of that name was found.",
            )
            self._refuse(top, error, line)

    async def _call(self, top: Activation, index: int, argument: str | None) -> None:
        site = top.plan.calls[index]
        if site.capture and top.captured is not None:
            error = SqlError(8164, "An INSERT EXEC statement cannot be nested.")
            self._refuse(top, error, site.line)
            return
        texts = array_items(argument) if argument else []
        name = site.procedure
        if name is None:
            name = self._named(texts.pop(0))
        arguments = [
            Argument(each.name or "", each.type, text, each.output, each.is_default)
            for each, text in zip(site.arguments, texts, strict=True)
        ]
        try:
            plan, bound = await self.session.resolve_call(
                name, arguments, checked=not top.is_module
            )
            await self.session.ensure(plan)
            self._push(plan, bound, bool(plan.name))
            if site.capture:
                self.stack[-1].captured, self.stack[-1].width = [], site.capture
        except SqlError as error:
            self._refuse(top, error, site.line, site.col)

    def _refuse(self, top: Activation, error: SqlError, line: int, col: int = 1) -> None:
        """A statement that the session carries out failed: the machine gets the error."""
        placed(error, line, col)
        error.line = error.line if error.procedure else line
        error.procedure = error.procedure or top.plan.name
        fatal = "1" if error.number in ABORTING else "0"
        top.incoming = array_text(["E", *error_fields(error), fatal])

    def _named(self, text: str | None) -> tree.Name:
        """The procedure that a variable names: ``EXEC @name``."""
        try:
            return parse_name(text or "")
        except (SqlError, AssertionError):
            return tree.Name(0, 0, (text or "",))

    async def _text(self, top: Activation, index: int, text: str) -> None:
        site = top.plan.calls[index]
        if site.capture and top.captured is not None:
            error = SqlError(8164, "An INSERT EXEC statement cannot be nested.")
            self._refuse(top, error, site.line)
            return
        try:
            plan = await self.session.batch_plan(text, [], "")
            await self.session.ensure(plan)
            self._push(plan, bind(plan, []), False)
            if site.capture:
                self.stack[-1].captured, self.stack[-1].width = [], site.capture
        except SqlError as error:
            self._refuse(top, error, 1)

    async def _host(self, top: Activation, index: int, argument: str | None) -> None:
        node = top.plan.host[index]
        try:
            if isinstance(node, tree.Use) and len(self.stack) > 1:
                raise NotSupported("USE in a text that EXEC runs", node.line, node.col)
            if self.open and self.state.trancount == 0:
                await self.session.connection.run([COMMIT])
                self.open = False
            self.session.temporaries.scope = top.scope
            await self.session.definitions.run(node, argument, self.writer)
            self.open = self.session.in_pg_transaction
            if isinstance(node, tree.Use):
                # The machine goes on in the other database, which does not know it yet.
                await self.session.ensure(top.plan)
        except SqlError as error:
            self._refuse(top, error, node.line, node.col)
