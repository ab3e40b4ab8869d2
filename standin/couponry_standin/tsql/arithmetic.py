"""Arithmetic, bitwise operators and joining of strings."""

from __future__ import annotations

from ..types import APPROXIMATE, DATETIME, INT, INTEGERS, MAX, SqlType, decimal
from .collation import as_text, collation_of
from .conversion import convert, decimal_literal, integer_literal
from .errors import SqlError
from .operands import incompatible, invalid_operand, typed_nulls
from .precedence import as_decimal, decimal_result, higher, message_name
from .typed import Typed, pg_type

_MONEY = ("money", "smallmoney")


def binary(op: str, left: Typed, right: Typed, line: int = 1, col: int = 1) -> Typed:
    """``left op right`` for ``+ - * / % & | ^``."""
    if op in ("&", "|", "^"):
        return _bitwise(op, left, right, line, col)
    if op == "+" and _joins(left.type, right.type):
        return concat(left, right, line=line, col=col)
    left, right = typed_nulls(left, right)
    winner = higher(left.type, right.type)
    if winner.is_moment:
        return _moment_arithmetic(op, left, right, winner, line, col)
    if op == "+" and left.type.is_binary and right.type.is_binary:
        return _join_binary(left, right)
    if not winner.is_number:
        raise invalid_operand(op, winner, line, col)
    if left.type.name == right.type.name == "bit":
        raise incompatible(op, left.type, right.type, line, col)
    if winner.name in APPROXIMATE:
        return _float_arithmetic(op, left, right, winner, line, col)
    if winner.name == "decimal":
        return _decimal_arithmetic(op, left, right, line, col)
    if winner.name in _MONEY:
        return _money_arithmetic(op, left, right, winner, line, col)
    return _integer_arithmetic(op, left, right, winner, line, col)


def unary(op: str, operand: Typed, line: int = 1, col: int = 1) -> Typed:
    """``-x``, ``+x`` or ``~x``."""
    type_ = operand.type
    if type_.name == "null":
        return Typed("NULL::int4", INT, "int4")
    if op == "+":
        return operand.replace(constant=None) if not type_.is_number else operand
    if op == "~":
        if not type_.is_integer:
            raise invalid_operand("'~'", type_, line, col)
        if type_.name == "bit":
            return _result(f"(1 - {operand.sql})::int2", type_, operand)
        if type_.name == "tinyint":
            return _result(f"(255 - {operand.sql})::int2", type_, operand)
        return _result(f"(~{operand.sql})", type_, operand)
    if not type_.is_number or type_.name == "bit":
        raise invalid_operand("minus", type_, line, col)
    constant = operand.constant
    if isinstance(constant, int):
        return integer_literal(-constant)
    if constant is not None and type_.name == "decimal":
        return (
            decimal_literal(f"-{constant:f}".replace("--", "")).replace(
                type=decimal(type_.precision or 18, type_.scale or 0)
            )
            if not _small(constant)
            else integer_literal(-int(str(constant)))
        )
    if type_.name == "tinyint":
        return _result(f"(-{operand.sql})::int2", SqlType("smallint"), operand)
    return _result(f"(-{operand.sql})", type_, operand)


def _small(constant: object) -> bool:
    """True for 2147483648, the one number beyond int whose negative is an int."""
    return str(constant) == "2147483648"


def _joins(left: SqlType, right: SqlType) -> bool:
    if left.is_string:
        return right.is_string or right.name == "null"
    return left.name == "null" and right.is_string


def _result(sql: str, type_: SqlType, *operands: Typed) -> Typed:
    nullable = any(operand.nullable for operand in operands)
    return Typed(sql, type_, pg_type(type_), nullable=nullable)


def _integer_arithmetic(
    op: str, left: Typed, right: Typed, winner: SqlType, line: int, col: int
) -> Typed:
    left = convert(left, winner, implicit=True, line=line, col=col) if not _int(left) else left
    right = convert(right, winner, implicit=True, line=line, col=col) if not _int(right) else right
    sql = f"({left.sql} {op} {right.sql})"
    if winner.name == "tinyint":
        sql = f"tsql.tinyint({sql}::int4)"
    elif winner.name == "bit":
        sql = f"{sql}::int2"
    return _result(sql, winner, left, right)


def _int(value: Typed) -> bool:
    return value.type.name in INTEGERS


def _decimal_arithmetic(op: str, left: Typed, right: Typed, line: int, col: int) -> Typed:
    left_type = _decimal_operand(left, right)
    right_type = _decimal_operand(right, left)
    left = _exact(left, left_type, line, col)
    right = _exact(right, right_type, line, col)
    type_, capped = decimal_result(op, left_type, right_type)
    scale = type_.scale or 0
    if op == "/":
        if scale:
            sql = f"(div({left.sql} * 1e{scale}, {right.sql}) * 1e-{scale})"
        else:
            sql = f"div({left.sql}, {right.sql})"
        if capped:
            sql = f"{sql}::numeric(38,{scale})"
    else:
        sql = f"({left.sql} {op} {right.sql})"
        if capped:
            sql = f"{sql}::numeric(38,{scale})"
    return _result(sql, type_, left, right)


def _decimal_operand(value: Typed, other: Typed) -> SqlType:
    if value.type.name in (*INTEGERS, *_MONEY, "decimal"):
        return as_decimal(value.type, value.constant)
    return as_decimal(other.type, None)


