"""TYPE_INFO on its way in: the type of a value, and the reader of values of it.

Types repeat from call to call, so readers are kept by the bytes that announced them.
"""

from __future__ import annotations

from struct import Struct

from ..types import MAX, SqlType
from . import decoding, moment
from .collation import codec
from .errors import ProtocolError
from .reader import (
    Decode,
    Reader,
    byte_reader,
    chunk_reader,
    ends_inside,
    fixed_reader,
    long_reader,
    short_reader,
    unicode_reader,
)

TABLE = 0xF3
VARIANT = 0x62

_pack_u16 = Struct("<H").pack
_unpack_u32 = Struct("<I").unpack_from
_KEPT = 4096

_FIXED: dict[int, tuple[SqlType, int, Decode]] = {
    0x30: (SqlType("tinyint"), 1, decoding.decode_tinyint),
    0x32: (SqlType("bit"), 1, decoding.decode_bit),
    0x34: (SqlType("smallint"), 2, decoding.decode_integer),
    0x38: (SqlType("int"), 4, decoding.decode_integer),
    0x3A: (SqlType("smalldatetime"), 4, moment.decode_smalldatetime),
    0x3B: (SqlType("real"), 4, decoding.decode_real),
    0x3C: (SqlType("money"), 8, decoding.decode_money),
    0x3D: (SqlType("datetime"), 8, moment.decode_datetime),
    0x3E: (SqlType("float"), 8, decoding.decode_float),
    0x7A: (SqlType("smallmoney"), 4, decoding.decode_smallmoney),
    0x7F: (SqlType("bigint"), 8, decoding.decode_integer),
}

_SIZED: dict[tuple[int, int], tuple[SqlType, Decode]] = {
    (0x24, 16): (SqlType("uniqueidentifier"), decoding.decode_guid),
    (0x26, 1): (SqlType("tinyint"), decoding.decode_tinyint),
    (0x26, 2): (SqlType("smallint"), decoding.decode_integer),
    (0x26, 4): (SqlType("int"), decoding.decode_integer),
    (0x26, 8): (SqlType("bigint"), decoding.decode_integer),
    (0x68, 1): (SqlType("bit"), decoding.decode_bit),
    (0x6D, 4): (SqlType("real"), decoding.decode_real),
    (0x6D, 8): (SqlType("float"), decoding.decode_float),
    (0x6E, 4): (SqlType("smallmoney"), decoding.decode_smallmoney),
    (0x6E, 8): (SqlType("money"), decoding.decode_money),
    (0x6F, 4): (SqlType("smalldatetime"), moment.decode_smalldatetime),
    (0x6F, 8): (SqlType("datetime"), moment.decode_datetime),
}

_NULL_TYPE, _DATE = 0x1F, 0x28
_DECIMALS = (0x37, 0x3F, 0x6A, 0x6C)
_SCALED = {0x29: "time", 0x2A: "datetime2", 0x2B: "datetimeoffset"}
_OLD_STRINGS = {0x2F: "char", 0x27: "varchar", 0x2D: "binary", 0x25: "varbinary"}
_STRINGS = {0xA7: "varchar", 0xAF: "char", 0xE7: "nvarchar", 0xEF: "nchar"}
_BINARIES = {0xA5: "varbinary", 0xAD: "binary"}
_LONG = {0x22: "image", 0x23: "text", 0x63: "ntext"}

_REFUSED = {
    0xF0: "CLR types (UDT)",
    0xF1: "the type xml",
    0xF3: "a table inside a value",
    0xF4: "the type json",
    0xF5: "the type vector",
}


def _announced_sizes() -> tuple[int, ...]:
    """How many bytes announce each type, its token included; 0 is an unknown type."""
    sizes = dict.fromkeys((*_FIXED, _NULL_TYPE, _DATE), 1)
    sizes |= {token: 2 for token, _ in _SIZED}
    sizes |= dict.fromkeys((*_SCALED, *_OLD_STRINGS), 2)
    sizes |= dict.fromkeys(_BINARIES, 3)
    sizes |= dict.fromkeys(_DECIMALS, 4)
    sizes |= {0x22: 5, VARIANT: 5, 0x23: 10, 0x63: 10}
    sizes |= dict.fromkeys(_STRINGS, 8)
    return tuple(sizes.get(token, 0) for token in range(256))


ANNOUNCED = _announced_sizes()
_kept: dict[bytes, tuple[SqlType, Reader]] = {}


def read_type(data: bytes, position: int) -> tuple[SqlType, Reader, int]:
    """Read a TYPE_INFO. IndexError means that the message ended."""
    token = data[position]
    size = ANNOUNCED[token]
    if size == 0:
        refused = _REFUSED.get(token)
        if refused:
            raise ProtocolError(f"{refused} cannot be sent to the stand-in")
        raise ProtocolError(f"unknown type 0x{token:02x}")
    end = position + size
    announced = data[position:end]
    found = _kept.get(announced)
    if found is None:
        if len(announced) != size:
            raise ProtocolError("the message ends inside a type")
        found = _build(announced)
        if len(_kept) >= _KEPT:
            _kept.clear()
        _kept[announced] = found
    return found[0], found[1], end


