"""Conversions to bit, the integers, decimal, money, float and real."""

from __future__ import annotations

from decimal import Decimal

from ...types import APPROXIMATE, INTEGERS
from ..collation import as_text
from ..precedence import as_decimal, message_name
from ..shortcuts import number, whole_number
from ..typed import pg_type
from .request import Request

INTEGER_RANGES = {
    "bit": (0, 1),
    "tinyint": (0, 255),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
_INTEGER_ORDER = {name: place for place, name in enumerate(INTEGERS)}
_INTEGER_BYTES = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
_MONEY = ("money", "smallmoney")
WIDEST = 38
"""The digits of the widest decimal. PostgreSQL's overflow of it is that of an expression, which
8115 names otherwise than that of a conversion (060_errors.sql)."""


def to_integer(request: Request) -> str:
    value, source, target = request.value, request.source, request.target
    pg = pg_type(target)
    low, high = INTEGER_RANGES[target.name]
    if target.name == "bit":
        return _to_bit(request)
    if (
        isinstance(value.constant, int | Decimal)
        and source.name not in _MONEY
        and low <= int(value.constant) <= high
    ):
        return f"{_signed(int(value.constant))}::{pg}"
    if source.is_string:
        arguments = f"{request.source_name}, '{target.name}', {request.attempt}"
        text = as_text(value)
        return whole_number(text, target.name, pg, f"tsql.text_int({text}, {arguments})::{pg}")
    if source.is_integer:
        if _INTEGER_ORDER[source.name] <= _INTEGER_ORDER[target.name]:
            return value.sql if value.pg == pg else f"({value.sql})::{pg}"
        if request.is_try:
            return f"tsql.try_int({value.sql}, {low}, {high})::{pg}"
        return _narrowed(value.sql, target.name)
    if source.is_binary:
        width = _INTEGER_BYTES[target.name]
        return f"tsql.bytes_int({value.sql}, {width})::{pg}"
    if source.is_moment:
        return _narrowed(f"round(tsql.moment_days({value.sql})::numeric)", target.name)
    whole = f"round({value.sql})" if source.name in _MONEY else f"trunc({value.sql})"
    if request.is_try:
        return f"tsql.try_int({whole}::numeric, {low}, {high})::{pg}"
    if source.name in APPROXIMATE and target.name in ("int", "bigint"):
        return f"tsql.float_int(({value.sql})::float8, {low}, {high}, '{target.name}')::{pg}"
    return _narrowed(whole, target.name)


def _narrowed(sql: str, target: str) -> str:
    if target in ("tinyint", "smallint"):
        return f"tsql.to_{target}(({sql})::numeric)"
    return f"({sql})::{'int4' if target == 'int' else 'int8'}"


def _to_bit(request: Request) -> str:
    value, source = request.value, request.source
    if isinstance(value.constant, int | Decimal):
        return "1::int2" if value.constant else "0::int2"
    if value.choices:
        return f"(CASE {' '.join(_bit_arm(test, chosen) for test, chosen in value.choices)} END)"
    if source.is_string:
        return f"tsql.text_bit({as_text(value)}, {request.source_name}, {request.attempt})"
    if source.is_binary:
        return f"(tsql.bytes_int({value.sql}, 1) <> 0)::int4::int2"
    if source.is_moment:
        raise request.refuse()
    return f"(({value.sql}) <> 0)::int4::int2"


def _bit_arm(test: str, chosen: int | None) -> str:
    bit = "NULL::int2" if chosen is None else f"{int(chosen != 0)}::int2"
    return f"WHEN {test} THEN {bit}" if test else f"ELSE {bit}"


def to_decimal(request: Request) -> str:
    value, source, target = request.value, request.source, request.target
    precision, scale = target.precision or 18, target.scale or 0
    cast = f"::numeric({precision},{scale})"
    if source.is_string:
        text = as_text(value)
        arguments = f"{request.source_name}, {precision}, {scale}, {request.attempt}"
        return number(text, precision, scale, f"tsql.text_numeric({text}, {arguments})")
    if source.is_binary:
        raise request.refuse()
    if source.is_moment:
        return f"tsql.moment_days({value.sql})::numeric{cast}"
    if source.name not in APPROXIMATE:
        held = as_decimal(source, value.constant)
        whole = (held.precision or 18) - (held.scale or 0)
        if whole <= precision - scale and held.scale == scale:
            return value.sql if value.pg == "numeric" else f"({value.sql})::numeric"
        if whole <= precision - scale and scale >= (held.scale or 0):
            return f"({value.sql}){cast}"
    if request.is_try:
        return f"tsql.try_numeric(({value.sql})::numeric, {precision}, {scale})"
    if source.name == "decimal" and precision < WIDEST:
        return f"({value.sql}){cast}"
    named = message_name(source)
    return f"tsql.to_numeric(({value.sql})::numeric, {precision}, {scale}, '{named}')"


def to_money(request: Request) -> str:
    value, source, target = request.value, request.source, request.target
    small = "true" if target.name == "smallmoney" else "false"
    if source.is_string:
        return f"tsql.text_money({as_text(value)}, {small}, {request.attempt})"
    if source.is_binary:
        raise request.refuse()
    if source.is_moment:
        return f"tsql.to_money(tsql.moment_days({value.sql})::numeric, {small}, {request.attempt})"
    if target.name == "money" and source.name == "smallmoney":
        return value.sql
    if target.name == "money" and source.name in ("bit", "tinyint", "smallint", "int"):
        return f"({value.sql})::numeric(19,4)"
    return f"tsql.to_money(({value.sql})::numeric, {small}, {request.attempt})"


def to_float(request: Request) -> str:
    value, source = request.value, request.source
    pg = pg_type(request.target)
    if source.is_string:
        return f"tsql.text_float({as_text(value)}, {request.source_name}, {request.attempt})::{pg}"
    if source.is_binary:
        raise request.refuse()
    if source.is_moment:
        return f"tsql.moment_days({value.sql})::{pg}"
    if request.is_try and pg == "float4" and source.name == "float":
        return f"CASE WHEN abs({value.sql}) <= 3.4e38 THEN ({value.sql})::float4 END"
    return f"({value.sql})::{pg}"


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)
