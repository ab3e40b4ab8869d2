"""Transaction-manager requests: what drivers send in place of BEGIN, COMMIT and ROLLBACK."""

from __future__ import annotations

from .batch import skip_headers
from .cursor import Cursor, decode_utf16
from .errors import ProtocolError
from .events import Begin, TransactionKind, TransactionRequest
from .packet import Reset

_TRANSACTIONS: dict[int, TransactionKind] = {
    0: "dtc_address",
    1: "propagate",
    5: "begin",
    7: "commit",
    8: "rollback",
    9: "save",
}


def parse_transaction(data: bytes, reset: Reset | None) -> TransactionRequest:
    cursor = Cursor(data, skip_headers(data))
    number = cursor.u16()
    kind = _TRANSACTIONS.get(number)
    if kind is None:
        raise ProtocolError(f"unknown transaction request {number}")
    if kind in ("dtc_address", "propagate"):
        return TransactionRequest(kind, "", None, reset)
    if kind == "begin":
        begin = _begin(cursor)
        return TransactionRequest(kind, begin.name, begin, reset)
    name = _byte_text(cursor)
    if kind == "save":
        return TransactionRequest(kind, name, None, reset)
    again = bool(cursor.u8() & 1) if cursor.left else False
    return TransactionRequest(kind, name, _begin(cursor) if again else None, reset)


def _begin(cursor: Cursor) -> Begin:
    isolation = cursor.u8()
    if isolation > 5:
        raise ProtocolError(f"unknown isolation level {isolation}")
    return Begin(isolation, _byte_text(cursor))


def _byte_text(cursor: Cursor) -> str:
    """Text behind a one-byte count of bytes; a name that is left out altogether is empty."""
    return decode_utf16(cursor.take(cursor.u8())) if cursor.left else ""
