"""What the compiler knows of an expression: its PostgreSQL text and its T-SQL type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..types import SqlType

NULL_TYPE = SqlType("null")
"""The type of a bare NULL: it takes the other operand's type."""

BOOLEAN = SqlType("boolean")
"""The type of a predicate. T-SQL has no such value: it stands only where a condition may."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A compiled expression.

    ``sql`` is PostgreSQL text that may stand as an operand as it is (parenthesised where needed).
    ``pg`` is the PostgreSQL type of that text (``PG_TYPES`` of the T-SQL type, or ``bpchar`` for
    strings that come straight from a binary-collated or fixed-length column).
    ``rank`` is the collation precedence of a string: 'default' (literals, variables, results of
    functions on them), 'implicit' (columns), 'explicit' (COLLATE).
    ``constant`` is the Python value of a literal (str, int, Decimal), else None.
    ``choices`` are the arms of a CASE that chooses among integer literals and NULL: its condition
    and its value; the condition of ELSE is ''.
    """

    sql: str
    type: SqlType
    pg: str
    nullable: bool = True
    rank: str = "default"
    constant: object = None
    choices: tuple[tuple[str, int | None], ...] = ()

    def replace(self, **changes: Any) -> Typed:
        return replace(self, **changes)


PG_TYPES = {
    "bit": "int2",
    "tinyint": "int2",
    "smallint": "int2",
    "int": "int4",
    "bigint": "int8",
    "decimal": "numeric",
    "money": "numeric",
    "smallmoney": "numeric",
    "real": "float4",
    "float": "float8",
    "char": "bpchar",
    "varchar": "text",
    "nchar": "bpchar",
    "nvarchar": "text",
    "text": "text",
    "ntext": "text",
    "binary": "bytea",
    "varbinary": "bytea",
    "image": "bytea",
    "rowversion": "bytea",
    "uniqueidentifier": "uuid",
    "date": "date",
    "time": "time",
    "smalldatetime": "timestamp",
    "datetime": "timestamp",
    "datetime2": "timestamp",
    "datetimeoffset": "text",
    "null": "text",
    "boolean": "boolean",
}


def pg_type(type_: SqlType) -> str:
    """The PostgreSQL type that carries values of a T-SQL type in expressions and variables."""
    return PG_TYPES[type_.name]


def column_pg_type(type_: SqlType) -> str:
    """The PostgreSQL type of a stored column.

    Binary-collated strings are stored as ``bpchar`` without a length: under the cluster's C.UTF-8
    its operators compare bytewise and ignore trailing blanks, as SQL Server does, and indexes serve
    them.
    """
    if type_.is_string and type_.is_binary_collated:
        return "bpchar"
    return PG_TYPES[type_.name]
