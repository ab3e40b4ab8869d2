"""The listener: the only module with sockets.

Each connection has one task that takes events in their order and hands them to its session. The
socket is read all the while, so that a cancel or the loss of the client is seen at once.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any, TypeVar, cast

from .serving import RequestCancelled, Session, SessionFactory, SessionKilled
from .tds import (
    Attention,
    Discarded,
    Event,
    Login,
    PreLogin,
    ProtocolError,
    Response,
    ServerConnection,
)
from .tls import RECORD, Tls

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LOGIN_SECONDS = 60.0
"""How long a client may take to log in."""

_CLOSE_SECONDS = 5.0
_MOST_WAITING = 16

_MALFORMED = 4002
_INTERNAL = 596
_KILLED = 596
_KILLED_TEXT = "Cannot continue the execution because the session is in the kill state."


class _ClientGone(ConnectionResetError):
    """``flush`` found nobody to send to. It passes through ``handle``, which need not know it."""


class Server:
    """A listening server."""

    def __init__(self, listener: asyncio.Server, peers: set[_Peer]) -> None:
        self._listener = listener
        self._peers = peers

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return tuple(self._listener.sockets)

    @property
    def port(self) -> int:
        return int(self.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        return len(self._peers)

    async def close(self) -> None:
        """Stop listening, drop every client, and wait until their sessions are closed."""
        self._listener.close()
        for peer in tuple(self._peers):
            peer.abandon()
        await self._listener.wait_closed()
        tasks = [peer.task for peer in self._peers]
        if not tasks:
            return
        _, stuck = await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
        for task in stuck:
            task.cancel()
        if stuck:
            log.error("%d sessions did not end in time", len(stuck))
            await asyncio.wait(stuck, timeout=_CLOSE_SECONDS)

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def serve(
    factory: SessionFactory,
    host: str,
    port: int,
    *,
    login_seconds: float = LOGIN_SECONDS,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """Listen on a loopback address; port 0 takes a free one. Without ``tls`` there is none."""
    if host != "localhost" and not ip_address(host).is_loopback:
        raise ValueError(f"{host} is no loopback address; the stand-in serves this machine only")
    peers: set[_Peer] = set()
    listener = await asyncio.get_running_loop().create_server(
        lambda: _Peer(factory, peers, login_seconds, tls), host, port
    )
    return Server(listener, peers)


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run ``main`` on uvloop where it is installed: it answers in noticeably less time."""
    if find_spec("uvloop") is None:
        return asyncio.run(main)
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


