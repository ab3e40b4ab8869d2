"""STRING_SPLIT and GENERATE_SERIES: rows made of values."""

from __future__ import annotations

from dataclasses import dataclass

from ...types import SqlType
from .. import tree
from ..collation import as_text
from ..errors import SqlError
from ..precedence import message_name, unify
from ..typed import Typed, pg_type
from .scope import Shape


@dataclass(frozen=True, slots=True)
class Rows:
    sql: str
    names: tuple[str, ...]
    columns: list[Shape]
    """those that a query may name"""


def split(node: tree.FunctionSource, args: list[Typed]) -> Rows:
    value = args[0]
    if not value.type.is_string and value.type.name != "null":
        raise _invalid(node, args, 0)
    type_ = SqlType(
        "nvarchar" if value.type.is_unicode else "varchar",
        value.type.length if value.type.is_string else 4000,
        collation=value.type.collation,
    )
    columns: list[Shape] = [("value", type_, "text", True, value.rank)]
    if _shows_ordinal(node, args):
        columns.append(("ordinal", SqlType("bigint"), "int8", False, "default"))
    sql = f"tsql.string_split({as_text(value)}, {as_text(args[1])})"
    return Rows(sql, ("value", "ordinal"), columns)


def _shows_ordinal(node: tree.FunctionSource, args: list[Typed]) -> bool:
    if len(args) < 3 or args[2].type.name == "null":
        return False
    number = args[2].constant
    if not isinstance(number, int):
        raise SqlError(
            8748,
            "The enable_ordinal argument for string_split only supports constant values (not"
            " variables or columns).",
            line=node.line,
            col=node.col,
        )
    if number not in (0, 1):
        raise _refused_value(node, number, 3)
    return number == 1


_SERIES_TYPES = ("tinyint", "smallint", "int", "bigint", "decimal")


def series(node: tree.FunctionSource, args: list[Typed]) -> Rows:
    kinds = {arg.type.name for arg in args if arg.type.name != "null"}
    if len(kinds) > 1 or not kinds <= set(_SERIES_TYPES):
        raise SqlError(
            5373,
            "All the input parameters should be of the same type. Supported types are tinyint,"
            " smallint, int, bigint, decimal and numeric.",
            line=node.line,
            col=node.col,
        )
    if len(args) > 2 and args[2].constant == 0:
        raise _refused_value(node, 0, 3)
    type_ = unify([arg.type for arg in args])
    pg = pg_type(type_)
    first, last = (f"({arg.sql})::{pg}" for arg in args[:2])
    step = f"CASE WHEN {first} > {last} THEN -1 ELSE 1 END"
    if len(args) > 2:
        step = f"tsql.series_step({args[2].sql})"
    sql = f"generate_series({first}, {last}, ({step})::{pg})"
    return Rows(sql, ("value",), [("value", type_, pg, False, "default")])


def _invalid(node: tree.FunctionSource, args: list[Typed], index: int) -> SqlError:
    return SqlError(
        8116,
        f"Argument data type {message_name(args[index].type)} is invalid for argument {index + 1}"
        f" of {node.name.last.lower()} function.",
        line=node.line,
        col=node.col,
    )


def _refused_value(node: tree.FunctionSource, value: int, number: int) -> SqlError:
    return SqlError(
        4199,
        f"Argument value {value} is invalid for argument {number} of {node.name.last.lower()}"
        " function.",
        line=node.line,
        col=node.col,
    )
