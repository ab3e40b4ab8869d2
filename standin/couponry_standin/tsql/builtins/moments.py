"""Date and time functions."""

from __future__ import annotations

from ...types import BIGINT, DATE, DATETIME, INT, SqlType, datetime2, nvarchar
from ..casts.moments import fraction, rounded
from ..conversion import convert
from ..errors import SqlError
from ..shortcuts import moved
from ..typed import Typed
from .registry import Call, Family

MOMENTS = Family()

CLOCKS = frozenset(
    [
        "SYSUTCDATETIME",
        "SYSDATETIME",
        "GETDATE",
        "GETUTCDATE",
        "CURRENT_TIMESTAMP",
        "SYSDATETIMEOFFSET",
    ]
)
_UNITS = {
    "YEAR": "1 year", "QUARTER": "3 months", "MONTH": "1 month", "DAYOFYEAR": "1 day",
    "DAY": "1 day", "WEEK": "7 days", "WEEKDAY": "1 day", "HOUR": "1 hour", "MINUTE": "1 minute",
    "SECOND": "1 second", "MILLISECOND": "1 millisecond", "MICROSECOND": "1 microsecond",
}  # fmt: skip
_DATE_PARTS = ("YEAR", "QUARTER", "MONTH", "DAYOFYEAR", "DAY", "WEEK", "WEEKDAY", "ISO_WEEK")
_FIELDS = {"YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "DAYOFYEAR": "doy", "DAY": "day",
           "ISO_WEEK": "week", "HOUR": "hour", "MINUTE": "minute"}  # fmt: skip


def _utc(call: Call) -> str:
    return f"({call.context.clock} AT TIME ZONE 'UTC')"


@MOMENTS.define("SYSUTCDATETIME SYSDATETIME", 0)
def _precise_now(call: Call) -> Typed:
    return call.result(_utc(call), datetime2(7), nullable=False)


@MOMENTS.define("GETDATE GETUTCDATE CURRENT_TIMESTAMP", 0)
def _now(call: Call) -> Typed:
    return call.result(f"tsql.round_datetime{_utc(call)}", DATETIME, nullable=False)


@MOMENTS.define("SYSDATETIMEOFFSET", 0)
def _now_with_offset(call: Call) -> Typed:
    type_ = SqlType("datetimeoffset", scale=7)
    return call.result(f"tsql.dto({_utc(call)}, 0)", type_, nullable=False)


def _moment(call: Call, index: int) -> Typed:
    """An argument as a date or time; a string counts as datetime, a number as days."""
    value = call.args[index]
    if value.type.is_moment:
        return value
    target = datetime2(7) if value.type.is_string and call.name != "DATEADD" else DATETIME
    return convert(value, target, implicit=True, line=call.line, col=call.col)


def part_of(call: Call) -> str:
    part = call.function.keyword
    if part is None:
        raise SqlError(
            155,
            f"A date part is missing in {call.name.lower()}.",
            severity=15,
            line=call.line,
            col=call.col,
        )
    return part


def check_part(call: Call, part: str, type_: SqlType) -> None:
    """9810: hours of a date, months of a time."""
    wrong = (type_.name == "date" and part not in _DATE_PARTS) or (
        type_.name == "time" and part in _DATE_PARTS
    )
    if wrong:
        raise SqlError(
            9810,
            f"The datepart {part.lower()} is not supported by date function {call.name.lower()} "
            f"for data type {type_.name}.",
            line=call.line,
            col=call.col,
        )


@MOMENTS.define("DATEADD", 2)
def _dateadd(call: Call) -> Typed:
    part, value = part_of(call), _moment(call, 1)
    type_ = value.type
    check_part(call, part, type_)
    number = call.args[0]
    count = (
        number.sql if number.type.is_integer and number.type.name != "bigint" else call.integer(0)
    )
    if part == "NANOSECOND":
        step = f"((({count}) / 1000) * interval '1 microsecond')"
    elif part in _UNITS:
        step = f"(({count}) * interval '{_UNITS[part]}')"
    else:
        raise SqlError(
            9810,
            f"The datepart {part.lower()} is not supported by date function dateadd "
            f"for data type {type_.name}.",
            line=call.line,
            col=call.col,
        )
    if type_.name == "datetimeoffset":
        return call.result(f"tsql.dto_add({value.sql}, {step})", type_)
    if type_.name == "time":
        return call.result(rounded(f"({value.sql} + {step})", None, type_), type_)
    sql = moved(value.sql, count, step, type_.name)
    if type_.name == "date":
        return call.result(f"({sql})::date", type_)
    if part in ("MILLISECOND", "MICROSECOND", "NANOSECOND", "SECOND") and (
        type_.name in ("datetime", "smalldatetime") or fraction(type_) < 6
    ):
        sql = rounded(sql, None, type_)
    return call.result(sql, type_)