def _build(announced: bytes) -> tuple[SqlType, Reader]:
    token = announced[0]
    if token in _FIXED:
        type_, size, decode = _FIXED[token]
        return type_, fixed_reader(size, decode)
    if token == _NULL_TYPE:
        return SqlType("null"), lambda data, position: (None, position)
    if token == _DATE:
        return SqlType("date"), byte_reader((3,), moment.decode_date)
    if token in _DECIMALS:
        return _build_decimal(announced)
    if token in _SCALED:
        return _build_scaled(announced)
    if token in _OLD_STRINGS:
        name = _OLD_STRINGS[token]
        decode = decoding.decode_binary if "binary" in name else decoding.decode_cp1252
        return SqlType(name, announced[1] or 1), byte_reader(None, decode)
    if token in _STRINGS:
        return _build_string(announced)
    if token in _BINARIES:
        return _build_short(
            _BINARIES[token], announced, decoding.decode_binary, width=1, limit=8000
        )
    if token in _LONG:
        return SqlType(_LONG[token]), long_reader(_text_decoder(token, announced[5:]))
    if token == VARIANT:
        return SqlType("sql_variant"), _read_variant_text
    found = _SIZED.get((token, announced[1]))
    if found is None:
        raise ProtocolError(f"type 0x{token:02x} of {announced[1]} bytes")
    return found[0], byte_reader((announced[1],), found[1])


def _build_decimal(announced: bytes) -> tuple[SqlType, Reader]:
    precision, scale = announced[2], announced[3]
    if not 1 <= precision <= 38 or scale > precision:
        raise ProtocolError(f"decimal({precision},{scale})")
    # Four, eight, twelve or sixteen bytes of digits; JDBC sends as few as there are.
    reader = byte_reader(tuple(range(2, 18)), decoding.decimal_decoder(scale))
    return SqlType("decimal", precision=precision, scale=scale), reader


def _build_scaled(announced: bytes) -> tuple[SqlType, Reader]:
    name, scale = _SCALED[announced[0]], announced[1]
    if scale > 7:
        raise ProtocolError(f"{name}({scale})")
    size = moment.time_size(scale)
    if name == "time":
        reader = byte_reader((size,), moment.time_decoder(scale))
    elif name == "datetime2":
        reader = byte_reader((size + 3,), moment.datetime2_decoder(scale))
    else:
        reader = byte_reader((size + 5,), moment.offset_decoder(scale))
    return SqlType(name, scale=scale), reader


def _text_decoder(token: int, collation: bytes) -> Decode:
    if token in (0xE7, 0xEF, 0x63):
        return decoding.decode_unicode
    if token == 0x22:
        return decoding.decode_binary
    return decoding.decode_utf8 if codec(collation) == "utf-8" else decoding.decode_cp1252


def _build_string(announced: bytes) -> tuple[SqlType, Reader]:
    token = announced[0]
    width = 2 if token in (0xE7, 0xEF) else 1
    decode = _text_decoder(token, announced[3:])
    return _build_short(_STRINGS[token], announced, decode, width=width, limit=8000)


def _build_short(
    name: str, announced: bytes, decode: Decode, *, width: int, limit: int
) -> tuple[SqlType, Reader]:
    size = announced[1] | announced[2] << 8
    if size == 0xFFFF:
        if name in ("char", "nchar", "binary"):
            raise ProtocolError(f"{name}(max)")
        return SqlType(name, MAX), chunk_reader(decode)
    if size > limit:
        raise ProtocolError(f"{name} of {size} bytes")
    if decode is decoding.decode_unicode:
        return SqlType(name, max(1, size // width)), unicode_reader(size)
    return SqlType(name, max(1, size // width)), short_reader(size, decode)


def read_row_value(
    type_: SqlType, read: Reader, data: bytes, position: int
) -> tuple[str | None, int]:
    """Read a value of a row: there text, ntext and image stand behind a text pointer."""
    if type_.name not in _LONG.values():
        return read(data, position)
    size = data[position]
    position += 1
    if size == 0:
        return None, position
    return read(data, position + size + 8)


def read_variant(data: bytes, position: int) -> tuple[SqlType, str | None, int]:
    """Read a sql_variant, which brings its type along.

    Type and value are laid out anew as an ordinary type and an ordinary value.
    """
    (size,) = _unpack_u32(data, position)
    position += 4
    if size == 0:
        return SqlType("sql_variant"), None, position
    end = position + size
    start = position + 2 + data[position + 1]
    if end > len(data) or start > end:
        raise ends_inside("a sql_variant")
    token, properties, raw = data[position], data[position + 2 : start], data[start:end]
    if token in _FIXED:
        announced, value = bytes([token]), raw
    elif token in _STRINGS or token in _BINARIES:
        # The collation stands before the size here and behind it everywhere else.
        announced = bytes([token]) + properties[-2:] + properties[:-2]
        value = _pack_u16(min(len(raw), 0xFFFE)) + raw
    else:
        sized = {0x24: b"\x10"} | dict.fromkeys(_DECIMALS, b"\x11")
        announced = bytes([token]) + sized.get(token, b"") + properties
        value = bytes([min(len(raw), 0xFF)]) + raw
    if ANNOUNCED[token] != len(announced) or token == VARIANT:
        raise ProtocolError(f"a sql_variant of type 0x{token:02x} with wrong properties")
    type_, read, _ = read_type(announced, 0)
    text, read_to = read(value, 0)
    if read_to != len(value) or text is None:
        raise ProtocolError(f"a sql_variant of type 0x{token:02x} and {len(raw)} bytes")
    return type_, text, end


def _read_variant_text(data: bytes, position: int) -> tuple[str | None, int]:
    _, text, end = read_variant(data, position)
    return text, end
