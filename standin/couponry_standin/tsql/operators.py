"""Arithmetic, bitwise and comparison operators, LIKE, IN and BETWEEN."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import (
    APPROXIMATE,
    DATETIME,
    INT,
    INTEGERS,
    MAX,
    SqlType,
    decimal,
)
from .casts.numbers import INTEGER_RANGES
from .collation import (
    as_text,
    check_collation,
    collation_of,
    comparison_collation,
    folds_case,
    group_key,
    order_term,
    sort_key,
    string_key,
)
from .conversion import convert, decimal_literal, integer_literal
from .errors import SqlError
from .patterns import like_sql
from .precedence import (
    as_decimal,
    conversion_rule,
    decimal_result,
    higher,
    message_name,
    unify,
)
from .typed import BOOLEAN, Typed, pg_type

__all__ = [
    "as_text",
    "between",
    "binary",
    "case",
    "check_collation",
    "collation_of",
    "compare",
    "comparison_operands",
    "concat",
    "group_key",
    "in_list",
    "like",
    "order_term",
    "sort_key",
    "unary",
    "unify",
]

_OPERATION_NAMES = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
    "&": "'&'",
    "|": "'|'",
    "^": "'^'",
    "=": "equal to",
    "<>": "not equal to",
    "<": "less than",
    "<=": "less than or equal to",
    ">": "greater than",
    ">=": "greater than or equal to",
}
_MONEY = ("money", "smallmoney")


# ---------------------------------------------------------------- arithmetic


def binary(op: str, left: Typed, right: Typed, line: int = 1, col: int = 1) -> Typed:
    """``left op right`` for ``+ - * / % & | ^``."""
    if op in ("&", "|", "^"):
        return _bitwise(op, left, right, line, col)
    if op == "+" and _joins(left.type, right.type):
        return concat(left, right, line=line, col=col)
    left, right = _typed_nulls(left, right)
    winner = higher(left.type, right.type)
    if winner.is_moment:
        return _moment_arithmetic(op, left, right, winner, line, col)
    if op == "+" and left.type.is_binary and right.type.is_binary:
        return _join_binary(left, right)
    if not winner.is_number:
        raise _invalid_operand(op, winner, line, col)
    if left.type.name == right.type.name == "bit":
        raise _incompatible(op, left.type, right.type, line, col)
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
            raise _invalid_operand("'~'", type_, line, col)
        if type_.name == "bit":
            return _result(f"(1 - {operand.sql})::int2", type_, operand)
        if type_.name == "tinyint":
            return _result(f"(255 - {operand.sql})::int2", type_, operand)
        return _result(f"(~{operand.sql})", type_, operand)
    if not type_.is_number or type_.name == "bit":
        raise _invalid_operand("minus", type_, line, col)
    constant = operand.constant
    if isinstance(constant, int):
        return integer_literal(-constant)
    if constant is not None and type_.name == "decimal":
        return decimal_literal(f"-{constant:f}".replace("--", "")).replace(
            type=decimal(type_.precision or 18, type_.scale or 0)
        ) if not _small(constant) else integer_literal(-int(str(constant)))
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


def _typed_nulls(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """A bare NULL takes the other operand's type; two of them are int."""
    if left.type.name == "null":
        target = INT if right.type.name == "null" else right.type
        left = convert(left, target)
    if right.type.name == "null":
        right = convert(right, left.type)
    return left, right


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
        raise _incompatible(op, left.type, right.type, line, col)
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
        raise _incompatible(op, left.type, right.type, line, col)
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
            raise _incompatible(op, left.type, right.type, line, col)
        raise _incompatible(op, left.type, right.type, line, col)
    for value in (left, right):
        if value.type.name not in ("datetime", "smalldatetime") and value.type.is_moment:
            raise _incompatible(op, left.type, right.type, line, col)
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
    left, right = _typed_nulls(left, right)
    if left.type.is_binary and right.type.is_binary:
        raise _incompatible(op, left.type, right.type, line, col)
    winner = higher(left.type, right.type)
    if not winner.is_integer:
        raise _incompatible(op, left.type, right.type, line, col)
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
    lengths = [
        MAX if v.type.name in ("text", "ntext") else v.type.length or 1 for v in known
    ]
    limit = 4000 if unicode else 8000
    total = MAX if MAX in lengths else sum(lengths)
    name = "nvarchar" if unicode else "varchar"
    type_ = SqlType(name, MAX if total == MAX else min(total, limit), collation=collation)
    parts = [
        "NULL::text" if value.type.name == "null" else as_text(value) for value in values
    ]
    sql = "(" + " || ".join(parts) + ")"
    if total > limit:
        sql = f"tsql.cut({sql}, {limit})"
    nullable = any(value.nullable for value in values)
    return Typed(sql, type_, "text", nullable=nullable, rank=rank)


