"""Values on their way out: PostgreSQL's text form to the bytes of the wire.

An encoder is chosen once per column and takes text that is not NULL. Text that is no value of
its type is a mistake of the caller and raises ValueError (or struct.error where it does not fit).
"""

from __future__ import annotations

from binascii import unhexlify
from codecs import utf_16_le_encode
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from struct import Struct

from ..types import MAX, SqlType
from . import moment
from .collation import codec, collation_bytes

Encode = Callable[[bytes], bytes]

PLP_NULL = b"\xff" * 8
_SHORT_NULL = b"\xff\xff"

_pack_u16 = Struct("<H").pack
_pack_chunk = Struct("<QI").pack
_pack_i32 = Struct("<i").pack
_pack_money = Struct("<iI").pack

INTEGERS = {"tinyint": "B", "smallint": "h", "int": "i", "bigint": "q"}
_TEXT_POINTER = b"\x10" + b"couponry standin" + b"\0" * 8
"""Text columns carry a pointer and a timestamp that no client uses."""


def decimal_size(precision: int) -> int:
    """Bytes of a decimal, sign included."""
    return 5 if precision <= 9 else 9 if precision <= 19 else 13 if precision <= 28 else 17


def is_large(type_: SqlType) -> bool:
    """True for the max types, which travel in chunks (PLP)."""
    if type_.name not in ("nvarchar", "varchar", "varbinary"):
        return False
    limit = 4000 if type_.name == "nvarchar" else 8000
    return type_.length is None or type_.length == MAX or type_.length > limit


def null_form(type_: SqlType) -> bytes:
    if is_large(type_):
        return PLP_NULL
    if type_.name in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary", "rowversion"):
        return _SHORT_NULL
    return b"\0"


def encoder(type_: SqlType, *, nullable: bool) -> Callable[[bytes | None], bytes]:
    """The encoder of a value that may be NULL, in the form that ``type_info`` announces."""
    encode = value_encoder(type_, nullable=nullable)
    null = null_form(type_)

    def encode_any(text: bytes | None) -> bytes:
        if text is not None:
            return encode(text)
        if not nullable:
            raise ValueError(f"NULL for a {type_} that is not nullable")
        return null

    return encode_any


def value_encoder(type_: SqlType, *, nullable: bool) -> Encode:
    name = type_.name
    prefixed = nullable
    if name in INTEGERS:
        return _integer(INTEGERS[name], prefixed=prefixed)
    if name == "bit":
        one, two = (b"\x01\x00", b"\x01\x01") if prefixed else (b"\x00", b"\x01")
        return {b"0": one, b"1": two}.__getitem__
    if name in ("float", "real"):
        return _floating("f" if name == "real" else "d", prefixed=prefixed)
    if name == "decimal":
        return _decimal(type_.precision or 18, type_.scale or 0)
    if name in ("nvarchar", "nchar", "ntext", "varchar", "char", "text"):
        return _string(type_)
    if name in ("varbinary", "binary", "rowversion", "image"):
        return _binary(type_)
    if name == "uniqueidentifier":
        return _encode_guid
    encode, size = _sized(type_)
    # These stand without their length only where the type itself has a form without NULL.
    if not prefixed and name in ("money", "smallmoney", "datetime", "smalldatetime"):
        return encode
    prefix = bytes([size])
    return lambda text: prefix + encode(text)


def _sized(type_: SqlType) -> tuple[Encode, int]:
    scale = 7 if type_.scale is None else type_.scale
    match type_.name:
        case "money":
            return _encode_money, 8
        case "smallmoney":
            return _encode_smallmoney, 4
        case "date":
            return moment.encode_date, 3
        case "time":
            return moment.time_encoder(scale), moment.time_size(scale)
        case "datetime2":
            return moment.datetime2_encoder(scale), moment.time_size(scale) + 3
        case "datetimeoffset":
            return moment.offset_encoder(scale), moment.time_size(scale) + 5
        case "datetime":
            return moment.encode_datetime, 8
        case "smalldatetime":
            return moment.encode_smalldatetime, 4
        case _:
            raise ValueError(f"{type_} has no form on the wire")


def _integer(form: str, *, prefixed: bool) -> Encode:
    bare = Struct("<" + form)
    if not prefixed:
        pack = bare.pack
        return lambda text: pack(int(text))
    size, pack_prefixed = bare.size, Struct("<B" + form).pack
    return lambda text: pack_prefixed(size, int(text))