@MOMENTS.define("DATEDIFF DATEDIFF_BIG", 2)
def _datediff(call: Call) -> Typed:
    part = part_of(call)
    big = call.name == "DATEDIFF_BIG"
    type_ = BIGINT if big else INT
    values = [_moment(call, 0), _moment(call, 1)]
    for value in values:
        check_part(call, part, value.type) if value.type.name != "date" else None
    if part in ("DAY", "DAYOFYEAR", "WEEKDAY"):
        start, end = (_as_date(value) for value in values)
        sql = f"({end} - {start})"
        return call.result(f"{sql}::int8" if big else sql, type_)
    start, end = (_as_timestamp(value) for value in values)
    sql = f"tsql.datediff('{part.lower()}', {start}, {end}, {str(big).lower()})"
    return call.result(sql if big else f"({sql})::int4", type_)


def _as_date(value: Typed) -> str:
    if value.type.name == "date":
        return value.sql
    return f"({_as_timestamp(value)})::date"


def _as_timestamp(value: Typed) -> str:
    if value.type.name == "datetimeoffset":
        return f"tsql.dto_utc({value.sql})"
    if value.type.name == "time":
        return f"('1900-01-01'::date + {value.sql})"
    if value.type.name == "date":
        return f"({value.sql})::timestamp"
    return value.sql


def _local(value: Typed) -> str:
    if value.type.name == "datetimeoffset":
        return f"tsql.dto_local({value.sql})"
    return value.sql


@MOMENTS.define("DATEPART", 1)
def _datepart(call: Call) -> Typed:
    return call.result(_part_number(call, part_of(call), _moment(call, 0)), INT)


@MOMENTS.define("YEAR MONTH DAY", 1)
def _year(call: Call) -> Typed:
    value = _moment(call, 0)
    check_part(call, call.name, value.type)
    return call.result(_part_number(call, call.name, value), INT)


def _part_number(call: Call, part: str, value: Typed) -> str:
    type_ = value.type
    check_part(call, part, type_)
    local = _local(value)
    if part in _FIELDS:
        return f"extract({_FIELDS[part]} FROM {local})::int4"
    if part == "WEEKDAY":
        return f"(extract(dow FROM {local})::int4 + 1)"
    if part == "WEEK":
        return f"tsql.week(({local})::date)"
    if part == "TZOFFSET":
        if type_.name == "datetimeoffset":
            return f"tsql.dto_offset({value.sql})"
        if type_.name != "datetime2":
            raise SqlError(
                9810,
                f"The datepart tzoffset is not supported by date function {call.name.lower()} "
                f"for data type {type_.name}.",
                line=call.line,
                col=call.col,
            )
        return "0"
    micros = f"extract(microseconds FROM {local})::int8"
    if part == "SECOND":
        return f"(({micros} / 1000000)::int4)"
    divisor = {"MILLISECOND": " / 1000", "MICROSECOND": "", "NANOSECOND": " * 1000"}[part]
    return f"(({micros} % 1000000{divisor})::int4)"


@MOMENTS.define("DATENAME", 1)
def _datename(call: Call) -> Typed:
    part, value = part_of(call), _moment(call, 0)
    if part in ("MONTH", "WEEKDAY"):
        check_part(call, part, value.type)
        pattern = "FMMonth" if part == "MONTH" else "FMDay"
        moment = f"({_local(value)})::timestamp"
        return call.result(f"to_char({moment}, '{pattern}')", nvarchar(30))
    if part == "TZOFFSET":
        return call.result(f"tsql.zone_text({_part_number(call, part, value)})", nvarchar(30))
    return call.result(f"({_part_number(call, part, value)})::text", nvarchar(30))


@MOMENTS.define("EOMONTH", 1, 2)
def _eomonth(call: Call) -> Typed:
    value = _moment(call, 0)
    months = call.integer(1) if len(call.args) > 1 else "0"
    if len(call.args) > 1 and call.args[1].type.name == "null":
        months = "0"
    sql = (
        f"tsql.in_range(date_trunc('month', ({_local(value)})::timestamp) "
        f"+ (({months}) + 1) * interval '1 month' - interval '1 day', 'date')::date"
    )
    return call.result(sql, DATE)


