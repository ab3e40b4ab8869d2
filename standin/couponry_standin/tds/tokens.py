"""The tokens of a response, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct, pack

from ..types import SqlType
from .encoding import encoder
from .shape import short_text
from .typeinfo import type_info, user_type

ENV_DATABASE, ENV_LANGUAGE, ENV_PACKET_SIZE, ENV_COLLATION = 1, 2, 4, 7
ENV_BEGIN, ENV_COMMIT, ENV_ROLLBACK, ENV_RESET = 8, 9, 10, 18

Announced = tuple[SqlType, bytes, Callable[[bytes | None], bytes]]
"""of an output value: its type, which is kept with it; what stands before it; its encoder"""

DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
MORE, ERROR, IN_TRANSACTION, COUNT, ATTENTION, SERVER_ERROR = 0x01, 0x02, 0x04, 0x10, 0x20, 0x100

_FEATURES_END = b"\xff"
_LONGEST_MESSAGE = 60_000
_pack_done = Struct("<BHHQ").pack
_pack_status = Struct("<Bi").pack
_pack_begin = Struct("<BHBBQB").pack
_pack_end = Struct("<BHBBBQ").pack


def env_change(kind: int, new: bytes, old: bytes) -> bytes:
    """A change of the environment; ``new`` and ``old`` bring their own lengths."""
    return pack("<BHB", 0xE3, 1 + len(new) + len(old), kind) + new + old


def env_text(kind: int, new: str, old: str) -> bytes:
    return env_change(kind, short_text(new), short_text(old))


def env_bytes(kind: int, new: bytes, old: bytes) -> bytes:
    return env_change(kind, bytes([len(new)]) + new, bytes([len(old)]) + old)


def begin_transaction(descriptor: int) -> bytes:
    """The change of the environment that names a transaction."""
    return _pack_begin(0xE3, 11, ENV_BEGIN, 8, descriptor, 0)


def end_transaction(kind: int, descriptor: int) -> bytes:
    """``kind``: ENV_COMMIT or ENV_ROLLBACK."""
    return _pack_end(0xE3, 11, kind, 0, 8, descriptor)


def done(token: int, status: int, command: int, count: int) -> bytes:
    return _pack_done(token, status, command, count)


def message(
    token: int,
    number: int,
    state: int,
    severity: int,
    text: str,
    server: str,
    procedure: str,
    line: int,
) -> bytes:
    """ERROR or INFO. Text beyond what the token holds is cut."""
    data = text.encode("utf-16-le", "replace")
    if len(data) > _LONGEST_MESSAGE:
        data = data[:_LONGEST_MESSAGE].decode("utf-16-le", "ignore").encode("utf-16-le")
    body = (
        pack("<iBBH", number, state & 0xFF, severity & 0xFF, len(data) // 2)
        + data
        + short_text(server)
        + short_text(procedure)
        + pack("<i", line)
    )
    return pack("<BH", token, len(body)) + body


def error(
    number: int, state: int, severity: int, text: str, server: str, procedure: str, line: int
) -> bytes:
    return message(0xAA, number, state, severity, text, server, procedure, line)


def info(
    number: int, state: int, severity: int, text: str, server: str, procedure: str, line: int
) -> bytes:
    # The server tells severity 10 as 0, for the sake of old clients.
    told = 0 if severity == 10 else severity
    return message(0xAB, number, state, told, text, server, procedure, line)


def login_ack(tds_version: int, program: str, version: tuple[int, int, int]) -> bytes:
    body = b"\x01" + pack(">I", tds_version) + short_text(program) + pack(">BBH", *version)
    return pack("<BH", 0xAD, len(body)) + body


def feature_ack(features: Mapping[int, bytes]) -> bytes:
    acks = (pack("<BI", feature, len(data)) + data for feature, data in features.items())
    return b"\xae" + b"".join(acks) + _FEATURES_END


def return_status(value: int) -> bytes:
    return _pack_status(0x79, value)


def return_value(name: str, ordinal: int, type_: SqlType, text: bytes | None) -> bytes:
    # By the type's identity: hashing a type costs more than all the rest.
    place = name, ordinal, id(type_)
    known = _announced.get(place)
    if known is None:
        if len(_announced) >= _MOST_ANNOUNCED:
            _announced.clear()
        known = _announced[place] = _announce(name, ordinal, type_)
    _, head, encode = known
    return head + encode(text)


_MOST_ANNOUNCED = 4096
_announced: dict[tuple[str, int, int], Announced] = {}


def _announce(name: str, ordinal: int, type_: SqlType) -> Announced:
    """What stands before an output value, and what encodes it: the same at every call."""
    head = (
        pack("<BH", 0xAC, ordinal)
        + short_text(name)
        + pack("<BIH", 0x01, user_type(type_), 0x01)
        + type_info(type_, nullable=True)
    )
    return type_, head, encoder(type_, nullable=True)