def _floating(form: str, *, prefixed: bool) -> Encode:
    bare = Struct("<" + form)
    if not prefixed:
        pack = bare.pack
        return lambda text: pack(float(text))
    size, pack_prefixed = bare.size, Struct("<B" + form).pack
    return lambda text: pack_prefixed(size, float(text))


def scaled(text: bytes, scale: int) -> int:
    """The digits as one integer. Text with another count of digits than the scale is rounded."""
    if scale == 0 and b"." not in text:
        return int(text)
    if text[-scale - 1 : len(text) - scale] == b"." and scale:
        return int(text[: -scale - 1] + text[-scale:])
    exact = Decimal(text.decode()).scaleb(scale)
    return int(exact.to_integral_value(ROUND_HALF_UP))


def _decimal(precision: int, scale: int) -> Encode:
    size = decimal_size(precision)
    digits = size - 1
    plus, minus = bytes([size, 1]), bytes([size, 0])
    point, last = -scale - 1, -scale

    def encode(text: bytes) -> bytes:
        if scale and text[point:last] == b".":
            number = int(text[:point] + text[last:])
        else:
            number = scaled(text, scale)
        if number < 0:
            return minus + (-number).to_bytes(digits, "little")
        return plus + number.to_bytes(digits, "little")

    return encode


def _encode_money(text: bytes) -> bytes:
    number = scaled(text, 4)
    return _pack_money(number >> 32, number & 0xFFFFFFFF)


def _encode_smallmoney(text: bytes) -> bytes:
    return _pack_i32(scaled(text, 4))


def _encode_guid(text: bytes) -> bytes:
    raw = unhexlify(text.replace(b"-", b""))
    return b"\x10" + raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


def _string(type_: SqlType) -> Encode:
    if type_.is_unicode:
        convert = _utf16
        blank, width = b" \0", 2
    else:
        utf8 = codec(collation_bytes(type_.collation)) == "utf-8"
        convert = bytes if utf8 else _cp1252
        blank, width = b" ", 1
    if type_.name in ("text", "ntext"):
        return _behind_pointer(convert)
    if is_large(type_):
        return _chunked(convert)
    if type_.name in ("nchar", "char"):
        return _padded(convert, blank, (type_.length or 1) * width)
    if type_.is_unicode:
        return _short_unicode
    return _short(convert)


def _utf16(text: bytes) -> bytes:
    return utf_16_le_encode(text.decode())[0]


def _cp1252(text: bytes) -> bytes:
    return text if text.isascii() else text.decode().encode("cp1252", "replace")


def _short_unicode(text: bytes) -> bytes:
    data = utf_16_le_encode(text.decode())[0]
    return _pack_u16(len(data)) + data


def _short(convert: Encode) -> Encode:
    def encode(text: bytes) -> bytes:
        data = convert(text)
        return _pack_u16(len(data)) + data

    return encode


def _padded(convert: Encode, blank: bytes, size: int) -> Encode:
    def encode(text: bytes) -> bytes:
        data = convert(text)
        missing = (size - len(data)) // len(blank)
        return _pack_u16(len(data) + max(missing, 0) * len(blank)) + data + blank * missing

    return encode


def _chunked(convert: Encode) -> Encode:
    def encode(text: bytes) -> bytes:
        data = convert(text)
        size = len(data)
        if size == 0:
            return b"\0" * 12
        return _pack_chunk(size, size) + data + b"\0\0\0\0"

    return encode


def _behind_pointer(convert: Encode) -> Encode:
    def encode(text: bytes) -> bytes:
        data = convert(text)
        return _TEXT_POINTER + _pack_i32(len(data)) + data

    return encode


def _bytes_of(text: bytes) -> bytes:
    if text[:2] != b"\\x":
        raise ValueError(f"no hexadecimal form: {text[:20]!r}")
    return unhexlify(text[2:])


def _binary(type_: SqlType) -> Encode:
    if type_.name == "image":
        return _behind_pointer(_bytes_of)
    if is_large(type_):
        return _chunked(_bytes_of)
    if type_.name == "binary":
        return _padded(_bytes_of, b"\0", type_.length or 1)
    return _short(_bytes_of)
