"""TYPE_INFO on its way out: how a column or an output value announces its type."""

from __future__ import annotations

from struct import pack

from ..types import SqlType
from .collation import collation_bytes
from .encoding import decimal_size, is_large

_FIXED = {
    "tinyint": 0x30,
    "bit": 0x32,
    "smallint": 0x34,
    "int": 0x38,
    "smalldatetime": 0x3A,
    "real": 0x3B,
    "money": 0x3C,
    "datetime": 0x3D,
    "float": 0x3E,
    "smallmoney": 0x7A,
    "bigint": 0x7F,
}
"""The forms without NULL and without a length."""

_NULLABLE = {
    "tinyint": b"\x26\x01",
    "smallint": b"\x26\x02",
    "int": b"\x26\x04",
    "bigint": b"\x26\x08",
    "bit": b"\x68\x01",
    "real": b"\x6d\x04",
    "float": b"\x6d\x08",
    "smallmoney": b"\x6e\x04",
    "money": b"\x6e\x08",
    "smalldatetime": b"\x6f\x04",
    "datetime": b"\x6f\x08",
    "uniqueidentifier": b"\x24\x10",
    "date": b"\x28",
}

_SCALED = {"time": 0x29, "datetime2": 0x2A, "datetimeoffset": 0x2B}
_STRINGS = {"nvarchar": 0xE7, "nchar": 0xEF, "varchar": 0xA7, "char": 0xAF}
_LONG = {"text": 0x23, "ntext": 0x63, "image": 0x22}

_ROWVERSION_USER_TYPE = 80


def user_type(type_: SqlType) -> int:
    """The user type: how a client tells rowversion from binary(8)."""
    return _ROWVERSION_USER_TYPE if type_.name == "rowversion" else 0


def type_info(type_: SqlType, *, nullable: bool) -> bytes:
    name = type_.name
    if not nullable and name in _FIXED:
        return bytes([_FIXED[name]])
    if name in _NULLABLE:
        return _NULLABLE[name]
    if name in _SCALED:
        return bytes([_SCALED[name], 7 if type_.scale is None else type_.scale])
    if name == "decimal":
        precision = type_.precision or 18
        return bytes([0x6A, decimal_size(precision), precision, type_.scale or 0])
    if name in _STRINGS:
        size = (type_.length or 1) * (2 if type_.is_unicode else 1)
        limit = 0xFFFF if is_large(type_) else size
        return pack("<BH", _STRINGS[name], limit) + collation_bytes(type_.collation)
    if name in ("varbinary", "binary"):
        limit = 0xFFFF if is_large(type_) else type_.length or 1
        return pack("<BH", 0xA5 if name == "varbinary" else 0xAD, limit)
    if name == "rowversion":
        return pack("<BH", 0xAD, 8)
    if name in _LONG:
        collation = b"" if name == "image" else collation_bytes(type_.collation)
        limit = 0x7FFFFFFE if name == "ntext" else 0x7FFFFFFF
        return pack("<BI", _LONG[name], limit) + collation
    raise ValueError(f"{type_} has no form on the wire")
