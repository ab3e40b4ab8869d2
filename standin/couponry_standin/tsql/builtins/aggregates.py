"""Aggregates, also with OVER."""

from __future__ import annotations

from ...types import BIGINT, FLOAT, INT, MAX, MONEY, SqlType, decimal, nvarchar
from ..casts.strings import max_length
from ..collation import as_bpchar, as_text, folds_case, group_key, ignores_accents, order_term
from ..compiler import walk
from ..conversion import convert
from ..errors import SqlError
from ..precedence import message_name
from ..typed import Typed, pg_type
from .registry import Call, Family

AGGREGATES = Family()


def _over(call: Call, sql: str) -> str:
    return f"{sql} OVER {call.context.over}" if call.context.over else sql


def _distinct(call: Call) -> str:
    if not call.function.distinct:
        return ""
    if call.context.over:
        raise SqlError(
            10759,
            "Use of DISTINCT is not allowed with the OVER clause.",
            severity=15,
            line=call.line,
            col=call.col,
        )
    return "DISTINCT "


def _number(call: Call) -> Typed:
    value = call.args[0]
    if value.type.name == "bit" or not (value.type.is_number or value.type.name == "null"):
        raise SqlError(
            8117,
            f"Operand data type {message_name(value.type)} is invalid for {call.name.lower()} "
            "operator.",
            line=call.line,
            col=call.col,
        )
    return convert(value, INT) if value.type.name == "null" else value


@AGGREGATES.define("COUNT COUNT_BIG", 0, 1)
def _count(call: Call) -> Typed:
    type_ = INT if call.name == "COUNT" else BIGINT
    if call.context.star:
        sql = _over(call, "count(*)")
    elif not call.args:
        raise SqlError(
            174,
            f"The {call.name.lower()} function requires 1 argument(s).",
            severity=15,
            line=call.line,
            col=call.col,
        )
    elif call.function.distinct:
        sql = _over(call, f"count({_distinct(call)}{group_key(call.args[0])})")
    else:
        sql = _over(call, f"count({call.args[0].sql})")
    if type_ is INT:
        sql = f"({sql})::int4"
    return call.result(sql, type_, nullable=False)


@AGGREGATES.define("APPROX_COUNT_DISTINCT", 1)
def _approximate(call: Call) -> Typed:
    return call.result(f"count(DISTINCT {group_key(call.args[0])})", BIGINT, nullable=False)


@AGGREGATES.define("SUM", 1)
def _sum(call: Call) -> Typed:
    value = _number(call)
    type_ = _sum_type(value.type)
    inner = f"({value.sql})::float8" if value.type.name == "real" else value.sql
    sql = _over(call, f"sum({_distinct(call)}{inner})")
    if type_ in (INT, BIGINT):
        sql = f"({sql})::{pg_type(type_)}"
    elif type_ == MONEY:
        sql = f"tsql.to_money({sql}, false, false)"
    return call.result(sql, type_, nullable=True)


def _sum_type(type_: SqlType) -> SqlType:
    if type_.name in ("tinyint", "smallint", "int"):
        return INT
    if type_.name == "decimal":
        return decimal(38, type_.scale or 0)
    if type_.name in ("money", "smallmoney"):
        return MONEY
    return FLOAT if type_.name in ("real", "float") else type_


@AGGREGATES.define("AVG", 1)
def _avg(call: Call) -> Typed:
    value = _number(call)
    type_ = _sum_type(value.type)
    distinct = _distinct(call)
    if type_ == FLOAT:
        sql = _over(call, f"avg({distinct}({value.sql})::float8)")
        return call.result(sql, FLOAT, nullable=True)
    total = _over(call, f"sum({distinct}{value.sql})")
    count = f"nullif({_over(call, f'count({distinct}{value.sql})')}, 0)"
    if type_ == INT:
        sql = f"(({total})::int4 / {count})::int4"
    elif type_ == BIGINT:
        sql = f"(({total})::int8 / {count})"
    else:
        if type_ == MONEY:
            total = f"tsql.to_money({total}, false, false)"
        scale = 4 if type_ == MONEY else max(type_.scale or 0, 6)
        type_ = type_ if type_ == MONEY else decimal(38, scale)
        sql = f"(div(({total}) * 1e{scale}, {count}) * 1e-{scale})"
    return call.result(sql, type_, nullable=True)


@AGGREGATES.define("MIN MAX", 1)
def _min(call: Call) -> Typed:
    value = call.args[0]
    routine = call.name.lower()
    type_ = value.type
    if type_.name in ("bit", "text", "ntext", "image", "null"):
        raise SqlError(
            8117,
            f"Operand data type {message_name(type_)} is invalid for {routine} operator.",
            line=call.line,
            col=call.col,
        )
    if type_.is_string and ignores_accents(type_.collation):
        raise call.refuse(f"{call.name} under an accent-insensitive collation")
    if type_.is_string and folds_case(type_.collation):
        sql = _over(call, f"tsql.{routine}_folded({as_text(value)})")
        return call.result(sql, type_, nullable=True, rank=value.rank)
    if type_.is_string:
        sql = _over(call, f"{routine}({as_bpchar(value)})")
        return Typed(sql, type_, "bpchar", rank=value.rank)
    if type_.name == "datetimeoffset":
        return call.result(_over(call, f"tsql.{routine}_dto({value.sql})"), type_, nullable=True)
    if type_.name == "uniqueidentifier":
        return call.result(_over(call, f"tsql.{routine}_guid({value.sql})"), type_, nullable=True)
    return call.result(_over(call, f"{routine}({value.sql})"), type_, nullable=True)


@AGGREGATES.define("STRING_AGG", 2)
def _string_agg(call: Call) -> Typed:
    value = call.args[0]
    if not value.type.is_string:
        value = convert(value, nvarchar(4000), implicit=True, line=call.line, col=call.col)
    longest = max_length(value.type) == MAX
    limit = 4000 if value.type.is_unicode else 8000
    order = ""
    if call.context.within_group:
        terms = [order_term(key, descending=down) for key, down in call.context.within_group]
        order = f" ORDER BY {', '.join(terms)}"
    if call.context.over:
        raise call.refuse("STRING_AGG with OVER")
    check_separator(call)
    separator = f"coalesce({call.text(1)}, '')"
    sql = f"string_agg({as_text(value)}, {separator}{order})"
    if not longest:
        sql = f"tsql.check_joined({sql}, {limit})"
    return call.like_argument(sql, value, MAX if longest else limit).replace(nullable=True)


@AGGREGATES.define("STDEV STDEVP VAR VARP", 1)
def _deviation(call: Call) -> Typed:
    value = _number(call)
    routine = {
        "STDEV": "stddev_samp",
        "STDEVP": "stddev_pop",
        "VAR": "var_samp",
        "VARP": "var_pop",
    }[call.name]
    sql = _over(call, f"{routine}({_distinct(call)}({value.sql})::float8)")
    return call.result(sql, FLOAT, nullable=True)


AGGREGATES.refuse("CHECKSUM_AGG")


def check_separator(call: Call) -> None:
    """A constant or a variable, and a string."""
    if call.function.distinct:
        raise call.refuse("STRING_AGG (DISTINCT …)")
    written = call.function.args[1]
    if any(True for _ in walk.columns(written)) or walk.has_subquery(written):
        raise SqlError(
            8733,
            "Separator parameter for STRING_AGG must be a string literal or variable.",
            line=call.line,
            col=call.col,
        )
    if not call.args[1].type.is_string:
        raise call.invalid_argument(1)
