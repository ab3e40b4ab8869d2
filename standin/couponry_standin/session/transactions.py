"""What a driver's transaction manager asks for, and the end of a request without an answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..tds import Response, TransactionRequest, Unsendable
from ..tsql.errors import SqlError
from .actions import ROLLBACK
from .state import ISOLATION

if TYPE_CHECKING:
    from .session import Session

log = logging.getLogger(__name__)


async def request(session: Session, event: TransactionRequest, response: Response) -> None:
    level = event.begin.isolation if event.begin is not None else 0
    if level and session.state.trancount == 0:
        session.state.isolation = next(k for k, v in ISOLATION.items() if v == level)
    if event.kind == "begin":
        await session.begin(event.name)
        session.state.untouched = session.state.trancount == 1
    elif event.kind == "commit":
        await session.commit()
    elif event.kind == "rollback":
        await session.rollback(event.name)
    elif event.kind == "save":
        await session.save(event.name)
    else:
        raise SqlError(
            8509, f"The transaction request '{event.kind}' is not supported.", severity=16
        )
    session.announce(response)
    if event.kind != "begin" and event.begin is not None:
        await session.begin(event.begin.name)
        session.state.untouched = True
        session.announce(response)
    response.done(in_transaction=session.state.trancount > 0)


async def lost_over_a_value(session: Session, problem: Unsendable, response: Response) -> None:
    """A value has no form in the protocol: its request ends, and takes what is open with it."""
    log.warning("a value that cannot be sent: %s", problem)
    if session.in_pg_transaction:
        await session.connection.run([ROLLBACK])
    session.state.ended(rolled_back=True)
    session.state.pg_lock_timeout = None
    session.announce(response)
    text = "Arithmetic overflow error converting expression to data type datetime2."
    response.error(8115, 2, 16, text, "", 1)
    response.done(error=True)
