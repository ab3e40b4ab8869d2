"""Messages as a client writes them, for what no driver at hand sends."""

from __future__ import annotations

from struct import pack

from couponry_standin.tds import Event, ServerConnection
from couponry_standin.tds.packet import Kind

HEADERS = bytes.fromhex("16000000120000000200000000000000000001000000")
"""ALL_HEADERS with a transaction descriptor, as every driver sends it."""

COLLATION = bytes.fromhex("0904d00034")
EOM, IGNORE, RESET, RESET_SKIP_TRAN = 0x01, 0x02, 0x08, 0x10


def packet(kind: int, payload: bytes = b"", status: int = EOM) -> bytes:
    return pack(">BBHHBB", kind, status, len(payload) + 8, 0, 1, 0) + payload


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def b_text(text: str) -> bytes:
    return bytes([len(utf16(text)) // 2]) + utf16(text)


def batch(text: str, status: int = EOM) -> bytes:
    return packet(Kind.BATCH, HEADERS + utf16(text), status)


def prelogin(
    encryption: int = 2,
    *,
    mars: bool = False,
    federated: bool = False,
    nonce: bytes = b"",
    version: tuple[int, int, int] = (18, 6, 0),
) -> bytes:
    options = [(0, pack(">BBHH", *version, 0)), (1, bytes([encryption])), (4, bytes([mars]))]
    options += [(6, b"\1")] if federated else []
    options += [(7, nonce)] if nonce else []
    head, body = b"", b""
    for token, value in options:
        head += pack(">BHH", token, 5 * len(options) + 1 + len(body), len(value))
        body += value
    return packet(Kind.PRELOGIN, head + b"\xff" + body)


def fedauth(token: str, *, library: int = 1, echo: bool = True, nonce: bytes = b"") -> bytes:
    """The features of a LOGIN7 with an access token."""
    text = utf16(token)
    data = bytes([library << 1 | echo]) + pack("<I", len(text)) + text + nonce
    return pack("<BI", 2, len(data)) + data + b"\xff"


def login(
    *,
    user: str = "sa",
    password: str = "",
    tds_version: int = 0x74000004,
    packet_size: int = 4096,
    features: bytes | None = None,
) -> bytes:
    hidden = bytes((b << 4 & 0xF0 | b >> 4) ^ 0xA5 for b in utf16(password))
    fields = [b"", utf16(user), hidden, b"", b"", b"", b"", b"", b""]
    extension = b""
    if features is not None:
        start = 94 + sum(map(len, fields)) + 4
        extension = pack("<I", start) + features
        fields[5] = extension[:4]
    offset, entries, body = 94, [], b""
    for index, field in enumerate(fields):
        entries.append(pack("<HH", offset + len(body), len(field) // (1 if index == 5 else 2)))
        body += field
    body += extension[4:]
    empty = pack("<HH", offset + len(body), 0)
    directory = b"".join(entries) + b"\0" * 6 + empty * 3 + b"\0" * 4
    length = 36 + len(directory) + len(body)
    flags3 = 0 if features is None else 0x10
    head = pack(
        "<IIIIIIBBBBiI", length, tds_version, packet_size, 0, 1, 0, 0, 0, 0, flags3, 0, 1033
    )
    return packet(Kind.LOGIN, head + directory + body)


def opened() -> ServerConnection:
    """A connection whose client has logged in."""
    connection = ServerConnection()
    connection.receive(prelogin() + login())
    return connection


def received(data: bytes) -> Event:
    """The one event that a logged-in client means by ``data``."""
    [event] = opened().receive(data)
    return event


def rpc_payload(target: str | int, *params: bytes, options: int = 0) -> bytes:
    named = pack("<HH", 0xFFFF, target) if isinstance(target, int) else b""
    if isinstance(target, str):
        named = pack("<H", len(target)) + utf16(target)
    return named + pack("<H", options) + b"".join(params)


def rpc(*calls: bytes, separator: bytes = b"\xff") -> bytes:
    return packet(Kind.RPC, HEADERS + separator.join(calls))


def param(name: str, announced: bytes, value: bytes, status: int = 0) -> bytes:
    return b_text(name) + bytes([status]) + announced + value
