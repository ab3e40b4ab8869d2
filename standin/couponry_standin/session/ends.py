"""How machines end: with an answer for their caller, with an error, or because the client left."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from ..postgres.connection import ConnectionLost
from ..postgres.result import PgError
from ..postgres.statement import Statement
from ..tsql.errors import SqlError
from .actions import ABORTING, Actions
from .activation import Activation, misfit, mismatch
from .arguments import array_text, bind
from .outcome import Outcome, argument_error, error_fields
from .transactions import COMMIT, ROLLBACK
from .writer import Writer

if TYPE_CHECKING:
    from .session import Session


class Cancelled(Exception):
    """PostgreSQL stopped the statement because the client asked."""


class Ends(Actions):
    """Takes the machine on top off the stack, and gives what came of it to the one below."""

    def __init__(self, session: Session, writer: Writer) -> None:
        super().__init__(session, writer)
        self.follows = True
        """whether the parts of a text are run one after the other, or the caller does that"""

    async def _done(self, top: Activation, values: list[str | None]) -> Outcome:
        self.stack.pop()
        if top.plan.following is not None and (self.stack or self.follows):
            return await self._follow(top, *top.plan.following)
        outcome = Outcome(int(values[0] or 0), values[1:])
        state = self.state
        self._restore_isolation(top)
        if not self.stack:
            state.rowcount, state.error = top.rowcount, top.error
            if top.is_module and state.trancount != top.trancount:
                self.writer.error(mismatch(top, state.trancount))
            return outcome
        caller = self.stack[-1]
        if top.is_module:
            self.writer.depth -= 1
            if state.trancount != top.trancount:
                error = mismatch(top, state.trancount)
                if caller.handler or caller.outer_try:
                    return await self._give_error(caller, error)
                self.writer.error(error)
        caller.rowcount, caller.error = top.rowcount, top.error
        if top.misfit:
            return await self._give_error(caller, misfit())
        self._give_answer(caller, top, outcome)
        if top.is_module and not self.writer.inside:
            self.writer.response.return_status(outcome.return_code)
            self.writer.response.done_proc()
        return outcome

    def _restore_isolation(self, done: Activation) -> None:
        """What a procedure or a dynamic text has set holds until it ends."""
        if self.stack or done.is_module:
            self.state.isolation = done.isolation

    async def _follow(self, done: Activation, text: str, key: str, part: int) -> Outcome:
        """The next part of a dynamic text, compiled now that the one before it is done."""
        try:
            plan = await self.session.batch_plan(text, done.plan.parameters, key, part)
            await self.session.ensure(plan)
        except SqlError as error:
            if not self.stack:
                return Outcome(error=error)
            self._refuse(self.stack[-1], error, 1)
            return Outcome()
        next_part = replace(done, plan=plan, bound=bind(plan, []), pc="0", frame=None, handler=0)
        next_part.incoming = None
        self.stack.append(next_part)
        return Outcome()

    def _give_answer(self, caller: Activation, callee: Activation, outcome: Outcome) -> None:
        """Outputs go back in the order of the call's OUTPUT arguments."""
        by_position: dict[int, str | None] = {}
        for (position, _), text in zip(callee.bound.outputs, outcome.outputs, strict=True):
            if position is not None:
                by_position[position] = text
        # sp_executesql gives the number of the last error back.
        code = outcome.return_code if callee.is_module else outcome.return_code or callee.error
        items: list[str | None] = ["R", str(code)]
        items += [by_position[position] for position in sorted(by_position)]
        if caller.captured is None and callee.captured is not None:
            items.append(json.dumps(callee.captured))
        caller.incoming = array_text(items)

    async def _failed(self, error: SqlError, *, thrown: bool) -> Outcome:
        """The machine on top ended with an error that it did not catch."""
        top = self.stack.pop()
        self._restore_isolation(top)
        if self.stack:
            if top.is_module:
                self.writer.depth -= 1
            return await self._give_error(self.stack[-1], error, top.xact_abort or thrown)
        self.state.error = error.number
        if self.state.trancount > 0 and (self.state.doomed or top.xact_abort):
            await self.transactions.lose(self.writer.response)
            self.open = False
        return Outcome(error=error, thrown=thrown)

    async def _give_error(
        self, caller: Activation, error: SqlError, fatal: bool = False
    ) -> Outcome:
        aborts = fatal or error.number in ABORTING or error.number >= 50000
        caller.incoming = array_text(["E", *error_fields(error), "1" if aborts else "0"])
        return Outcome(error=error)

    async def _abandon(self, before: list[Statement]) -> NoReturn:
        """The client has cancelled between two statements: give up what is open."""
        if before:
            await self.session.connection.run(before)
        if self.session.in_pg_transaction or self.state.trancount:
            await self.transactions.lose(self.writer.response)
        self.stack.clear()
        raise Cancelled

    async def _pg_failed(self, problem: PgError) -> Outcome:
        """PostgreSQL itself refused: the transaction is gone."""
        if self.session.connection.closed:
            raise ConnectionLost(problem.message)
        await self.transactions.lose(self.writer.response)
        self.open = False
        if problem.sqlstate == "57014":
            self.stack.clear()
            raise Cancelled
        error = await self.session.translate(problem)
        top = self.stack.pop()
        if top.pc == "0":
            error = argument_error(error, top.plan.name)
        if self.stack:
            # The caller's variables are the session's: it can go on, without the transaction.
            if top.is_module:
                self.writer.depth -= 1
            return await self._give_error(self.stack[-1], error)
        return Outcome(error=error)

    async def _settle(self) -> None:
        """Nothing runs any more: a transaction that only the machine wanted is committed."""
        state = self.state
        connection = self.session.connection
        if state.trancount == 0 and self.session.in_pg_transaction:
            [result] = await connection.run([COMMIT])
            if result.error is not None:
                await connection.run([ROLLBACK])
                raise await self.session.translate(result.error)
        elif state.trancount > 0 and state.doomed:
            await self.transactions.lose(self.writer.response)
            raise SqlError(
                3998,
                "Uncommittable transaction is detected at the end of the batch. The transaction is"
                " rolled back.",
                severity=16,
            )

    async def _commit_late(self) -> SqlError | None:
        state, session = self.state, self.session
        state.trancount = 1
        self.transactions.announce(self.writer.response)
        if self.implicit:
            state.ended()
            self.transactions.announce(self.writer.response)
            return None
        [result] = await session.connection.run([COMMIT])
        self.open = False
        error = None
        if result.error is not None:
            await session.connection.run([ROLLBACK])
            error = await session.translate(result.error)
        state.ended(rolled_back=error is not None)
        self.transactions.announce(self.writer.response)
        return error
