"""A session's transaction: begun, committed and rolled back, and what the client hears of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..postgres.statement import Statement
from ..tds import Response, TransactionRequest, Unsendable
from ..tsql.errors import SqlError
from .state import ISOLATION

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)

BEGIN = Statement("BEGIN")
BEGIN_SNAPSHOT = Statement("BEGIN ISOLATION LEVEL REPEATABLE READ")
COMMIT = Statement("COMMIT")
ROLLBACK = Statement("ROLLBACK")


class Transactions:
    """What machines and drivers' transaction managers ask for, over one session's state."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.state = session.state
        self._announced = False
        self._descriptor = 0

    async def request(self, event: TransactionRequest, response: Response) -> None:
        """What a driver's transaction manager asks for."""
        state = self.state
        level = event.begin.isolation if event.begin is not None else 0
        if level and state.trancount == 0:
            state.isolation = next(k for k, v in ISOLATION.items() if v == level)
        if event.kind == "begin":
            await self.begin(event.name)
            state.untouched = state.trancount == 1
        elif event.kind == "commit":
            await self.commit()
        elif event.kind == "rollback":
            await self.rollback(event.name)
        elif event.kind == "save":
            await self.save(event.name)
        else:
            raise SqlError(
                8509, f"The transaction request '{event.kind}' is not supported.", severity=16
            )
        self.announce(response)
        if event.kind != "begin" and event.begin is not None:
            await self.begin(event.begin.name)
            state.untouched = True
            self.announce(response)
        response.done(in_transaction=state.trancount > 0)

    def announce(self, response: Response) -> None:
        """Tell the client when it has entered or left a transaction."""
        inside = self.state.trancount > 0
        if inside == self._announced:
            return
        self._announced = inside
        session = self.session
        if inside:
            self._descriptor += 1
            response.begin_transaction((session.spid << 32) + self._descriptor)
            return
        if self.state.rolled_back:
            response.rollback_transaction((session.spid << 32) + self._descriptor)
        else:
            response.commit_transaction((session.spid << 32) + self._descriptor)
        if session.own_catalog is not None:
            session.database.offer(session.own_catalog)
            session.own_catalog = None

    def forget(self) -> None:
        """A reset has ended the transaction, and the client knows."""
        self._announced = False

    def begin_statement(self) -> Statement:
        """BEGIN as the isolation level has it: the others read what each statement finds."""
        self.state.snapshot = self.state.isolation == "SNAPSHOT"
        return BEGIN_SNAPSHOT if self.state.snapshot else BEGIN

    async def begin(self, name: str = "") -> None:
        if self.state.trancount == 0:
            await self.session.connection.run([self.begin_statement()])
            self.state.transaction_name = name.lower() or None
        self.state.trancount += 1

    async def commit(self) -> None:
        state, session = self.state, self.session
        if state.trancount == 0:
            raise SqlError(
                3902, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."
            )
        if state.trancount > 1:
            state.trancount -= 1
            return
        [result] = await session.connection.run([COMMIT])
        state.ended()
        if result.error is not None:
            state.rolled_back = True
            await session.connection.run([ROLLBACK])
            raise await session.translate(result.error)

    async def save(self, name: str) -> None:
        """A savepoint that a driver asks for by a request of its own."""
        if self.state.trancount == 0:
            raise SqlError(
                628, "Cannot issue SAVE TRANSACTION when there is no active transaction."
            )
        save = f"SAVEPOINT {quoted(name.lower())}"
        await self.session.connection.run([Statement(save, prepare=False)])
        self.state.savepoints.append(name.lower())

    async def rollback(self, name: str = "") -> None:
        """To the savepoint of that name, or of the whole transaction."""
        state, session = self.state, self.session
        if name.lower() in state.savepoints:
            state.forget_after(name.lower())
            back = f"ROLLBACK TO SAVEPOINT {quoted(name.lower())}"
            await session.connection.run([Statement(back, prepare=False)])
            state.rollbacks += 1
            state.pg_lock_timeout = None
            if session.own_catalog is not None:
                await session.defined()
            return
        if state.trancount == 0:
            raise SqlError(
                3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."
            )
        await session.connection.run([ROLLBACK])
        state.ended(rolled_back=True)
        state.pg_lock_timeout = None

    async def lose(self, response: Response) -> None:
        """An error has taken the transaction with it: nobody asked for its end."""
        if self.session.in_pg_transaction:
            await self.session.connection.run([ROLLBACK])
        self.state.ended(rolled_back=True)
        self.state.pg_lock_timeout = None
        self.announce(response)

    async def lost_over_a_value(self, problem: Unsendable, response: Response) -> None:
        """A value has no form in the protocol: its request ends, and takes what is open with it."""
        log.warning("a value that cannot be sent: %s", problem)
        await self.lose(response)
        text = "Arithmetic overflow error converting expression to data type datetime2."
        response.error(8115, 2, 16, text, "", 1)
        response.done(error=True)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
