"""Mathematical functions."""

from __future__ import annotations

from ...types import APPROXIMATE, FLOAT, INT, MONEY, SqlType, decimal
from ..casts.numbers import INTEGER_RANGES, WIDEST
from ..collation import as_text
from ..typed import Typed
from .registry import Call, Family

NUMBERS = Family()

_SMALL = ("bit", "tinyint", "smallint")
_MONEY = ("money", "smallmoney")


def _numeric(call: Call, index: int = 0) -> Typed:
    """The argument as a number: strings become float, bit becomes float as SQL Server has it."""
    value = call.args[index]
    if value.type.name == "null" or value.type.is_string:
        return call.result(call.converted(index, FLOAT), FLOAT)
    if not value.type.is_number:
        raise call.invalid_argument(index)
    if value.type.name == "bit":
        return call.result(f"({value.sql})::float8", FLOAT)
    return value


def _kept(call: Call, value: Typed) -> SqlType:
    """The type that ABS, ROUND, SIGN and the like give back."""
    name = value.type.name
    if name in _SMALL:
        return INT
    if name == "real":
        return FLOAT
    return MONEY if name == "smallmoney" else value.type


def _as(sql: str, value: Typed, type_: SqlType) -> str:
    if type_ == INT and value.type.name in _SMALL:
        return f"({sql})::int4"
    return f"({sql})::float8" if value.type.name == "real" else sql


@NUMBERS.define("ABS", 1)
def _abs(call: Call) -> Typed:
    value = _numeric(call)
    type_ = _kept(call, value)
    return call.result(_as(f"abs({value.sql})", value, type_), type_)


@NUMBERS.define("SIGN", 1)
def _sign(call: Call) -> Typed:
    value = _numeric(call)
    type_ = _kept(call, value)
    if type_.name == "decimal":
        return call.result(f"sign({value.sql})::numeric(38,{type_.scale or 0})", type_)
    if type_ == MONEY:
        return call.result(f"sign({value.sql})::numeric(19,4)", type_)
    cast = "" if type_.name in APPROXIMATE else "::int4" if type_ == INT else "::int8"
    return call.result(f"sign(({value.sql})::float8){cast}", type_)


@NUMBERS.define("CEILING FLOOR", 1)
def _ceiling(call: Call) -> Typed:
    value = _numeric(call)
    type_ = _kept(call, value)
    routine = "ceil" if call.name == "CEILING" else "floor"
    if type_.name == "decimal":
        return call.result(f"{routine}({value.sql})", decimal(type_.precision or 18, 0))
    if type_ == MONEY:
        return call.result(f"{routine}({value.sql})::numeric(19,4)", type_)
    if value.type.is_integer:
        return call.result(_as(value.sql, value, type_), type_)
    return call.result(f"{routine}(({value.sql})::float8)", FLOAT)


@NUMBERS.define("ROUND", 2, 3)
def _round(call: Call) -> Typed:
    value = _numeric(call)
    type_ = _kept(call, value)
    places = call.integer(1)
    cut = "(0)"
    if len(call.args) > 2:
        cut = call.integer(2)
    if type_.name in APPROXIMATE:
        return call.result(f"tsql.round(({value.sql})::float8, {places}, {cut})", FLOAT)
    constant = call.args[2].constant if len(call.args) > 2 else 0
    number = value.sql if value.pg == "numeric" else f"({value.sql})::numeric"
    if isinstance(constant, int):
        rounded = f"{'trunc' if constant else 'round'}({number}, {places})"
    else:
        rounded = f"tsql.round({number}, {places}, {cut})"
    if type_.is_integer:
        return call.result(f"({rounded})::{'int4' if type_ == INT else 'int8'}", type_)
    if type_ == MONEY:
        return call.result(f"({rounded})::numeric(19,4)", type_)
    # The scale stays, so 2.345 rounded to 2 places is 2.350; carrying into a new digit overflows.
    precision, scale = type_.precision or 18, type_.scale or 0
    if precision == WIDEST:
        return call.result(f"({rounded})::numeric({precision},{scale})", type_)
    return call.result(f"tsql.within({rounded}, {precision}, {scale})", type_)


@NUMBERS.define("POWER", 2)
def _power(call: Call) -> Typed:
    value = _numeric(call)
    type_ = _kept(call, value)
    exponent = f"({call.converted(1, FLOAT)})"
    if type_.name in APPROXIMATE:
        return call.result(f"tsql.power(({value.sql})::float8, {exponent})", FLOAT)
    power = f"tsql.power_exact(({value.sql})::numeric, {exponent}::numeric)"
    if type_ == INT:
        low, high = INTEGER_RANGES["int"]
        return call.result(f"tsql.float_int(({power})::float8, {low}, {high}, 'int')::int4", type_)
    if type_.is_integer:
        return call.result(f"trunc({power})::int8", type_)
    if type_ == MONEY:
        return call.result(f"({power})::numeric(19,4)", type_)
    wide = decimal(38, type_.scale or 0)
    return call.result(f"({power})::numeric(38,{wide.scale})", wide)


@NUMBERS.define("SQUARE", 1)
def _square(call: Call) -> Typed:
    value = f"({call.converted(0, FLOAT)})"
    return call.result(f"power({value}, 2::float8)", FLOAT)


@NUMBERS.define("SQRT EXP LOG10 SIN COS TAN ASIN ACOS ATAN COT", 1)
def _float(call: Call) -> Typed:
    return call.result(f"tsql.{call.name.lower()}({call.converted(0, FLOAT)})", FLOAT)


@NUMBERS.define("DEGREES RADIANS", 1)
def _angle(call: Call) -> Typed:
    value = _numeric(call)
    type_ = _kept(call, value)
    sql = f"{call.name.lower()}(({value.sql})::float8)"
    if type_.is_integer:
        return call.result(f"trunc({sql})::{'int4' if type_ == INT else 'int8'}", type_)
    if type_.name == "decimal":
        wide = decimal(38, max(type_.scale or 0, 18))
        return call.result(f"({sql})::numeric(38,{wide.scale})", wide)
    return call.result(sql, FLOAT)


@NUMBERS.define("ATN2", 2)
def _atn2(call: Call) -> Typed:
    return call.result(f"atan2({call.converted(0, FLOAT)}, {call.converted(1, FLOAT)})", FLOAT)


@NUMBERS.define("LOG", 1, 2)
def _log(call: Call) -> Typed:
    value = call.converted(0, FLOAT)
    if len(call.args) == 1:
        return call.result(f"tsql.log({value})", FLOAT)
    return call.result(f"(tsql.log({value}) / tsql.log({call.converted(1, FLOAT)}))", FLOAT)


@NUMBERS.define("PI", 0)
def _pi(call: Call) -> Typed:
    return call.result("pi()", FLOAT, nullable=False)


@NUMBERS.define("RAND", 0, 1)
def _rand(call: Call) -> Typed:
    if call.args:
        raise call.refuse("RAND with a seed")
    return call.result("random()", FLOAT, nullable=False)


@NUMBERS.define("ISNUMERIC", 1)
def _isnumeric(call: Call) -> Typed:
    value = call.args[0]
    if value.type.is_number:
        return call.result(f"(({value.sql}) IS NOT NULL)::int4", INT, nullable=False)
    if not value.type.is_string:
        return call.result("0", INT, nullable=False)
    return call.result(f"tsql.isnumeric({as_text(value)})", INT, nullable=False)
