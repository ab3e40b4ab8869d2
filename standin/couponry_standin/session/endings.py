"""Sessions that another one ends: KILL, and ALTER DATABASE … WITH ROLLBACK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..postgres.statement import Statement
from ..tsql import tree
from ..tsql.errors import SqlError
from .ends import Cancelled

if TYPE_CHECKING:
    from .session import Session

LAST_OF_THE_SYSTEM, LAST = 50, 32767
"""the session ids of SQL Server's own sessions, and of all"""

END = "SELECT pg_terminate_backend($1::int4, 10000)"


async def kill(session: Session, node: tree.Kill) -> None:
    """KILL, with SQL Server's complaints in its order."""
    number = node.session_id
    if session.state.trancount > 0:
        raise SqlError(6115, "KILL command cannot be used inside user transactions.")
    if not 1 <= number <= LAST:
        raise SqlError(6101, f"Session ID {number} is not valid.")
    if number <= LAST_OF_THE_SYSTEM:
        raise SqlError(6107, "Only user processes can be killed.", severity=14)
    victim = next(
        (each for each in session.factory.sessions if each.spid == number and each.is_alive), None
    )
    if victim is None:
        raise SqlError(6106, f"Process ID {number} is not an active process ID.", state=2)
    if victim is session:
        raise SqlError(6104, "Cannot use KILL to kill your own process.")
    if not session.principal.is_owner:
        raise SqlError(
            6102, "User does not have permission to use the KILL statement.", severity=14, state=2
        )
    if node.status_only:
        raise SqlError(
            6120,
            "Status report cannot be obtained. Rollback operation for Process ID"
            f" {number} is not in progress.",
        )
    await end(session, victim)


async def end(session: Session, victim: Session) -> None:
    """End another session. What it had not committed is undone when this returns.

    A client that waits for an answer gets 596, one that does not finds its connection broken.
    """
    # PostgreSQL rolls back before it answers. A session that goes into another database
    # meanwhile has a new connection, which ends as well.
    while victim.is_alive:
        if session.cancelled:
            raise Cancelled
        pid = str(victim.connection.backend_pid).encode()
        await session.connection.run([Statement(END, (pid,))])