# ---------------------------------------------------------------- comparison


def compare(op: str, left: Typed, right: Typed, line: int = 1, col: int = 1) -> Typed:
    """``left op right`` for ``= <> < <= > >=``."""
    a, b = comparison_operands(left, right, op=op, line=line, col=col)
    return _predicate(f"({a} {op} {b})", left, right)


def comparison_operands(
    left: Typed, right: Typed, *, op: str = "=", line: int = 1, col: int = 1
) -> tuple[str, str]:
    """The two sides in the PostgreSQL form that ``op`` may stand between.

    Casts stand on a column only where the types differ, so that its index stays usable.
    """
    if left.type.name == "null" and right.type.name == "null":
        return "NULL::int4", "NULL::int4"
    left, right = _typed_nulls(left, right)
    winner = higher(left.type, right.type)
    for value in (left, right):
        _check_comparable(value.type, winner, left.type, right.type, op, line, col)
    if winner.is_string:
        collation = comparison_collation(
            left, right, operation=_OPERATION_NAMES[op], line=line, col=col
        )
        return string_key(left, collation), string_key(right, collation)
    return (
        _comparable(left, winner, op, line, col),
        _comparable(right, winner, op, line, col),
    )


def _check_comparable(
    type_: SqlType, winner: SqlType, left: SqlType, right: SqlType, op: str, line: int, col: int
) -> None:
    if type_.name in ("text", "ntext", "image"):
        raise _incompatible(op, left, right, line, col)
    if conversion_rule(type_, winner) == "implicit":
        return
    if type_.is_moment and winner.is_moment:
        raise _incompatible(op, left, right, line, col)
    if conversion_rule(type_, winner) == "explicit":
        return
    raise SqlError(
        206,
        f"Operand type clash: {message_name(left)} is incompatible with {message_name(right)}",
        state=2,
        line=line,
        col=col,
    )


def _comparable(value: Typed, winner: SqlType, op: str, line: int, col: int) -> str:
    type_ = value.type
    if winner.is_number and type_.is_number:
        if winner.name in APPROXIMATE and type_.name not in APPROXIMATE:
            return f"({value.sql})::float8"
        return value.sql
    if winner.name == "datetimeoffset":
        if type_.name == "datetimeoffset":
            return f"tsql.dto_utc({value.sql})"
        if type_.is_moment:
            return f"({value.sql})::timestamp"
        return f"tsql.dto_utc({convert(value, winner, implicit=True, line=line, col=col).sql})"
    if winner.is_moment and type_.is_moment:
        if type_.name == winner.name or type_.name != "time":
            return value.sql
    elif winner.is_moment and type_.is_string:
        wide = _widest(winner)
        return convert(value, wide, implicit=True, line=line, col=col).sql
    elif winner.name == "decimal" and type_.is_string:
        return convert(value, winner, implicit=True, line=line, col=col).sql
    elif winner.is_binary and type_.is_binary:
        return value.sql
    elif winner.name == "rowversion" or winner.is_binary:
        return convert(value, SqlType("varbinary", MAX), line=line, col=col).sql
    sql = convert(value, winner, implicit=True, line=line, col=col).sql
    if winner.name == "uniqueidentifier" and op not in ("=", "<>"):
        return f"tsql.guid_key({sql})"
    return sql


def _widest(type_: SqlType) -> SqlType:
    if type_.name in ("time", "datetime2"):
        return SqlType(type_.name, scale=7)
    return type_


