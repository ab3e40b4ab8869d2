"""Requests of a driver's transaction manager: begin, commit, roll back, save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tds import Response, TransactionRequest
from ..tsql.errors import SqlError
from .state import ISOLATION

if TYPE_CHECKING:
    from .session import Session


async def request(session: Session, event: TransactionRequest, response: Response) -> None:
    level = event.begin.isolation if event.begin is not None else 0
    if level and session.state.trancount == 0:
        session.state.isolation = next(k for k, v in ISOLATION.items() if v == level)
    if event.kind == "begin":
        await session.begin(event.name)
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
        session.announce(response)
    response.done(in_transaction=session.state.trancount > 0)
