"""Runs plans: enters machines, does what they ask for, and enters them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..postgres.result import Result
from ..postgres.statement import Statement
from ..serving import Flush
from ..tsql.plan import Plan
from .activation import Activation, capture
from .arguments import Bound, array_items, resume_sql
from .ends import Ends
from .outcome import Outcome, error_from
from .state import ISOLATION
from .temporaries import SESSION
from .transactions import BEGIN
from .writer import Writer

if TYPE_CHECKING:
    from .session import Session

ASSERT_FAILURE = "P0004"
"""What no handler of PL/pgSQL catches."""

BLOCK = 1000
"""Rows that are made bytes and sent together."""

FEW = 5
"""Fewer rows than these cost less one by one than column by column."""


class Runner(Ends):
    """Runs one top-level plan of a session."""

    def __init__(self, session: Session, writer: Writer, flush: Flush) -> None:
        super().__init__(session, writer)
        self.flush = flush

    async def run(self, plan: Plan, bound: Bound, *, is_module: bool) -> Outcome:
        """Run a plan to its end. Errors that nothing catches are in the outcome, not raised."""
        await self.session.ensure(plan)
        self._push(plan, bound, is_module)
        before: list[Statement] = []
        temporaries = self.session.temporaries
        outcome = Outcome()
        while self.stack:
            if self.session.cancelled:
                await self._abandon(before)
            if not before and temporaries.used and temporaries.tables:
                await temporaries.keep(SESSION, *(each.scope for each in self.stack))
            outcome = await self._enter(before)
            before = self.before
        await self._settle()
        return outcome

    # ------------------------------------------------------------ entering

    async def _enter(self, before: list[Statement], *, explicit: bool = False) -> Outcome:
        """Enter the machine on top once, and act on what it asks for."""
        top = self.stack[-1]
        state = self.state
        statements = list(before)
        self.before = []
        # Nothing has been written in a transaction that begins here; in one that is open already
        # there may be what BEGIN TRANSACTION has to commit before.
        fresh = top.plan.begins and not self.open and not statements and top.pc == "0"
        self.implicit = False
        if fresh:
            begin = self.transactions.begin_statement()
            # A request is a transaction of PostgreSQL's by itself: see ADR 0018.
            alone = top.plan.whole and len(self.stack) == 1 and begin is BEGIN
            self.implicit = alone and not explicit and state.told_isolation == state.isolation
            if not self.implicit:
                statements.append(begin)
                self.open = True
        if state.told_isolation != state.isolation:
            statements.append(told_isolation(state.isolation))
            state.told_isolation, state.tells_isolation = state.isolation, True
        wanted = self._lock_timeout()
        if state.pg_lock_timeout != wanted and not (top.pc == "0" and top.plan.sets_lock_timeout):
            statements.append(lock_timeout(wanted))
            state.pg_lock_timeout = wanted
        level = len(self.stack) - (not self.stack[0].is_module)
        # The items as plan.STATE lists them.
        given = (
            f"{state.trancount},{state.doomed:d},{top.nocount:d},{top.xact_abort:d},{top.rowcount},"
            f"{top.error},{top.handler},{fresh:d},{top.outer_try:d},{level},{self.implicit:d}"
        )
        known = state.pg_lock_timeout, state.identity, top.scope_identity
        rest = [None if each is None else str(each).encode() for each in known]
        head = (top.pc.encode(), top.frame, top.incoming, *given.encode().split(b","), *rest)
        if top.pc == "0":
            statements.append(Statement(top.bound.sql, head + top.bound.values))
        else:
            statements.append(Statement(resume_sql(top.plan), head))
        results = await self.session.connection.run(statements)
        committing, self.committing = self.committing, False
        for result in results[:-1]:
            if result.error is not None:
                if committing:
                    await self._not_committed(top, result.error)
                    self.transactions.announce(self.writer.response)
                    return Outcome()
                return await self._pg_failed(result.error)
        if committing:
            self.transactions.announce(self.writer.response)
        answer = results[-1]
        if answer.error is not None:
            if self.implicit and answer.error.sqlstate == ASSERT_FAILURE:
                # The transaction would have had to outlive the request: once more, with a BEGIN.
                top.plan.whole = answer.error.message != "stop"
                state.pg_lock_timeout = None
                return await self._enter([], explicit=True)
            return await self._pg_failed(answer.error)
        if answer.aborted:
            raise RuntimeError("a statement was not run although none before it failed")
        return await self._read(top, answer)

    async def _read(self, top: Activation, answer: Result) -> Outcome:
        """Pass rows and messages on; then do what the last row says."""
        tags = answer.column(0)
        index, end = 0, len(tags) - 1
        last = answer.row(end, 0, 7)
        writer = self.writer
        if last[6] == b"COMMIT" and last[1] == b"DONE":
            # The machine put its COMMIT off to its end: done before the client hears anything.
            refused = await self._commit_late()
            if refused is not None:
                return await self._failed(refused, thrown=False)
        while index < end:
            tag = tags[index]
            if tag == b"-1":
                number = int(answer.value(index, 1) or 0)
                index += 1
                start, mark = index, str(number).encode()
                while tags[index] == mark:
                    index += 1
                width = len(top.plan.sets[number - 1]) + 1
                if top.captured is not None:
                    rows = [answer.row(each, 1, width) for each in range(start, index)]
                    capture(top, number, rows)
                    continue
                writer.columns(top.plan, number)
                if await self._send(answer, start, index, width):
                    self._take_state(top, _text(last[5]) or "{}")
                    await self._abandon([])
                continue
            if tag == b"-2":
                writer.message([_text(value) for value in answer.row(index, 1, 7)])
            elif tag == b"-3":
                if top.captured is None:
                    writer.count(int(answer.value(index, 1) or 0))
            else:
                raise RuntimeError(f"a row with the tag {tag!r}")
            index += 1
        action = _text(last[1]) or ""
        if action != "ERROR" or len(self.stack) > 1:
            # An error that goes to the client comes before the end of what it broke off.
            writer.close_rows()
        self._take_state(top, _text(last[5]) or "{}")
        top.pc = _text(last[2]) or "0"
        top.frame = last[3]
        top.incoming = None
        if action == "DONE":
            return await self._done(top, array_items(_text(last[4]) or "{}"))
        if action == "ERROR":
            fields = array_items(_text(last[4]) or "{}")
            return await self._failed(error_from(fields), thrown="T" in fields[6:])
        await self._act(top, action, _text(last[4]), int(last[6] or 0))
        return Outcome()

    async def _send(self, answer: Result, first: int, end: int, width: int) -> bool:
        """Rows of a result set, in blocks; True when the client has cancelled between two."""
        response = self.writer.response
        if end - first < FEW:
            response.rows([answer.row(each, 1, width) for each in range(first, end)])
            return False
        while first < end:
            stop = min(first + BLOCK, end)
            response.block([answer.column(column, first, stop) for column in range(1, width)])
            if stop - first == BLOCK:
                await self.flush()
                if self.session.cancelled:
                    return True
            first = stop
        return False

    def _lock_timeout(self) -> int:
        """What the machine on top has set, or else those that called it, or the session."""
        for each in reversed(self.stack):
            if each.lock_timeout is not None:
                return each.lock_timeout
        return self.state.lock_timeout

    def _take_state(self, top: Activation, text: str) -> None:
        # The items as plan.py lists them.
        trancount, doomed, nocount, xact_abort, rowcount, error, handler, *rest = text[1:-1].split(
            ","
        )
        _, _, _, timeout, identity, scoped = rest
        state = self.state
        state.trancount = int(trancount)
        state.doomed = doomed == "1"
        top.nocount = nocount == "1"
        top.xact_abort = xact_abort == "1"
        top.rowcount = int(rowcount)
        top.error = int(error)
        top.handler = int(handler)
        state.pg_lock_timeout = None if timeout == "NULL" else int(timeout)
        top.lock_timeout = state.pg_lock_timeout
        state.identity = None if identity == "NULL" else identity
        top.scope_identity = None if scoped == "NULL" else scoped
        if len(self.stack) == 1 and not top.is_module:
            state.nocount, state.xact_abort = top.nocount, top.xact_abort
            if not self.writer.inside:
                state.scope_identity = top.scope_identity
            if state.pg_lock_timeout is not None:
                state.lock_timeout = state.pg_lock_timeout
        self.transactions.announce(self.writer.response)


def lock_timeout(milliseconds: int) -> Statement:
    value = 0 if milliseconds < 0 else max(milliseconds, 1)
    return Statement("SELECT set_config('lock_timeout', $1, false)", (str(value).encode(),))


def told_isolation(level: str) -> Statement:
    number = str(ISOLATION[level]).encode()
    return Statement("SELECT set_config('tsql.isolation', $1, false)", (number,))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
