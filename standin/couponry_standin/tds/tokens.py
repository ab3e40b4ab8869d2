"""The tokens of a response, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from struct import Struct, pack

from ..types import SqlType
from .encoding import encoder
from .shape import short_text
from .typeinfo import type_info, user_type

ENV_DATABASE, ENV_LANGUAGE, ENV_PACKET_SIZE, ENV_COLLATION = 1, 2, 4, 7
ENV_BEGIN, ENV_COMMIT, ENV_ROLLBACK, ENV_RESET = 8, 9, 10, 18

DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
MORE, ERROR, IN_TRANSACTION, COUNT, ATTENTION, SERVER_ERROR = 0x01, 0x02, 0x04, 0x10, 0x20, 0x100

_FEATURES_END = b"\xff"
_LONGEST_MESSAGE = 60_000
_pack_done = Struct("<BHHQ").pack
_pack_status = Struct("<Bi").pack


def env_change(kind: int, new: bytes, old: bytes) -> bytes:
    """A change of the environment; ``new`` and ``old`` bring their own lengths."""
    return pack("<BHB", 0xE3, 1 + len(new) + len(old), kind) + new + old


def env_text(kind: int, new: str, old: str) -> bytes:
    return env_change(kind, short_text(new), short_text(old))


def env_bytes(kind: int, new: bytes, old: bytes) -> bytes:
    return env_change(kind, bytes([len(new)]) + new, bytes([len(old)]) + old)


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
    return message(0xAB, number, state, severity, text, server, procedure, line)


def login_ack(tds_version: int, program: str, version: tuple[int, int, int]) -> bytes:
    body = b"\x01" + pack(">I", tds_version) + short_text(program) + pack(">BBH", *version)
    return pack("<BH", 0xAD, len(body)) + body


def feature_ack(features: Mapping[int, bytes]) -> bytes:
    acks = (pack("<BI", feature, len(data)) + data for feature, data in features.items())
    return b"\xae" + b"".join(acks) + _FEATURES_END


def return_status(value: int) -> bytes:
    return _pack_status(0x79, value)


def return_value(name: str, ordinal: int, type_: SqlType, text: bytes | None) -> bytes:
    head, encode = _announced(name, ordinal, type_)
    return head + encode(text)


@lru_cache(maxsize=4096)
def _announced(
    name: str, ordinal: int, type_: SqlType
) -> tuple[bytes, Callable[[bytes | None], bytes]]:
    """What stands before an output value, and what encodes it: the same at every call."""
    head = (
        pack("<BH", 0xAC, ordinal)
        + short_text(name)
        + pack("<BIH", 0x01, user_type(type_), 0x01)
        + type_info(type_, nullable=True)
    )
    return head, encoder(type_, nullable=True)
