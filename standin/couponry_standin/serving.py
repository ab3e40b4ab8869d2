"""What the listener asks of those who stand behind it: sessions, and who lets clients in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from .tds import Event, Login, Response

Flush = Callable[[], Awaitable[None]]

HangUp = Callable[[str], None]
"""Says that a session has come to its end, and why. A client that asks for nothing at the time
loses its connection at once, one that waits for an answer with that answer (596, as a rule)."""


class RequestCancelled(Exception):
    """Raised by ``Session.handle`` when it stops because of ``Session.cancel``."""


class SessionKilled(Exception):
    """Raised by ``Session.handle`` when what it works on is gone; the connection ends with 596."""


class Session(Protocol):
    """What stands behind a connection once the client has logged in."""

    async def handle(self, event: Event, response: Response, flush: Flush) -> None:
        """Answer one request. ``flush`` sends what is ready and waits while the client is slow."""
        ...

    async def cancel(self) -> None:
        """Make the running ``handle`` return, or raise RequestCancelled.

        It runs beside ``handle``, at any point where that awaits, also before its first step.
        """
        ...

    async def close(self) -> None:
        """The connection is gone. Called once, never while ``handle`` runs."""
        ...


class SessionFactory(Protocol):
    async def login(self, login: Login, response: Response, hang_up: HangUp) -> Session | None:
        """Welcome a client (``response.login_ack``), or write errors and return None.

        What stands behind the session may call ``hang_up`` at any time.
        """
        ...
