"""Comparison, IN, BETWEEN, LIKE and CASE."""

from __future__ import annotations

from collections.abc import Sequence

from ..types import APPROXIMATE, MAX, SqlType
from .collation import (
    as_bpchar,
    as_text,
    collation_of,
    comparison_collation,
    letters_key,
    string_key,
)
from .conversion import convert
from .errors import SqlError
from .operands import OPERATION_NAMES, incompatible, typed_nulls
from .patterns import like_sql
from .precedence import conversion_rule, higher, message_name, unify
from .typed import BOOLEAN, Typed, pg_type


def compare(op: str, left: Typed, right: Typed, line: int = 1, col: int = 1) -> Typed:
    """``left op right`` for ``= <> < <= > >=``."""
    a, b = comparison_operands(left, right, op=op, line=line, col=col)
    if op in ("=", "<>") and (_has_no_case(left, right) or _has_no_case(right, left)):
        a, b = as_bpchar(left), as_bpchar(right)
    return _predicate(f"({a} {op} {b})", left, right)


def _has_no_case(constant: Typed, other: Typed) -> bool:
    """Whether a constant without letters is compared: then case is no matter.

    Not with a column, whose index may be one over its letters in lower case.
    """
    text = constant.constant
    return (
        isinstance(text, str)
        and text.isascii()
        and text.lower() == text.upper()
        and other.type.is_string
        and other.rank == "default"
    )


def comparison_operands(
    left: Typed, right: Typed, *, op: str = "=", line: int = 1, col: int = 1
) -> tuple[str, str]:
    """The two sides in the PostgreSQL form that ``op`` may stand between.

    Casts stand on a column only where the types differ, so that its index stays usable.
    """
    if left.type.name == "null" and right.type.name == "null":
        return "NULL::int4", "NULL::int4"
    left, right = typed_nulls(left, right)
    winner = higher(left.type, right.type)
    for value in (left, right):
        _check_comparable(value.type, winner, left.type, right.type, op, line, col)
    if winner.is_string:
        left, right = (
            value if value.type.is_string else convert(value, winner, line=line, col=col)
            for value in (left, right)
        )
        collation = comparison_collation(
            left, right, operation=OPERATION_NAMES[op], line=line, col=col
        )
        if op not in ("=", "<>"):
            return letters_key(left, collation), letters_key(right, collation)
        return string_key(left, collation), string_key(right, collation)
    return (
        _comparable(left, winner, op, line, col),
        _comparable(right, winner, op, line, col),
    )


def _check_comparable(
    type_: SqlType, winner: SqlType, left: SqlType, right: SqlType, op: str, line: int, col: int
) -> None:
    if type_.name in ("text", "ntext", "image"):
        raise incompatible(op, left, right, line, col)
    if conversion_rule(type_, winner) == "implicit":
        return
    if type_.is_moment and winner.is_moment:
        raise incompatible(op, left, right, line, col)
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
            return _exact_moment(value)
        return f"tsql.dto_utc({convert(value, winner, implicit=True, line=line, col=col).sql})"
    if winner.is_moment and type_.is_moment:
        if winner.name == "datetime2" and type_.name == "datetime":
            return _exact_moment(value)
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


def _exact_moment(value: Typed) -> str:
    """A moment beside one of more digits: a datetime counts with its thirds of milliseconds."""
    if value.type.name == "datetime":
        return f"tsql.exact_datetime({value.sql})"
    return f"({value.sql})::timestamp"


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
    if escape is not None and not (escape.type.is_string or escape.type.name == "null"):
        escape = convert(escape, SqlType("nvarchar", MAX), implicit=True, line=line, col=col)
    collation = comparison_collation(*sides, operation="like", line=line, col=col)
    sql = like_sql(
        sides[0],
        sides[1],
        escape,
        collation=collation,
        negated=negated,
        place=(line, col),
    )
    return _predicate(sql, operand, pattern)


def case(
    whens: Sequence[tuple[str, Typed]],
    otherwise: Typed | None,
    line: int = 1,
    col: int = 1,
    keys: tuple[str, list[str]] | None = None,
) -> Typed:
    """CASE over tests that are PostgreSQL conditions already; all results take one type.

    ``keys``: the same tests as a value and what it is compared with, where that is shorter.
    """
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
    head, shown = keys if keys is not None else ("", tests)
    arms = " ".join(f"WHEN {test} THEN {part}" for test, part in zip(shown, parts, strict=False))
    tail = f" ELSE {parts[-1]}" if otherwise is not None else ""
    return Typed(
        f"(CASE {f'{head} ' if head else ''}{arms}{tail} END)",
        type_,
        "text" if type_.is_string else pg_type(type_),
        nullable=otherwise is None or any(result.nullable for result in results),
        rank=rank,
        choices=_choices(tests, results),
    )


def _choices(tests: list[str], results: list[Typed]) -> tuple[tuple[str, int | None], ...]:
    found: list[tuple[str, int | None]] = []
    for test, result in zip([*tests, ""], results, strict=False):
        if result.type.name == "null":
            found.append((test, None))
        elif isinstance(result.constant, int):
            found.append((test, result.constant))
        else:
            return ()
    return tuple(found)


def _predicate(sql: str, *operands: Typed) -> Typed:
    return Typed(sql, BOOLEAN, "boolean", nullable=any(operand.nullable for operand in operands))
