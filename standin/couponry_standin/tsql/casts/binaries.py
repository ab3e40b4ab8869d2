"""Conversions to binary, varbinary, image, rowversion and uniqueidentifier."""

from __future__ import annotations

from ...types import MAX, SqlType
from ..collation import as_text
from .request import Request

_WIDTHS = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


def byte_length(type_: SqlType) -> int:
    """The most bytes a binary of this type can have (MAX when unbounded)."""
    if type_.name == "rowversion":
        return 8
    if type_.name == "image":
        return MAX
    return 1 if type_.length is None else type_.length


def cut_bytes(sql: str, source: SqlType | None, target: SqlType) -> str:
    """Bytes cut at the right to a type's length, and padded where it is fixed."""
    length = byte_length(target)
    if target.name in ("binary", "rowversion"):
        if source is not None and source.name == target.name and byte_length(source) == length:
            return sql
        return f"tsql.bytes_pad({sql}, {length})"
    if length == MAX:
        return sql
    if source is not None and byte_length(source) != MAX and byte_length(source) <= length:
        return sql
    return f"substring({sql} FROM 1 FOR {length})"


def to_binary(request: Request) -> str:
    value, source, target = request.value, request.source, request.target
    if source.is_binary:
        return cut_bytes(value.sql, source, target)
    if source.is_string:
        return cut_bytes(_from_string(request), None, target)
    if source.name == "uniqueidentifier":
        return cut_bytes(f"tsql.guid_bytes({value.sql})", SqlType("binary", 16), target)
    if source.is_integer:
        return _right(_integer_bytes(value.sql, source.name), _WIDTHS[source.name], target)
    if source.name in ("money", "smallmoney"):
        return _right(f"int8send((({value.sql}) * 10000)::int8)", 8, target)
    if source.name == "float":
        return _right(f"float8send({value.sql})", 8, target)
    if source.name == "real":
        return _right(f"float4send({value.sql})", 4, target)
    raise request.refuse()


def to_guid(request: Request) -> str:
    value, source = request.value, request.source
    if source.is_string:
        return f"tsql.text_guid({as_text(value)}, {request.attempt})"
    if source.is_binary:
        return f"tsql.bytes_guid({value.sql})"
    raise request.refuse()


def _integer_bytes(sql: str, name: str) -> str:
    if name in ("bit", "tinyint"):
        return f"substring(int2send(({sql})::int2) FROM 2)"
    if name == "smallint":
        return f"int2send(({sql})::int2)"
    return f"int4send(({sql})::int4)" if name == "int" else f"int8send(({sql})::int8)"


def _right(sql: str, width: int, target: SqlType) -> str:
    """Numbers keep their last bytes and are padded at the left."""
    length = byte_length(target)
    fixed = target.name in ("binary", "rowversion")
    if length in (MAX, width) or (length > width and not fixed):
        return sql
    return f"tsql.bytes_right({sql}, {length})"


def _from_string(request: Request) -> str:
    text = as_text(request.value)
    style = request.style or 0
    if style in (1, 2):
        return f"tsql.hex_bytes({text}, {style}, {request.attempt})"
    if style != 0:
        raise request.refuse_style()
    return f"tsql.utf16({text})" if request.source.is_unicode else f"tsql.cp1252({text})"
