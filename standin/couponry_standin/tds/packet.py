"""Packets: the eight-byte header, messages of several packets, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import Literal, NamedTuple

from .errors import ProtocolError

HEADER = 8
DEFAULT_PACKET = 4096
SMALLEST_PACKET = 512
LARGEST_PACKET = 32767
MESSAGE_LIMIT = 512 * 1024 * 1024

Reset = Literal["connection", "connection_skip_tran"]
"""What a pooled client asks before its request: a fresh session, or one that keeps its
transaction."""

_EOM, _IGNORE, _RESET, _RESET_SKIP_TRAN = 0x01, 0x02, 0x08, 0x10
_pack_header = Struct(">BBHHBB").pack


class Kind(IntEnum):
    """The packet types that matter to a server."""

    BATCH = 0x01
    RPC = 0x03
    RESPONSE = 0x04
    ATTENTION = 0x06
    BULK = 0x07
    FEDERATED_TOKEN = 0x08
    TRANSACTION = 0x0E
    LOGIN = 0x10
    SSPI = 0x11
    PRELOGIN = 0x12


_FROM_CLIENT = frozenset(Kind) - {Kind.RESPONSE}
_TLS_RECORD = 0x16


class Message(NamedTuple):
    """A whole message. ``ignored`` is one that the client gave up while sending it."""

    kind: int
    payload: bytes
    reset: Reset | None
    ignored: bool


class Unpacker:
    """Collects packets into messages, however the bytes are split."""

    __slots__ = ("_kind", "_needed", "_partial", "_payloads", "_reset", "_size", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._partial = bytearray()
        self._needed = HEADER
        self._kind = 0
        self._payloads: list[bytes] = []
        self._size = 0
        self._reset: Reset | None = None

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that ``data`` completes."""
        if self._partial:
            self._partial += data
            if len(self._partial) < self._needed:
                return
            data = bytes(self._partial)
            self._partial.clear()
        position, size = 0, len(data)
        self._needed = HEADER
        while size - position >= HEADER:
            kind = data[position]
            length = data[position + 2] << 8 | data[position + 3]
            self._check(kind, length)
            end = position + length
            if end > size:
                self._needed = length
                break
            status = data[position + 1]
            payload = data[position + HEADER : end]
            position = end
            message = self._collect(kind, status, payload)
            if message is not None:
                yield message
        if position < size:
            self._partial += data[position:]

    def _check(self, kind: int, length: int) -> None:
        if kind not in _FROM_CLIENT:
            if kind == _TLS_RECORD:
                raise ProtocolError("the client opened with TLS (Encrypt=strict), not offered here")
            raise ProtocolError(f"unknown packet type 0x{kind:02x}")
        if not HEADER <= length <= LARGEST_PACKET:
            raise ProtocolError(f"packet length {length} is out of range")
        if self._size + length - HEADER > self.limit:
            raise ProtocolError(f"the message is longer than {self.limit} bytes")

    def _collect(self, kind: int, status: int, payload: bytes) -> Message | None:
        if self._kind == 0:
            reset: Reset | None = None
            if status & _RESET_SKIP_TRAN:
                reset = "connection_skip_tran"
            elif status & _RESET:
                reset = "connection"
            if status & _EOM and not status & _IGNORE:
                return Message(kind, payload, reset, ignored=False)
            self._kind, self._reset = kind, reset
        elif kind == Kind.ATTENTION:
            # An interrupt overtakes the unfinished message, which nobody will complete.
            self._clear()
            return Message(kind, payload, None, ignored=False)
        elif kind != self._kind:
            raise ProtocolError(
                f"a packet of type 0x{kind:02x} inside a message of type 0x{self._kind:02x}"
            )
        self._payloads.append(payload)
        self._size += len(payload)
        if not status & _EOM:
            return None
        ignored = bool(status & _IGNORE)
        whole = b"" if ignored else b"".join(self._payloads)
        message = Message(self._kind, whole, self._reset, ignored)
        self._clear()
        return message

    def _clear(self) -> None:
        self._kind, self._size, self._reset = 0, 0, None
        self._payloads.clear()


def pack(body: bytes, packet_size: int, number: int, *, last: bool) -> bytes:
    """Cut ``body`` into response packets, numbered from ``number``; ``last`` ends the message."""
    room = packet_size - HEADER
    if last and len(body) <= room:
        return _pack_header(Kind.RESPONSE, _EOM, len(body) + HEADER, 0, number & 0xFF, 0) + body
    pieces: list[bytes] = []
    for start in range(0, len(body), room):
        piece = body[start : start + room]
        status = _EOM if last and start + room >= len(body) else 0
        pieces.append(_pack_header(Kind.RESPONSE, status, len(piece) + HEADER, 0, number & 0xFF, 0))
        pieces.append(piece)
        number += 1
    return b"".join(pieces)
