"""TLS on a connection: first inside packets of type PRELOGIN, then around everything.

Up to TDS 7.4 the records of the handshake travel as payloads of PRELOGIN packets, in both
directions; from its end on, TLS is the outermost layer. A client of TDS 8 (Encrypt=strict) has it
outermost from its first byte.
"""

from __future__ import annotations

import ssl
from struct import Struct

from couponry_standin.tds.errors import ProtocolError
from couponry_standin.tds.packet import DEFAULT_PACKET, HEADER, Kind

RECORD = 0x16
"""The first byte of a TLS handshake; no TDS packet begins with it."""

_EOM = 0x01
_CHUNK = 64 * 1024
_HANDSHAKE_LIMIT = 64 * 1024
_pack_header = Struct(">BBHHBB").pack


class Tls:
    """The server's end. It neither reads nor writes: bytes of the socket in, bytes for it out."""

    __slots__ = ("_framed", "_incoming", "_object", "_outgoing", "_partial", "_ready")

    def __init__(self, context: ssl.SSLContext, *, framed: bool) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._framed = framed
        self._ready = False
        self._partial = bytearray()

    @property
    def ready(self) -> bool:
        """The handshake is over."""
        return self._ready

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """What the client said in plain, and what has to be sent to it as it stands."""
        if self._ready:
            self._incoming.write(data)
            return self._decrypted(), self._outgoing.read()
        self._incoming.write(self._unframed(data) if self._framed else data)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return b"", self._reply()
        except ssl.SSLError as problem:
            raise ProtocolError(f"the TLS handshake failed: {_reason(problem)}") from problem
        self._ready = True
        reply = self._reply()
        # What came behind the last packet of the handshake is no packet any more.
        rest, self._partial = bytes(self._partial), bytearray()
        self._incoming.write(rest)
        return self._decrypted(), reply

    def encrypt(self, data: bytes) -> bytes:
        self._object.write(data)
        return self._outgoing.read()

    def _decrypted(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while piece := self._object.read(_CHUNK):
                pieces.append(piece)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        except ssl.SSLError as problem:
            raise ProtocolError(f"a TLS record is broken: {_reason(problem)}") from problem
        return b"".join(pieces)

    def _unframed(self, data: bytes) -> bytes:
        """The payloads of the packets that are complete; the handshake says when it has enough."""
        self._partial += data
        payloads: list[bytes] = []
        while len(self._partial) >= HEADER:
            kind, length = self._partial[0], self._partial[2] << 8 | self._partial[3]
            if kind != Kind.PRELOGIN or length < HEADER:
                if payloads:
                    break
                raise ProtocolError(f"a packet of type 0x{kind:02x} inside the TLS handshake")
            if length > len(self._partial):
                break
            payloads.append(bytes(self._partial[HEADER:length]))
            del self._partial[:length]
        if len(self._partial) > _HANDSHAKE_LIMIT:
            raise ProtocolError("the TLS handshake is too long")
        return b"".join(payloads)

    def _reply(self) -> bytes:
        records = self._outgoing.read()
        if not self._framed or not records:
            return records
        room = DEFAULT_PACKET - HEADER
        packets: list[bytes] = []
        for number, start in enumerate(range(0, len(records), room)):
            piece = records[start : start + room]
            status = _EOM if start + room >= len(records) else 0
            head = _pack_header(Kind.PRELOGIN, status, len(piece) + HEADER, 0, number & 0xFF, 0)
            packets.append(head + piece)
        return b"".join(packets)


def _reason(problem: ssl.SSLError) -> str:
    return (problem.reason or str(problem)).replace("_", " ").lower()
