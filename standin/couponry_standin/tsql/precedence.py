"""The rules of T-SQL about types alone: precedence, common types, what converts to what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..types import (
    APPROXIMATE,
    BINARIES,
    INT,
    INTEGERS,
    MAX,
    SqlType,
    decimal,
)
from .errors import SqlError
from .typed import Typed

PRECEDENCE = (
    "null",
    "binary",
    "varbinary",
    "char",
    "varchar",
    "nchar",
    "nvarchar",
    "uniqueidentifier",
    "rowversion",
    "image",
    "text",
    "ntext",
    "bit",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "smallmoney",
    "money",
    "decimal",
    "real",
    "float",
    "time",
    "date",
    "smalldatetime",
    "datetime",
    "datetime2",
    "datetimeoffset",
)
"""T-SQL's data type precedence, lowest first."""

_RANKS = {name: rank for rank, name in enumerate(PRECEDENCE)}

_INTEGER_DIGITS = {"bit": 1, "tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_MONEY = ("money", "smallmoney")
_BLOBS = ("text", "ntext", "image")
_CHARACTERS = ("char", "varchar", "nchar", "nvarchar", "text", "ntext")

Allowed = Literal["implicit", "explicit", "clash", "forbidden"]


def message_name(type_: SqlType) -> str:
    """The name of a type as SQL Server's messages write it."""
    return {"decimal": "numeric", "rowversion": "timestamp", "null": "NULL"}.get(
        type_.name, type_.name
    )


def higher(left: SqlType, right: SqlType) -> SqlType:
    """Whichever of the two has the higher precedence."""
    return left if _RANKS[left.name] >= _RANKS[right.name] else right


def as_decimal(type_: SqlType, constant: object = None) -> SqlType:
    """The decimal type that an exact number counts as; a literal integer counts its digits."""
    if type_.name == "decimal":
        return type_
    if type_.name == "money":
        return decimal(19, 4)
    if type_.name == "smallmoney":
        return decimal(10, 4)
    if isinstance(constant, int) and type_.name in INTEGERS:
        return decimal(len(str(abs(constant))), 0)
    return decimal(_INTEGER_DIGITS[type_.name], 0)


def unify(types: Sequence[SqlType]) -> SqlType:
    """The type of CASE, COALESCE, VALUES or UNION over these types."""
    known = [type_ for type_ in types if type_.name != "null"]
    if not known:
        return INT
    result = known[0]
    for type_ in known[1:]:
        result = _unify_two(result, type_)
    return result


def _unify_two(left: SqlType, right: SqlType) -> SqlType:
    winner = higher(left, right)
    other = right if winner is left else left
    if winner.name == "decimal" and other.name in (*INTEGERS, *_MONEY, "decimal"):
        return _common_decimal(as_decimal(left), as_decimal(right))
    if winner.is_string and other.is_string:
        return _common_string(winner, other)
    if winner.name in ("binary", "varbinary") and other.name in ("binary", "varbinary"):
        lengths = (left.length or 1, right.length or 1)
        length = MAX if MAX in lengths else max(lengths)
        return SqlType(winner.name, length)
    if winner.name in ("time", "datetime2", "datetimeoffset"):
        scale = max(_fraction(left), _fraction(right))
        return SqlType(winner.name, scale=scale)
    return winner


def _fraction(type_: SqlType) -> int:
    if type_.name in ("time", "datetime2", "datetimeoffset"):
        return 7 if type_.scale is None else type_.scale
    return 3 if type_.name == "datetime" else 0


def _common_decimal(left: SqlType, right: SqlType) -> SqlType:
    left_scale, right_scale = left.scale or 0, right.scale or 0
    whole = max((left.precision or 18) - left_scale, (right.precision or 18) - right_scale)
    scale = max(left_scale, right_scale)
    if whole + scale > 38:
        scale = max(38 - whole, 0)
        return decimal(38, scale)
    return decimal(whole + scale, scale)


def _common_string(winner: SqlType, other: SqlType) -> SqlType:
    collation = winner.collation or other.collation
    if winner.name in ("text", "ntext"):
        return SqlType(winner.name, collation=collation)
    if other.name in ("text", "ntext"):
        return SqlType("nvarchar" if winner.is_unicode else "varchar", MAX, collation=collation)
    unicode = winner.is_unicode or other.is_unicode
    fixed = winner.name in ("char", "nchar") and other.name in ("char", "nchar")
    name = ("n" if unicode else "") + ("char" if fixed else "varchar")
    lengths = (winner.length or 1, other.length or 1)
    length = MAX if MAX in lengths else min(max(lengths), 4000 if unicode else 8000)
    return SqlType(name, length, collation=collation)


# ---------------------------------------------------------------- arithmetic of decimals


def decimal_result(op: str, left: SqlType, right: SqlType) -> tuple[SqlType, bool]:
    """The decimal type of ``left op right`` and whether the value may not fit it as it comes."""
    p1, s1 = left.precision or 18, left.scale or 0
    p2, s2 = right.precision or 18, right.scale or 0
    if op in ("+", "-"):
        scale = max(s1, s2)
        whole = max(p1 - s1, p2 - s2)
        precision = whole + scale + 1
        if precision > 38:
            return decimal(38, min(scale, 38 - whole)), True
        return decimal(precision, scale), False
    if op == "*":
        return _reduced(p1 + p2 + 1, s1 + s2)
    if op == "/":
        scale = max(6, s1 + p2 + 1)
        return _reduced(p1 - s1 + s2 + scale, scale)
    scale = max(s1, s2)
    return _reduced(min(p1 - s1, p2 - s2) + scale, scale)


def _reduced(precision: int, scale: int) -> tuple[SqlType, bool]:
    """SQL Server gives up fraction digits, down to six, so that the whole part keeps its place."""
    if precision <= 38:
        return decimal(precision, scale), False
    whole = precision - scale
    scale = min(scale, 38 - whole) if whole < 32 else min(scale, 6)
    return decimal(38, scale), True


# ---------------------------------------------------------------- what converts to what


def conversion_rule(source: SqlType, target: SqlType) -> Allowed:
    """SQL Server's conversion matrix.

    ``clash`` is an operand type clash (206) wherever it stands, ``forbidden`` is 529 when asked
    for explicitly, ``explicit`` is 257 when it would have to happen by itself.
    """
    a, b = source.name, target.name
    if a == b or a == "null":
        return "implicit"
    pair = _PAIRS.get((_family(a), _family(b)), "implicit")
    if a in ("date", "time", "datetime2", "datetimeoffset") and _family(b) in (
        "integer",
        "exact",
        "money",
        "float",
    ):
        return "forbidden"
    if b in ("date", "time", "datetime2", "datetimeoffset") and _family(a) in (
        "integer",
        "exact",
        "money",
        "float",
    ):
        return "forbidden"
    if {a, b} == {"date", "time"}:
        return "forbidden"
    if b == "rowversion" and _family(a) in ("moment", "float", "guid"):
        return "forbidden"
    return pair


def _family(name: str) -> str:
    if name in INTEGERS:
        return "integer"
    if name in _MONEY:
        return "money"
    if name == "decimal":
        return "exact"
    if name in APPROXIMATE:
        return "float"
    if name in _BLOBS:
        return "blob"
    if name in _CHARACTERS:
        return "string"
    if name in BINARIES:
        return "binary"
    if name == "uniqueidentifier":
        return "guid"
    return "moment"


_PAIRS: dict[tuple[str, str], Allowed] = {
    ("string", "binary"): "explicit",
    ("string", "money"): "implicit",
    ("binary", "float"): "forbidden",
    ("float", "binary"): "explicit",
    ("moment", "integer"): "explicit",
    ("moment", "exact"): "explicit",
    ("moment", "money"): "explicit",
    ("moment", "float"): "explicit",
    ("moment", "binary"): "explicit",
    ("moment", "guid"): "forbidden",
    ("guid", "integer"): "forbidden",
    ("guid", "exact"): "forbidden",
    ("guid", "money"): "forbidden",
    ("guid", "float"): "forbidden",
    ("guid", "moment"): "forbidden",
    ("integer", "guid"): "forbidden",
    ("exact", "guid"): "forbidden",
    ("money", "guid"): "forbidden",
    ("float", "guid"): "forbidden",
    ("money", "string"): "explicit",
    ("integer", "blob"): "forbidden",
    ("exact", "blob"): "forbidden",
    ("money", "blob"): "forbidden",
    ("float", "blob"): "forbidden",
    ("moment", "blob"): "forbidden",
    ("guid", "blob"): "forbidden",
    ("blob", "integer"): "forbidden",
    ("blob", "exact"): "forbidden",
    ("blob", "money"): "forbidden",
    ("blob", "float"): "forbidden",
    ("blob", "moment"): "forbidden",
    ("blob", "guid"): "forbidden",
}


def check_conversion(value: Typed, target: SqlType, *, implicit: bool, line: int, col: int) -> None:
    """Raise the error of a conversion that SQL Server's matrix does not have."""
    rule = conversion_rule(value.type, target)
    source, wanted = message_name(value.type), message_name(target)
    if rule == "implicit" or (rule == "explicit" and not implicit):
        return
    if rule == "explicit":
        raise SqlError(
            257,
            f"Implicit conversion from data type {source} to {wanted} is not allowed. "
            "Use the CONVERT function to run this query.",
            state=3,
            line=line,
            col=col,
        )
    if implicit or rule == "clash":
        raise SqlError(
            206,
            f"Operand type clash: {source} is incompatible with {wanted}",
            state=2,
            line=line,
            col=col,
        )
    raise SqlError(
        529,
        f"Explicit conversion from data type {source} to {wanted} is not allowed.",
        state=2,
        line=line,
        col=col,
    )
