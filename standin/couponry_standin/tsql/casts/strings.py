"""Conversions to char, varchar, nchar, nvarchar, text and ntext."""

from __future__ import annotations

from ...types import MAX, SqlType
from ..collation import as_text
from ..errors import SqlError
from ..precedence import message_name
from ..shortcuts import short_or
from .request import Request

_INTEGER_WIDTHS = {"bit": 1, "tinyint": 3, "smallint": 6, "int": 11, "bigint": 20}
_MOMENT_STYLES = (
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20, 21, 23, 24, 25,
    100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 120, 121, 126, 127,
)  # fmt: skip


def literal(text: str) -> str:
    """A PostgreSQL text constant."""
    return "'" + text.replace("'", "''") + "'::text"


def max_length(type_: SqlType) -> int:
    """The most characters a string of this type can have (MAX when unbounded)."""
    if type_.name in ("text", "ntext"):
        return MAX
    return 1 if type_.length is None else type_.length


def fits(source: SqlType, target: SqlType) -> bool:
    """True when every string of ``source`` is short enough for ``target``."""
    wanted, held = max_length(target), max_length(source)
    return wanted == MAX or (held != MAX and held <= wanted)


def to_string(request: Request) -> str:
    source = request.source
    if source.is_string:
        return _from_string(request)
    if source.is_integer:
        return _from_integer(request)
    if source.name in ("decimal", "money", "smallmoney"):
        return _from_decimal(request)
    if source.name in ("float", "real"):
        return _from_float(request)
    if source.name == "uniqueidentifier":
        return _from_guid(request)
    if source.is_moment:
        return _from_moment(request)
    if source.is_binary:
        return _from_binary(request)
    raise request.refuse()


def cut(sql: str, source: SqlType | None, target: SqlType) -> str:
    """The text cut to a type's length, and padded where the type is of a fixed length."""
    if target.name in ("char", "nchar"):
        return f"rpad({sql}, {max_length(target)})::bpchar"
    if max_length(target) == MAX or (source is not None and fits(source, target)):
        return sql
    return short_or(sql, max_length(target), f"tsql.cut({sql}, {max_length(target)})")


def narrowed(request: Request) -> str:
    """The text with what code page 1252 does not have replaced, when the target needs that."""
    text = as_text(request.value)
    if not request.source.is_unicode or request.target.is_unicode:
        return text
    constant = request.value.constant
    if isinstance(constant, str) and constant.isascii():
        return text
    return f"tsql.ansi({text})"


def _from_string(request: Request) -> str:
    target, constant = request.target, request.value.constant
    if isinstance(constant, str) and constant.isascii():
        length = max_length(target)
        text = constant if length == MAX else constant[:length]
        if target.name in ("char", "nchar"):
            return f"{literal(text.ljust(length))[:-6]}::bpchar"
        return literal(text)
    return cut(narrowed(request), request.source, target)


def _from_integer(request: Request) -> str:
    constant, target = request.value.constant, request.target
    length = max_length(target)
    if isinstance(constant, int) and (length == MAX or len(str(constant)) <= length):
        return cut(literal(str(constant)), target, target)
    text = f"({request.value.sql})::text"
    if length == MAX or length >= _INTEGER_WIDTHS[request.source.name]:
        return cut(text, target, target)
    star = "false" if target.is_unicode else "true"
    fitted = f"tsql.digits_fit({text}, {length}, {star}, '{target.name}', {request.attempt})"
    return cut(fitted, target, target)


def _from_decimal(request: Request) -> str:
    value, source = request.value, request.source
    if source.name == "decimal":
        text, width = f"({value.sql})::text", (source.precision or 18) + 3
    elif request.style in (None, 0):
        text, width = f"round({value.sql}, 2)::text", 20
    elif request.style == 1:
        text, width = f"to_char({value.sql}, 'FM999,999,999,999,990.00')", 26
    elif request.style in (2, 126):
        text, width = f"round({value.sql}, 4)::text", 22
    else:
        raise request.refuse_style()
    return _fitted(request, text, width, message_name(source))


def _from_float(request: Request) -> str:
    style = request.style or 0
    if style not in (0, 1, 2, 3):
        raise request.refuse_style()
    text = f"tsql.float_text(({request.value.sql})::float8, {style})"
    return _fitted(request, text, 26, message_name(request.source))


def _fitted(request: Request, text: str, width: int, source: str) -> str:
    target = request.target
    length = max_length(target)
    if length != MAX and length < width:
        text = f"tsql.number_fit({text}, {length}, '{source}', '{target.name}', {request.attempt})"
    return cut(text, target, target)


def _from_guid(request: Request) -> str:
    length = max_length(request.target)
    if length != MAX and length < 36:
        if request.is_try:
            return "NULL::text"
        raise SqlError(
            8170,
            "Insufficient result space to convert uniqueidentifier value to char.",
            state=2,
            line=request.line,
            col=request.col,
        )
    return cut(f"upper(({request.value.sql})::text)", request.target, request.target)


def _from_moment(request: Request) -> str:
    value, source, target = request.value, request.source, request.target
    legacy = source.name in ("datetime", "smalldatetime")
    style = request.style if request.style is not None else (0 if legacy else 121)
    if style not in _MOMENT_STYLES:
        raise request.refuse_style()
    digits = 3 if source.name == "datetime" else source.scale if source.scale is not None else 0
    if source.name == "date" and style in (23, 121, 120, 126, 20, 21):
        text = f"to_char({value.sql}, 'YYYY-MM-DD')"
    elif source.name == "datetimeoffset":
        text = f"tsql.dto_text({value.sql}, {style}, {digits})"
    elif source.name == "time":
        text = f"tsql.time_text({value.sql}, {style}, {digits})"
    elif source.name == "date":
        text = f"tsql.date_text({value.sql}, {style})"
    else:
        text = f"tsql.moment_text({value.sql}, {style}, {digits}, {'true' if legacy else 'false'})"
    return cut(text, None, target)


def _from_binary(request: Request) -> str:
    value, target = request.value, request.target
    style = request.style or 0
    if style == 0:
        decoder = "utf16_text" if target.is_unicode else "cp1252_text"
        text = f"tsql.{decoder}({value.sql})"
    elif style == 1:
        text = f"'0x' || upper(encode({value.sql}, 'hex'))"
    elif style == 2:
        text = f"upper(encode({value.sql}, 'hex'))"
    else:
        raise request.refuse_style()
    return cut(f"({text})", None, target)