class _Peer(asyncio.Protocol):
    """One connection."""

    def __init__(
        self,
        factory: SessionFactory,
        peers: set[_Peer],
        login_seconds: float,
        context: ssl.SSLContext | None,
    ) -> None:
        self._factory = factory
        self._peers = peers
        self._login_seconds = login_seconds
        self._loop = asyncio.get_running_loop()
        self._connection = ServerConnection()
        self._context = context
        self._tls: Tls | None = None
        self._greeted = False
        self._session: Session | None = None
        self._inbox: deque[Event | ProtocolError] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._drain: asyncio.Future[None] | None = None
        self._paused = False
        self._lost = False
        self._handling = False
        self._ended = False
        self._attention = False
        self._cancelling: asyncio.Task[None] | None = None
        self._name = "client"
        self.task: asyncio.Task[None]

    # What the transport reports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._name = f"{peer[0]}:{peer[1]}" if peer else "client"
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers.add(self)
        self._deadline = self._loop.call_later(self._login_seconds, self._expire)
        self.task = self._loop.create_task(self._run())

    def data_received(self, data: bytes) -> None:
        if self._context is not None and not self._greeted and data[0] == RECORD:
            self._tls = Tls(self._context, framed=False)
        self._greeted = True
        try:
            if self._tls is not None:
                data, reply = self._tls.receive(data)
                if reply:
                    self._transport.write(reply)
            events: tuple[Event, ...] | list[Event] = self._connection.receive(data)
            error = None
        except ProtocolError as problem:
            events, error = problem.before, problem
        for event in events:
            if self._handling and type(event) is Attention:
                self._attention = True
                self._interrupt()
            else:
                self._inbox.append(event)
        if error is None and len(self._inbox) > _MOST_WAITING:
            error = ProtocolError("too many requests before the answer to the first")
        if error is not None:
            self._transport.pause_reading()
            self._inbox.append(error)
            if self._handling:
                self._interrupt()
        self._rouse()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        if self._handling:
            self._interrupt()
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)
        self._rouse()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    # What the server asks

    def abandon(self) -> None:
        """Drop the client; its running request is cancelled, its session closed."""
        self._transport.abort()

    def hang_up(self, reason: str) -> None:
        """The session is at its end: the client finds a broken connection.

        A request that runs has its answer first.
        """
        if self._ended or self._lost:
            return
        self._ended = True
        if not self._handling:
            log.warning("%s: the session was ended: %s", self._name, reason)
            self._transport.abort()

    def _expire(self) -> None:
        if self._session is None:
            log.warning("%s did not log in within %g s", self._name, self._login_seconds)
            self._transport.abort()

    def _interrupt(self) -> None:
        if self._cancelling is None and self._session is not None:
            self._cancelling = self._loop.create_task(self._session.cancel())

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # The conversation

    async def _run(self) -> None:
        try:
            while (item := await self._next()) is not None and await self._answer(item):
                pass
        finally:
            self._deadline.cancel()
            self._transport.close()
            if self._session is not None:
                await self._close(self._session)
            self._peers.discard(self)

    async def _close(self, session: Session) -> None:
        try:
            await session.close()
        except Exception:
            log.exception("%s: the session could not be closed in order", self._name)

    async def _next(self) -> Event | ProtocolError | None:
        while not self._inbox:
            if self._lost:
                return None
            self._wake = self._loop.create_future()
            await self._wake
        return None if self._lost else self._inbox.popleft()

    async def _answer(self, item: Event | ProtocolError) -> bool:
        """Answer one event; False ends the connection."""
        if isinstance(item, ProtocolError):
            self._refuse(item)
            return False
        if isinstance(item, PreLogin):
            self._greet(item)
            return True
        response = self._connection.respond(item)
        if isinstance(item, Login):
            alive = await self._login(item, response)
        elif isinstance(item, Attention):
            response.attention_ack()
            alive = True
        elif isinstance(item, Discarded):
            response.done(error=True)
            alive = True
        else:
            alive = await self._handle(item, response)
        if not self._lost:
            self._write(response.finish())
            if alive and self._attention:
                # A message of its own: there are drivers that wait for the second one.
                self._attention = False
                acknowledgement = self._connection.respond(item)
                acknowledgement.attention_ack()
                self._write(acknowledgement.finish())
            if self._paused and alive:
                with suppress(_ClientGone):
                    await self._drained()
        return alive and not self._lost

    def _greet(self, hello: PreLogin) -> None:
        context = self._context if hello.demands_encryption and self._tls is None else None
        if hello.demands_encryption and self._context is None:
            log.warning("%s demands encryption without a certificate: Encrypt=no", self._name)
        encrypted = context is not None or self._tls is not None
        self._write(
            self._connection.answer_prelogin(encrypted=encrypted, federated=hello.federated)
        )
        if context is not None:
            # The client waits for the answer before it begins the handshake.
            self._tls = Tls(context, framed=True)

    def _write(self, data: bytes) -> None:
        if self._tls is not None and self._tls.ready:
            data = self._tls.encrypt(data)
        self._transport.write(data)

    def _refuse(self, problem: ProtocolError) -> None:
        log.warning("%s: %s", self._name, problem.reason)
        response = Response()
        response.error(_MALFORMED, 1, 20, f"The TDS stream cannot be read: {problem.reason}.")
        response.done(error=True)
        self._write(response.finish())

    async def _login(self, login: Login, response: Response) -> bool:
        try:
            self._session = await self._factory.login(login, response, self.hang_up)
        except Exception:
            log.exception("%s: internal error at login", self._name)
            self._fail(response)
            return False
        self._deadline.cancel()
        return self._session is not None

    async def _handle(self, event: Event, response: Response) -> bool:
        session = self._session
        assert session is not None

        async def flush() -> None:
            data = response.take()
            if data:
                self._write(data)
            await self._drained()

        self._handling = True
        self._attention = False
        if self._inbox:
            self._overtake()
        try:
            await session.handle(event, response, flush)
        except _ClientGone:
            return False
        except SessionKilled as reason:
            log.warning("%s: the session was killed: %s", self._name, reason)
            response.error(_KILLED, 1, 21, _KILLED_TEXT)
            response.done(error=True)
            return False
        except Exception as reason:
            if not (isinstance(reason, RequestCancelled) and self._cancelling is not None):
                log.exception("%s: internal error", self._name)
                self._fail(response)
                return False
            # Drivers report a cancel only if the statement that it met ended with an error.
            response.done(error=True)
        finally:
            self._handling = False
            if self._cancelling is not None:
                cancelling, self._cancelling = self._cancelling, None
                await asyncio.wait([cancelling])
                problem = None if cancelling.cancelled() else cancelling.exception()
                if problem is not None:
                    log.error("%s: the cancel failed", self._name, exc_info=problem)
        return not self._ended

    def _overtake(self) -> None:
        """Heed a cancel, or an error, that arrived together with the request now starting."""
        for item in self._inbox:
            if isinstance(item, Attention):
                self._inbox.remove(item)
                self._attention = True
                self._interrupt()
                return
            if isinstance(item, ProtocolError):
                self._interrupt()
                return

    def _fail(self, response: Response) -> None:
        response.error(
            _INTERNAL, 1, 20, "The session was ended by an internal error of the stand-in."
        )
        response.done(error=True)

    async def _drained(self) -> None:
        if self._paused and not self._lost:
            self._drain = self._loop.create_future()
            await self._drain
        if self._lost:
            raise _ClientGone
