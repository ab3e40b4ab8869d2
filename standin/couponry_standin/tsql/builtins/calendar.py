"""DATETRUNC, DATE_BUCKET and AT TIME ZONE."""

from __future__ import annotations

from ...types import SqlType, datetime2, nvarchar
from ..casts.moments import rounded
from ..collation import as_text
from ..conversion import convert
from ..errors import SqlError
from ..precedence import message_name
from ..typed import Typed
from .moments import check_part, part_of
from .registry import Call, Family

CALENDAR = Family()

_TRUNCATED = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "DAYOFYEAR": "day", "DAY": "day",
    "ISO_WEEK": "week", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
    "MILLISECOND": "milliseconds", "MICROSECOND": "microseconds",
}  # fmt: skip
_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}
_STEPS = {
    "WEEK": "7 days", "DAY": "1 day", "HOUR": "1 hour", "MINUTE": "1 minute",
    "SECOND": "1 second", "MILLISECOND": "1 millisecond",
}  # fmt: skip


def _moment(call: Call, index: int) -> Typed:
    value = call.args[index]
    if value.type.is_moment:
        return value
    return convert(value, datetime2(7), implicit=True, line=call.line, col=call.col)


def _wrong_part(call: Call, part: str, type_: SqlType) -> SqlError:
    return SqlError(
        9810,
        f"The datepart {part.lower()} is not supported by date function {call.name.lower()} "
        f"for data type {type_.name}.",
        line=call.line,
        col=call.col,
    )


def _back(call: Call, local: str, value: Typed) -> Typed:
    """A moment without a zone as the type that it was made of."""
    name = value.type.name
    if name == "datetimeoffset":
        return call.result(f"tsql.dto({local}, tsql.dto_offset({value.sql}))", value.type)
    if name == "date":
        return call.result(f"({local})::date", value.type)
    if name == "time":
        return call.result(f"({local})::time", value.type)
    return call.result(rounded(f"({local})", None, value.type), value.type)


def _timestamp(value: Typed) -> str:
    if value.type.name == "datetimeoffset":
        return f"tsql.dto_local({value.sql})"
    if value.type.name == "time":
        return f"('1900-01-01'::date + {value.sql})"
    return f"({value.sql})::timestamp"


@CALENDAR.define("DATETRUNC", 1)
def _datetrunc(call: Call) -> Typed:
    part, value = part_of(call), _moment(call, 0)
    check_part(call, part, value.type)
    if part == "WEEK":
        # Weeks begin on Sunday.
        local = f"(date_trunc('week', {_timestamp(value)} + interval '1 day') - interval '1 day')"
    elif part in _TRUNCATED:
        local = f"date_trunc('{_TRUNCATED[part]}', {_timestamp(value)})"
    else:
        raise _wrong_part(call, part, value.type)
    return _back(call, local, value)


@CALENDAR.define("DATE_BUCKET", 2, 3)
def _date_bucket(call: Call) -> Typed:
    part, value = part_of(call), _moment(call, 1)
    check_part(call, part, value.type)
    width = f"tsql.bucket_width({call.integer(0)})"
    origin = "'1900-01-01'::timestamp"
    if len(call.args) > 2:
        given = convert(call.args[2], value.type, implicit=True, line=call.line, col=call.col)
        origin = _timestamp(given)
    if part in _MONTHS:
        local = f"tsql.month_bucket({width} * {_MONTHS[part]}, {_timestamp(value)}, {origin})"
    elif part in _STEPS:
        local = f"date_bin({width} * interval '{_STEPS[part]}', {_timestamp(value)}, {origin})"
    else:
        raise _wrong_part(call, part, value.type)
    return _back(call, local, value)


@CALENDAR.define("CURRENT_TIMEZONE CURRENT_TIMEZONE_ID", 0)
def _current_zone(call: Call) -> Typed:
    text = "UTC" if call.name.endswith("_ID") else "(UTC) Coordinated Universal Time"
    return call.result(f"'{text}'::text", nvarchar(64), nullable=False)


CALENDAR.refuse("CURRENT_DATE")


def at_time_zone(value: Typed, zone: Typed, line: int = 1, col: int = 1) -> Typed:
    """``value AT TIME ZONE zone``: zones have the names that Windows gives them."""
    if value.type.is_string:
        value = convert(value, datetime2(7), implicit=True, line=line, col=col)
    if value.type.name not in ("datetime", "datetime2", "smalldatetime", "datetimeoffset"):
        raise SqlError(
            8116,
            f"Argument data type {message_name(value.type)} is invalid for argument 1 of AT TIME "
            "ZONE function.",
            line=line,
            col=col,
        )
    scale = 7 if value.type.scale is None else value.type.scale
    scale = {"datetime": 3, "smalldatetime": 0}.get(value.type.name, scale)
    type_ = SqlType("datetimeoffset", scale=scale)
    name = as_text(zone if zone.type.is_string else convert(zone, nvarchar(128), implicit=True))
    routine = "zoned_moment" if value.type.name == "datetimeoffset" else "zoned"
    sql = f"tsql.{routine}({value.sql}, {name})"
    return Typed(sql, type_, "text", nullable=value.nullable or zone.nullable)
