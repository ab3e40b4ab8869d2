"""What the operators share: their names in messages, bare NULLs, and type errors."""

from __future__ import annotations

from ..types import INT, SqlType
from .conversion import convert
from .errors import SqlError
from .precedence import message_name
from .typed import Typed

OPERATION_NAMES = {
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


def typed_nulls(left: Typed, right: Typed) -> tuple[Typed, Typed]:
    """A bare NULL takes the other operand's type; two of them are int."""
    if left.type.name == "null":
        target = INT if right.type.name == "null" else right.type
        left = convert(left, target)
    if right.type.name == "null":
        right = convert(right, left.type)
    return left, right


def incompatible(op: str, left: SqlType, right: SqlType, line: int, col: int) -> SqlError:
    return SqlError(
        402,
        f"The data types {message_name(left)} and {message_name(right)} are incompatible in the "
        f"{OPERATION_NAMES.get(op, op)} operator.",
        line=line,
        col=col,
    )


def invalid_operand(op: str, type_: SqlType, line: int, col: int) -> SqlError:
    return SqlError(
        8117,
        f"Operand data type {message_name(type_)} is invalid for "
        f"{OPERATION_NAMES.get(op, op)} operator.",
        line=line,
        col=col,
    )