def _exact(value: Typed, type_: SqlType, line: int, col: int) -> Typed:
    """An operand as numeric; integers and money already are exact there."""
    if value.type.name in ("decimal", *_MONEY):
        return value
    if value.type.name in INTEGERS:
        if value.constant is not None:
            return value.replace(sql=f"{value.sql}::numeric", pg="numeric")
        return value.replace(sql=f"({value.sql})::numeric", pg="numeric")
    return convert(value, type_, implicit=True, line=line, col=col)


def _money_arithmetic(
    op: str, left: Typed, right: Typed, winner: SqlType, line: int, col: int
) -> Typed:
    both_integers = left.type.name in INTEGERS or right.type.name in INTEGERS
    left = _exact(left, winner, line, col)
    right = _exact(right, winner, line, col)
    small = "true" if winner.name == "smallmoney" else "false"
    if op == "/":
        sql = f"(div({left.sql} * 1e4, {right.sql}) * 1e-4)"
    elif op == "%" and not both_integers:
        sql = f"({left.sql} % {right.sql})"
    else:
        sql = f"({left.sql} {op} {right.sql})"
    return _result(f"tsql.to_money({sql}, {small}, false)", winner, left, right)


def _float_arithmetic(
    op: str, left: Typed, right: Typed, winner: SqlType, line: int, col: int
) -> Typed:
    if op == "%":
        raise incompatible(op, left.type, right.type, line, col)
    pg = pg_type(winner)

    def operand(value: Typed) -> str:
        if value.type.is_number:
            return value.sql if value.pg == pg else f"({value.sql})::{pg}"
        return convert(value, winner, implicit=True, line=line, col=col).sql

    return _result(f"({operand(left)} {op} {operand(right)})", winner, left, right)


def _moment_arithmetic(
    op: str, left: Typed, right: Typed, winner: SqlType, line: int, col: int
) -> Typed:
    if op not in ("+", "-"):
        raise incompatible(op, left.type, right.type, line, col)
    if winner.name not in ("datetime", "smalldatetime"):
        other = right.type if winner is left.type else left.type
        if other.is_number:
            raise SqlError(
                206,
                f"Operand type clash: {message_name(winner)} is incompatible with "
                f"{message_name(other)}",
                state=2,
                line=line,
                col=col,
            )
        if other.is_string and other.name != winner.name:
            raise incompatible(op, left.type, right.type, line, col)
        if left.type.name == right.type.name:
            raise invalid_operand(op, winner, line, col)
        raise incompatible(op, left.type, right.type, line, col)
    for value in (left, right):
        if value.type.name not in ("datetime", "smalldatetime") and value.type.is_moment:
            raise incompatible(op, left.type, right.type, line, col)
    start = convert(left, DATETIME, implicit=True, line=line, col=col)
    if right.type.is_number:
        sql = f"tsql.add_days({start.sql}, ({right.sql})::numeric * {'1' if op == '+' else '-1'})"
    else:
        step = convert(right, DATETIME, implicit=True, line=line, col=col)
        sign = "+" if op == "+" else "-"
        sql = f"tsql.round_datetime({start.sql} {sign} ({step.sql} - '1900-01-01'::timestamp))"
    if winner.name == "smalldatetime":
        sql = f"tsql.round_smalldatetime({sql})"
    return _result(sql, winner, left, right)


def _bitwise(op: str, left: Typed, right: Typed, line: int, col: int) -> Typed:
    left, right = typed_nulls(left, right)
    if left.type.is_binary and right.type.is_binary:
        raise incompatible(op, left.type, right.type, line, col)
    winner = higher(left.type, right.type)
    if not winner.is_integer:
        raise incompatible(op, left.type, right.type, line, col)
    left = convert(left, winner, implicit=True, line=line, col=col)
    right = convert(right, winner, implicit=True, line=line, col=col)
    sign = "#" if op == "^" else op
    return _result(f"({left.sql} {sign} {right.sql})", winner, left, right)


def _join_binary(left: Typed, right: Typed) -> Typed:
    lengths = [
        MAX if t.name == "image" else 8 if t.name == "rowversion" else t.length or 1
        for t in (left.type, right.type)
    ]
    length = MAX if MAX in lengths else min(sum(lengths), 8000)
    return _result(f"({left.sql} || {right.sql})", SqlType("varbinary", length), left, right)


def concat(*values: Typed, line: int = 1, col: int = 1) -> Typed:
    """Strings joined with ``+``: NULL in, NULL out."""
    known = [value for value in values if value.type.is_string]
    unicode = any(value.type.is_unicode for value in known)
    collation, rank = collation_of(*known, operation="add", line=line, col=col)
    lengths = [MAX if v.type.name in ("text", "ntext") else v.type.length or 1 for v in known]
    limit = 4000 if unicode else 8000
    total = MAX if MAX in lengths else sum(lengths)
    name = "nvarchar" if unicode else "varchar"
    type_ = SqlType(name, MAX if total == MAX else min(total, limit), collation=collation)
    parts = ["NULL::text" if value.type.name == "null" else as_text(value) for value in values]
    sql = "(" + " || ".join(parts) + ")"
    if total > limit:
        sql = f"tsql.cut({sql}, {limit})"
    nullable = any(value.nullable for value in values)
    return Typed(sql, type_, "text", nullable=nullable, rank=rank)
