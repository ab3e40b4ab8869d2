"""ISNULL, COALESCE, NULLIF, CHOOSE, GREATEST, LEAST, and what CASE becomes."""

from __future__ import annotations

from collections.abc import Sequence

from ...types import INT, SqlType
from ..collation import as_text, collation_of
from ..conversion import convert
from ..errors import SqlError
from ..operators import case, compare
from ..precedence import unify
from ..typed import Typed, pg_type
from .registry import Call, Family

LOGIC = Family()


@LOGIC.define("ISNULL", 2)
def _isnull(call: Call) -> Typed:
    first, second = call.args
    if first.type.name == "null":
        return second if second.type.name != "null" else convert(second, INT)
    if not first.nullable:
        return first
    other = convert(second, first.type, implicit=True, line=call.line, col=call.col)
    nullable = first.nullable and second.nullable
    if first.type.is_string:
        sql = f"coalesce({as_text(first)}, {as_text(other)})"
        pg = "text"
        if pg_type(first.type) == "bpchar":
            sql, pg = f"({sql})::bpchar", "bpchar"
        return Typed(sql, first.type, pg, nullable=nullable, rank=first.rank)
    return Typed(
        f"coalesce({first.sql}, {other.sql})", first.type, pg_type(first.type), nullable=nullable
    )


@LOGIC.define("COALESCE", 2, None)
def _coalesce(call: Call) -> Typed:
    if all(arg.type.name == "null" for arg in call.args):
        raise SqlError(
            4127,
            "At least one of the arguments to COALESCE must be an expression that is not the NULL "
            "constant.",
            line=call.line,
            col=call.col,
        )
    type_, rank, parts = _unified(call, call.args)
    nullable = all(arg.nullable for arg in call.args)
    return call.result(f"coalesce({', '.join(parts)})", type_, nullable=nullable, rank=rank)


_CASES = ("COALESCE", "IIF", "CHOOSE")
"""SQL Server writes these as CASE."""


def _unified(call: Call, values: Sequence[Typed]) -> tuple[SqlType, str, list[str]]:
    """The common type of the values and the values in it, strings as text."""
    type_ = unify([value.type for value in values])
    rank = "default"
    if type_.is_string:
        collation, rank = collation_of(
            *(value for value in values if value.type.is_string),
            operation="CASE" if call.name in _CASES else call.name.lower(),
            line=call.line,
            col=call.col,
        )
        type_ = type_.with_collation(collation)
    converted = [
        convert(value, type_, implicit=True, line=call.line, col=call.col) for value in values
    ]
    parts = [as_text(value) if type_.is_string else value.sql for value in converted]
    return type_, rank, parts


@LOGIC.define("NULLIF", 2)
def _nullif(call: Call) -> Typed:
    first, second = call.args
    if first.type.name == "null":
        raise SqlError(
            4151,
            "The type of the first argument to NULLIF cannot be the NULL constant because the "
            "type of the first argument has to be known.",
            line=call.line,
            col=call.col,
        )
    if second.type.name == "null":
        return first
    test = compare("=", first, second, call.line, call.col)
    value = as_text(first) if first.type.is_string else first.sql
    sql = f"(CASE WHEN {test.sql} THEN NULL ELSE {value} END)"
    return call.result(sql, first.type, nullable=True, rank=first.rank)


@LOGIC.define("CHOOSE", 2, None)
def _choose(call: Call) -> Typed:
    index = call.integer(0)
    type_, rank, parts = _unified(call, call.args[1:])
    whens = " ".join(f"WHEN {place} THEN {part}" for place, part in enumerate(parts, 1))
    return call.result(f"(CASE {index} {whens} END)", type_, nullable=True, rank=rank)


@LOGIC.define("GREATEST LEAST", 1, None)
def _greatest(call: Call) -> Typed:
    type_, rank, parts = _unified(call, call.args)
    nullable = all(arg.nullable for arg in call.args)
    if not type_.is_string and type_.name not in ("datetimeoffset", "uniqueidentifier"):
        sql = f"{call.name.lower()}({', '.join(parts)})"
        return call.result(sql, type_, nullable=nullable)
    op = ">=" if call.name == "GREATEST" else "<="
    best = call.result(parts[0], type_, nullable=True, rank=rank)
    for part in parts[1:]:
        other = call.result(part, type_, nullable=True, rank=rank)
        test = compare(op, best, other, call.line, call.col).sql
        sql = f"(CASE WHEN {other.sql} IS NULL OR {test} THEN {best.sql} ELSE {other.sql} END)"
        best = call.result(sql, type_, nullable=nullable, rank=rank)
    return best


__all__ = ["LOGIC", "case"]
