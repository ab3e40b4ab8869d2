"""A reading position in a message, with every bound checked."""

from __future__ import annotations

from codecs import utf_16_le_decode
from struct import Struct

from .errors import ProtocolError

_unpack_u16 = Struct("<H").unpack
_unpack_u32 = Struct("<I").unpack


def decode_utf16(data: bytes) -> str:
    """Decode UTF-16LE text. A lone surrogate becomes U+FFFD: PostgreSQL's UTF-8 cannot hold it."""
    if len(data) & 1:
        raise odd_size()
    return utf_16_le_decode(data, "replace", True)[0]


def odd_size() -> ProtocolError:
    return ProtocolError("UTF-16 text of an odd number of bytes")


class Cursor:
    """Reads the little-endian pieces that messages are made of."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position

    @property
    def left(self) -> int:
        return len(self.data) - self.position

    def take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self.data):
            raise ProtocolError("the message ends early")
        piece = self.data[self.position : end]
        self.position = end
        return piece

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int(_unpack_u16(self.take(2))[0])

    def u32(self) -> int:
        return int(_unpack_u32(self.take(4))[0])

    def short_text(self) -> str:
        """Text behind a one-byte count of UTF-16 units (B_VARCHAR)."""
        return decode_utf16(self.take(2 * self.u8()))

    def long_text(self) -> str:
        """Text behind a two-byte count of UTF-16 units (US_VARCHAR)."""
        return decode_utf16(self.take(2 * self.u16()))
