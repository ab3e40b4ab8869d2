"""Readers: how the bytes of a value are delimited.

A reader takes the message and a position, and gives the text form and the position behind it.
Reading past the end raises IndexError or struct.error, which parsers turn into ProtocolError.
"""

from __future__ import annotations

from codecs import utf_16_le_decode
from collections.abc import Callable
from struct import Struct

from .cursor import odd_size
from .errors import ProtocolError

Decode = Callable[[bytes], str]
Reader = Callable[[bytes, int], tuple[str | None, int]]

_unpack_u16 = Struct("<H").unpack_from
_unpack_i32 = Struct("<i").unpack_from
_unpack_u32 = Struct("<I").unpack_from
_unpack_u64 = Struct("<Q").unpack_from
_pack_u64 = Struct("<Q").pack

_PLP_NULL = 0xFFFFFFFFFFFFFFFF
_PLP_UNKNOWN = 0xFFFFFFFFFFFFFFFE


def ends_inside(what: str) -> ProtocolError:
    return ProtocolError(f"the message ends inside {what}")


def fixed_reader(size: int, decode: Decode) -> Reader:
    def read(data: bytes, position: int) -> tuple[str | None, int]:
        end = position + size
        if end > len(data):
            raise ends_inside("a value")
        return decode(data[position:end]), end

    return read


def byte_reader(sizes: tuple[int, ...] | None, decode: Decode) -> Reader:
    """Values behind a length of one byte; 0 is NULL (255 for the old strings, as theirs may be
    empty)."""
    null = 0xFF if sizes is None else 0

    def read(data: bytes, position: int) -> tuple[str | None, int]:
        size = data[position]
        position += 1
        if size == null:
            return None, position
        end = position + size
        if end > len(data):
            raise ends_inside("a value")
        if sizes is not None and size not in sizes:
            raise ProtocolError(f"a value of {size} bytes where {sizes[0]} belong")
        return decode(data[position:end]), end

    return read


def short_reader(limit: int, decode: Decode) -> Reader:
    def read(data: bytes, position: int) -> tuple[str | None, int]:
        size = data[position] | data[position + 1] << 8
        position += 2
        if size == 0xFFFF:
            return None, position
        end = position + size
        if end > len(data):
            raise ends_inside("a value")
        if size > limit:
            raise ProtocolError(f"a value of {size} bytes in a type of {limit}")
        return decode(data[position:end]), end

    return read


def unicode_reader(limit: int) -> Reader:
    """What most parameters are: a short reader with its decoder inside."""

    def read(data: bytes, position: int) -> tuple[str | None, int]:
        (size,) = _unpack_u16(data, position)
        position += 2
        if size > limit:
            if size == 0xFFFF:
                return None, position
            raise ProtocolError(f"a value of {size} bytes in a type of {limit}")
        end = position + size
        if end > len(data):
            raise ends_inside("a value")
        if size & 1:
            raise odd_size()
        return utf_16_le_decode(data[position:end], "replace", True)[0], end

    return read


def long_reader(decode: Decode) -> Reader:
    def read(data: bytes, position: int) -> tuple[str | None, int]:
        (size,) = _unpack_i32(data, position)
        position += 4
        if size == -1:
            return None, position
        end = position + size
        if size < 0 or end > len(data):
            raise ends_inside("a value")
        return decode(data[position:end]), end

    return read


def chunk_reader(decode: Decode) -> Reader:
    """Values of the max types (PLP): chunks behind the whole length, which may be unknown."""

    def read(data: bytes, position: int) -> tuple[str | None, int]:
        (total,) = _unpack_u64(data, position)
        position += 8
        if total == _PLP_NULL:
            return None, position
        end = position + 4 + total
        if total and data[position : position + 4] + data[end : end + 4] == _pack_u64(total):
            # One chunk and the mark of the end, as nearly all values come.
            return decode(data[position + 4 : end]), end + 4
        chunks: list[bytes] = []
        seen = 0
        while True:
            (size,) = _unpack_u32(data, position)
            position += 4
            if size == 0:
                break
            end = position + size
            if end > len(data):
                raise ends_inside("a chunk")
            chunks.append(data[position:end])
            seen += size
            position = end
        if total not in (_PLP_UNKNOWN, seen):
            raise ProtocolError(f"a value announces {total} bytes and has {seen}")
        return decode(b"".join(chunks)), position

    return read
