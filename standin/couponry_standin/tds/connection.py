"""A server's end of a connection: bytes in, events out; responses in, bytes out."""

from __future__ import annotations

import secrets
from dataclasses import replace
from enum import Enum

from . import login, prelogin
from .batch import parse_batch
from .bulk import parse_bulk
from .errors import ProtocolError
from .events import (
    ENCRYPT_NOT_SUP,
    Attention,
    Discarded,
    Event,
    FederatedLogin,
    Login,
    PreLogin,
)
from .packet import DEFAULT_PACKET, MESSAGE_LIMIT, Kind, Message, Unpacker, pack
from .response import Response
from .rpc import parse_rpc
from .transaction import parse_transaction

_GREETING_LIMIT = 128 * 1024
"""Whoever has not logged in may not make the server keep much."""


class _State(Enum):
    NEW = "before PRELOGIN"
    GREETED = "before LOGIN7"
    OPEN = "after LOGIN7"
    BROKEN = "after an error"


class ServerConnection:
    """Turns what a client sends into events, whatever the pieces in which it arrives.

    It knows nothing of TLS: what `Tls` has decrypted is fed to it, what it makes is encrypted.
    """

    __slots__ = (
        "_encrypted",
        "_federated",
        "_hello",
        "_message_limit",
        "_nonce",
        "_packet_size",
        "_state",
        "_unpacker",
    )

    def __init__(self, *, message_limit: int = MESSAGE_LIMIT) -> None:
        self._state = _State.NEW
        self._hello = PreLogin((0, 0, 0), ENCRYPT_NOT_SUP, "", mars=False, federated=False)
        self._encrypted = self._federated = False
        self._nonce = b""
        self._message_limit = message_limit
        self._unpacker = Unpacker(min(_GREETING_LIMIT, message_limit))
        self._packet_size = DEFAULT_PACKET

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes from the client and give the events that they complete.

        ProtocolError carries the events before the error; the connection is unusable afterwards.
        """
        if self._state is _State.BROKEN:
            raise ProtocolError("the connection is broken")
        events: list[Event] = []
        try:
            for message in self._unpacker.feed(data):
                events.append(self._event(message))
        except ProtocolError as error:
            self._state = _State.BROKEN
            error.before = tuple(events)
            raise
        return events

    def answer_prelogin(
        self,
        version: tuple[int, int, int] = (16, 0, 1000),
        *,
        encrypted: bool = False,
        federated: bool = False,
        nonce: bytes | None = None,
    ) -> bytes:
        """The answer to PreLogin. It has no tokens, so it is no Response.

        A client that has sent a nonce gets one, and gives it back when it logs in with a token.
        """
        self._encrypted, self._federated = encrypted, federated
        if self._hello.nonce:
            self._nonce = nonce or secrets.token_bytes(prelogin.NONCE_LENGTH)
        body = prelogin.answer(
            version, self._hello, encrypted=encrypted, federated=federated, nonce=self._nonce
        )
        return pack(body, DEFAULT_PACKET, 1, last=True)

    def respond(self, event: Event) -> Response:
        """A response to ``event``, in packets of the size agreed on (after the login's own)."""
        return Response(DEFAULT_PACKET if isinstance(event, Login) else self._packet_size)

    def _event(self, message: Message) -> Event:
        kind, payload, reset = message.kind, message.payload, message.reset
        if self._state is not _State.OPEN:
            return self._greeting(message)
        if kind == Kind.ATTENTION:
            if payload:
                raise ProtocolError("an attention with a payload")
            return Attention()
        if message.ignored:
            return Discarded()
        if kind == Kind.BATCH:
            return parse_batch(payload, reset)
        if kind == Kind.RPC:
            return parse_rpc(payload, reset)
        if kind == Kind.TRANSACTION:
            return parse_transaction(payload, reset)
        if kind == Kind.BULK:
            return parse_bulk(payload, reset)
        raise ProtocolError(f"a message of type 0x{kind:02x} {self._state.value}")

    def _greeting(self, message: Message) -> PreLogin | Login:
        if message.ignored:
            raise ProtocolError(f"an ignored message {self._state.value}")
        if message.kind == Kind.PRELOGIN and self._state is _State.NEW:
            self._state = _State.GREETED
            self._hello = prelogin.parse(message.payload)
            return self._hello
        if message.kind == Kind.LOGIN:
            event = login.parse(message.payload)
            if event.federated is not None:
                self._check_federated(event.federated)
            self._state = _State.OPEN
            self._packet_size = event.packet_size
            self._unpacker.limit = self._message_limit
            return replace(
                event, mars=self._hello.mars, encrypted=self._encrypted, nonce=self._hello.nonce
            )
        raise ProtocolError(f"a message of type 0x{message.kind:02x} {self._state.value}")

    def _check_federated(self, given: FederatedLogin) -> None:
        """Whoever says other things in LOGIN7 than were agreed on has talked to somebody else."""
        if given.echo is not self._federated:
            raise ProtocolError("LOGIN7 and PRELOGIN do not agree on federated authentication")
        if given.library == login.SECURITY_TOKEN and given.nonce != self._nonce:
            raise ProtocolError("LOGIN7 does not give the nonce of PRELOGIN back")
