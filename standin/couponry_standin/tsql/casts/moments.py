"""Conversions to date, time, smalldatetime, datetime, datetime2 and datetimeoffset."""

from __future__ import annotations

import re
from datetime import date, datetime

from ...types import SqlType
from ..collation import as_text
from .request import Request

_ISO = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?\s*")
_COMPACT = re.compile(r"\s*(\d{4})(\d\d)(\d\d)\s*")
_PARSE_STYLES = (0, 1, 3, 4, 5, 10, 11, 12, 20, 21, 23, 25, 100, 101, 103, 104, 105, 110, 111, 112,
                 120, 121, 126, 127)  # fmt: skip
DATETIME_FIRST_YEAR = 1753
DATETIME2 = SqlType("datetime2", scale=7)
CLOCK = re.compile(r'tsql\.clock\(\)|"clock\$')


def to_moment(request: Request) -> str:
    source = request.source
    if source.is_string:
        return _from_string(request)
    if source.is_moment:
        return _from_moment(request)
    if source.is_binary:
        raise request.refuse()
    if request.target.name == "datetime":
        return f"tsql.days_moment(({request.value.sql})::numeric)"
    return f"tsql.round_smalldatetime(tsql.days_moment(({request.value.sql})::numeric))"


def fraction(type_: SqlType) -> int:
    """How many fraction digits PostgreSQL keeps of this type (at most six)."""
    if type_.name in ("time", "datetime2", "datetimeoffset"):
        return min(6, 7 if type_.scale is None else type_.scale)
    return 3 if type_.name == "datetime" else 0


def rounded(sql: str, source: SqlType | None, target: SqlType) -> str:
    """A timestamp (or time) rounded to what the target type holds."""
    if target.name == "datetime":
        if source is not None and source.name in ("smalldatetime", "datetime"):
            return sql
        return f"tsql.round_datetime({sql})"
    if target.name == "smalldatetime":
        return f"tsql.round_smalldatetime({sql})"
    digits = fraction(target)
    if digits == 6 or (source is not None and fraction(source) <= digits):
        return sql
    if target.name == "time":
        # By way of a day: half a second before midnight is midnight, and not 24:00.
        return f"('2000-01-01'::date + {sql})::timestamp({digits})::time"
    return _halves_up(sql, digits)


def _halves_up(sql: str, digits: int) -> str:
    """PostgreSQL rounds halves before the year 2000 down: 2000 years, a number of days, go there.

    The clock stands later anyway.
    """
    if CLOCK.search(sql):
        return f"({sql})::timestamp({digits})"
    days = "interval '730485 days'"
    return f"((({sql}) + {days})::timestamp({digits}) - {days})"


def _from_moment(request: Request) -> str:
    value, source, target = request.value, request.source, request.target
    sql = value.sql
    if target.name == "datetimeoffset":
        return _to_offset(sql, source, target)
    if source.name == "datetimeoffset":
        # Style 1 gives the moment in UTC, any other the one of its own clock.
        if target.name == "date" and request.style != 1:
            return f"left({sql}, 10)::date"
        sql = f"tsql.dto_{'utc' if request.style == 1 else 'local'}({sql})"
    if target.name == "date":
        return f"({sql})::date"
    if source.name == "datetime" and fraction(target) > fraction(source):
        sql, source = f"tsql.exact_datetime({sql})", DATETIME2
    if target.name == "time":
        if source.name != "time":
            sql = f"({sql})::time"
        return rounded(sql, source, target)
    if source.name == "date":
        sql = f"({sql})::timestamp"
        if target.name == "smalldatetime":
            return f"tsql.to_smalldatetime({sql}, 'date')"
        return f"tsql.to_datetime({sql}, 'date')" if target.name == "datetime" else sql
    if source.name == "time":
        sql = f"('1900-01-01'::date + {sql})"
    return rounded(sql, source, target)


def _to_offset(sql: str, source: SqlType, target: SqlType) -> str:
    digits = fraction(target)
    if source.name == "datetimeoffset":
        return sql if fraction(source) <= digits else f"tsql.dto_round({sql}, {digits})"
    if source.name == "date":
        sql = f"({sql})::timestamp"
    elif source.name == "time":
        sql = f"('1900-01-01'::date + {sql})"
    elif source.name == "datetime" and digits > fraction(source):
        sql, source = f"tsql.exact_datetime({sql})", DATETIME2
    if fraction(source) > digits:
        sql = _halves_up(sql, digits)
    return f"tsql.dto({sql}, 0)"


def _from_string(request: Request) -> str:
    value, target = request.value, request.target
    if request.style is not None and request.style not in _PARSE_STYLES:
        raise request.refuse_style()
    if isinstance(value.constant, str) and request.style in (None, 120, 121, 126):
        folded = _fold(value.constant, target)
        if folded is not None:
            return folded
    text = as_text(value)
    style = request.style or 0
    if target.name == "date":
        return f"tsql.text_date({text}, {style}, {request.attempt})"
    if target.name == "time":
        return rounded(f"tsql.text_time({text}, {request.attempt})", None, target)
    if target.name == "datetimeoffset":
        return f"tsql.text_dto({text}, {fraction(target)}, {style}, {request.attempt})"
    moment = (
        f"tsql.text_moment({text}, '{target.name}', {request.source_name}, {style}, "
        f"{request.attempt})"
    )
    return rounded(moment, None, target)


def _fold(text: str, target: SqlType) -> str | None:
    """A constant for the usual ISO literals, so that nothing is parsed at run time."""
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None or target.name in ("datetimeoffset", "time"):
        return None
    parts = [*match.groups(), None, None, None, None]
    digits = (parts[6] or "").ljust(6, "0")
    try:
        moment = datetime(
            int(parts[0] or 0),
            int(parts[1] or 0),
            int(parts[2] or 0),
            int(parts[3] or 0),
            int(parts[4] or 0),
            int(parts[5] or 0),
            int(digits[:6]),
        )
    except ValueError:
        return None
    if len(digits) > 6 or (target.name == "datetime" and moment.year < DATETIME_FIRST_YEAR):
        return None
    if target.name == "date":
        return f"'{date(moment.year, moment.month, moment.day).isoformat()}'::date"
    if target.name == "datetime" and moment.microsecond:
        return None
    if target.name == "smalldatetime" and (moment.second or not 1900 <= moment.year <= 2078):
        return None
    if moment.microsecond and fraction(target) < len((parts[6] or "").rstrip("0")):
        return None
    return f"'{moment.isoformat(sep=' ')}'::timestamp"
