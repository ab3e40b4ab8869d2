"""SQL batches, and the headers that stand before every request."""

from __future__ import annotations

from .cursor import decode_utf16
from .errors import ProtocolError
from .events import Batch
from .packet import Reset


def skip_headers(data: bytes) -> int:
    """The position behind ALL_HEADERS. Their contents do not concern this server."""
    total = int.from_bytes(data[:4], "little")
    if len(data) < 4 or not 4 <= total <= len(data):
        raise ProtocolError("the headers do not fit the message")
    position = 4
    while position < total:
        length = int.from_bytes(data[position : position + 4], "little")
        if length < 6 or position + length > total:
            raise ProtocolError("a header does not fit the headers")
        position += length
    return total


def parse_batch(data: bytes, reset: Reset | None) -> Batch:
    return Batch(decode_utf16(data[skip_headers(data) :]), reset)
