"""A database for one session alone: what some options of ALTER DATABASE want.

WITH ROLLBACK IMMEDIATE and WITH ROLLBACK AFTER end the other sessions, WITH NO_WAIT gives up where
there is one, and without any of them the statement waits until the others have left.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..tsql.errors import SqlError
from .database import Database
from .endings import end
from .ends import Cancelled

if TYPE_CHECKING:
    from .session import Session
    from .writer import Writer

LOOK_SECONDS = 0.02
NOBODY = "NO_WAIT"


async def take_over(
    session: Session, database: Database, termination: str | None, writer: Writer
) -> None:
    """Return when nobody else is in the database. Error 5069, after 5070, where somebody may stay.

    ``termination``: ``NO_WAIT``, ``ROLLBACK IMMEDIATE``, ``ROLLBACK AFTER`` seconds, or None.
    """
    if termination == NOBODY and others(session, database):
        writer.response.error(
            5070,
            2,
            16,
            "Database state cannot be changed while other users are using the database"
            f" '{database.name}'",
        )
        raise SqlError(5069, "ALTER DATABASE statement failed.")
    await left(session, database, patience(termination))
    for each in others(session, database):
        await end(session, each)


def patience(termination: str | None) -> float | None:
    """Seconds that the others have to leave by themselves; None for ever."""
    if termination is None:
        return None
    seconds = termination.rpartition(" ")[2]
    return float(seconds) if seconds.isdigit() else 0.0


async def left(session: Session, database: Database, seconds: float | None) -> None:
    waited = 0.0
    while others(session, database) and (seconds is None or waited < seconds):
        if session.cancelled:
            raise Cancelled
        await asyncio.sleep(LOOK_SECONDS)
        waited += LOOK_SECONDS


def others(session: Session, database: Database) -> list[Session]:
    return [
        each for each in session.factory.sessions if each is not session and each.is_in(database)
    ]