def in_list(
    operand: Typed, items: Sequence[Typed], *, negated: bool = False, line: int = 1, col: int = 1
) -> Typed:
    """``operand [NOT] IN (items)``: each item compares as ``=`` does."""
    keys: list[str] = []
    lefts: set[str] = set()
    tests: list[str] = []
    for item in items:
        left, right = comparison_operands(operand, item, line=line, col=col)
        lefts.add(left)
        keys.append(right)
        tests.append(f"{left} = {right}")
    if len(lefts) == 1:
        sql = f"({lefts.pop()} {'NOT IN' if negated else 'IN'} ({', '.join(keys)}))"
    else:
        joined = " OR ".join(tests)
        sql = f"(NOT ({joined}))" if negated else f"({joined})"
    return _predicate(sql, operand, *items)


def between(
    operand: Typed,
    low: Typed,
    high: Typed,
    *,
    negated: bool = False,
    line: int = 1,
    col: int = 1,
) -> Typed:
    """``operand [NOT] BETWEEN low AND high``."""
    first = compare(">=", operand, low, line, col).sql
    second = compare("<=", operand, high, line, col).sql
    sql = f"({first} AND {second})"
    return _predicate(f"(NOT {sql})" if negated else sql, operand, low, high)


def like(
    operand: Typed,
    pattern: Typed,
    escape: Typed | None = None,
    *,
    negated: bool = False,
    line: int = 1,
    col: int = 1,
) -> Typed:
    """``operand [NOT] LIKE pattern [ESCAPE escape]``."""
    sides = [
        value
        if value.type.is_string
        else convert(value, SqlType("nvarchar", MAX), implicit=True, line=line, col=col)
        for value in (operand, pattern)
    ]
    collation = comparison_collation(*sides, operation="like", line=line, col=col)
    sql = like_sql(
        sides[0],
        sides[1],
        escape,
        fold=folds_case(collation),
        negated=negated,
        place=(line, col),
    )
    return _predicate(sql, operand, pattern)


def case(
    whens: Sequence[tuple[str, Typed]],
    otherwise: Typed | None,
    line: int = 1,
    col: int = 1,
) -> Typed:
    """CASE over tests that are PostgreSQL conditions already; all results take one type."""
    results = [result for _, result in whens]
    if otherwise is not None:
        results.append(otherwise)
    if all(result.type.name == "null" for result in results):
        raise SqlError(
            8133,
            "At least one of the result expressions in a CASE specification must be an expression "
            "other than the NULL constant.",
            line=line,
            col=col,
        )
    type_ = unify([result.type for result in results])
    rank = "default"
    if type_.is_string:
        strings = [result for result in results if result.type.is_string]
        collation, rank = collation_of(*strings, operation="CASE", line=line, col=col)
        type_ = type_.with_collation(collation)
    parts: list[str] = []
    for result in results:
        converted = convert(result, type_, implicit=True, line=line, col=col)
        parts.append(as_text(converted) if type_.is_string else converted.sql)
    tests = [test for test, _ in whens]
    arms = " ".join(f"WHEN {test} THEN {part}" for test, part in zip(tests, parts, strict=False))
    tail = f" ELSE {parts[-1]}" if otherwise is not None else ""
    return Typed(
        f"(CASE {arms}{tail} END)",
        type_,
        "text" if type_.is_string else pg_type(type_),
        nullable=otherwise is None or any(result.nullable for result in results),
        rank=rank,
    )


def _predicate(sql: str, *operands: Typed) -> Typed:
    return Typed(
        sql, BOOLEAN, "boolean", nullable=any(operand.nullable for operand in operands)
    )


# ---------------------------------------------------------------- errors


def _incompatible(op: str, left: SqlType, right: SqlType, line: int, col: int) -> SqlError:
    return SqlError(
        402,
        f"The data types {message_name(left)} and {message_name(right)} are incompatible in the "
        f"{_OPERATION_NAMES.get(op, op)} operator.",
        line=line,
        col=col,
    )


def _invalid_operand(op: str, type_: SqlType, line: int, col: int) -> SqlError:
    return SqlError(
        8117,
        f"Operand data type {message_name(type_)} is invalid for "
        f"{_OPERATION_NAMES.get(op, op)} operator.",
        line=line,
        col=col,
    )


def fits_integer(value: int, type_: SqlType) -> bool:
    """True when an integer constant lies in the range of an integer type."""
    low, high = INTEGER_RANGES[type_.name]
    return low <= value <= high