@MOMENTS.define("DATEFROMPARTS", 3)
def _datefromparts(call: Call) -> Typed:
    parts = ", ".join(call.integer(index) for index in range(3))
    return call.result(f"tsql.make_moment('date', {parts}, 0, 0, 0, 0, 0)::date", DATE)


@MOMENTS.define("DATETIMEFROMPARTS", 7)
def _datetimefromparts(call: Call) -> Typed:
    parts = ", ".join(call.integer(index) for index in range(7))
    sql = f"tsql.round_datetime(tsql.make_moment('datetime', {parts}, 3))"
    return call.result(sql, DATETIME)


@MOMENTS.define("SMALLDATETIMEFROMPARTS", 5)
def _smalldatetimefromparts(call: Call) -> Typed:
    parts = ", ".join(call.integer(index) for index in range(5))
    sql = f"tsql.make_moment('smalldatetime', {parts}, 0, 0, 0)"
    return call.result(sql, SqlType("smalldatetime"))


@MOMENTS.define("DATETIME2FROMPARTS", 8)
def _datetime2fromparts(call: Call) -> Typed:
    scale = _precision(call, 7)
    parts = ", ".join(call.integer(index) for index in range(8))
    return call.result(f"tsql.make_moment('datetime2', {parts})", datetime2(scale))


@MOMENTS.define("DATETIMEOFFSETFROMPARTS", 10)
def _datetimeoffsetfromparts(call: Call) -> Typed:
    scale = _precision(call, 9)
    parts = ", ".join(call.integer(index) for index in range(7))
    moment = f"tsql.make_moment('datetimeoffset', {parts}, {scale})"
    zone = f"({call.integer(7)}) * 60 + ({call.integer(8)})"
    return call.result(f"tsql.dto({moment}, {zone})", SqlType("datetimeoffset", scale=scale))


@MOMENTS.define("TIMEFROMPARTS", 5)
def _timefromparts(call: Call) -> Typed:
    scale = _precision(call, 4)
    parts = ", ".join(call.integer(index) for index in range(5))
    sql = f"tsql.make_moment('time', 1900, 1, 1, {parts})::time"
    return call.result(sql, SqlType("time", scale=scale))


def _precision(call: Call, index: int) -> int:
    constant = call.args[index].constant
    if isinstance(constant, int) and 0 <= constant <= 7:
        return constant
    raise SqlError(
        10760,
        f"Scale argument is not valid. Valid expressions for data type {call.name.lower()} scale "
        "argument are integer constants and integer constant expressions.",
        line=call.line,
        col=call.col,
    )


@MOMENTS.define("ISDATE", 1)
def _isdate(call: Call) -> Typed:
    value = call.args[0]
    if value.type.name in ("datetime", "smalldatetime"):
        return call.result(f"(({value.sql}) IS NOT NULL)::int4", INT, nullable=False)
    if value.type.is_moment:
        raise call.invalid_argument(0)
    if not value.type.is_string and value.type.name != "null":
        raise call.refuse(f"ISDATE of {value.type.name}")
    text = f"nullif(rtrim({call.text(0)}), '')"
    sql = f"(tsql.text_moment({text}, 'datetime', 'varchar', 0, true) IS NOT NULL)::int4"
    return call.result(sql, INT, nullable=False)


@MOMENTS.define("SWITCHOFFSET", 2)
def _switchoffset(call: Call) -> Typed:
    type_ = call.args[0].type
    if type_.name != "datetimeoffset":
        type_ = SqlType("datetimeoffset", scale=7)
    value = call.converted(0, type_)
    return call.result(f"tsql.switch_offset({value}, {_zone(call)})", type_)


@MOMENTS.define("TODATETIMEOFFSET", 2)
def _todatetimeoffset(call: Call) -> Typed:
    value = call.args[0]
    scale = fraction(value.type) if value.type.is_moment and value.type.name != "datetime2" else 7
    if value.type.name in ("datetime2", "datetimeoffset") and value.type.scale is not None:
        scale = value.type.scale
    moment = call.converted(0, datetime2(scale))
    sql = f"tsql.dto_zoned({moment}, {_zone(call)}, 'todatetimeoffset')"
    return call.result(sql, SqlType("datetimeoffset", scale=scale))


def _zone(call: Call) -> str:
    if call.args[1].type.is_string:
        return f"tsql.zone_minutes({call.text(1)}, '{call.name.lower()}')"
    return call.integer(1)
