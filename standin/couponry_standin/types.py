"""The types of T-SQL, as every room of the stand-in names them.

Values travel between the rooms as text in PostgreSQL's own output form (``None`` is NULL):

======================================  =====================================================
T-SQL type                              text form
======================================  =====================================================
bit                                     ``0`` or ``1``
tinyint, smallint, int, bigint          decimal digits with an optional minus
decimal, numeric, money, smallmoney     decimal digits, a point, exactly the scale's digits
float, real                             PostgreSQL's shortest round-trip form
char … nvarchar, text, ntext, sysname   the characters
binary, varbinary, image, rowversion    ``\\x`` and hexadecimal digits
uniqueidentifier                        lower-case hexadecimal with dashes
date                                    ``YYYY-MM-DD``
time                                    ``HH:MM:SS[.ffffff]``
datetime, datetime2, smalldatetime      ``YYYY-MM-DD HH:MM:SS[.ffffff]``
datetimeoffset                          ``YYYY-MM-DD HH:MM:SS[.ffffff]+HH:MM`` (local time)
======================================  =====================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

MAX = -1
"""Length of ``nvarchar(max)``, ``varchar(max)`` and ``varbinary(max)``."""

INTEGERS = ("bit", "tinyint", "smallint", "int", "bigint")
EXACT = (*INTEGERS, "decimal", "money", "smallmoney")
APPROXIMATE = ("real", "float")
STRINGS = ("char", "varchar", "nchar", "nvarchar", "text", "ntext")
UNICODE = ("nchar", "nvarchar", "ntext")
BINARIES = ("binary", "varbinary", "image", "rowversion")
MOMENTS = ("date", "time", "smalldatetime", "datetime", "datetime2", "datetimeoffset")

DEFAULT_COLLATION = "SQL_Latin1_General_CP1_CI_AS"


@dataclass(frozen=True, slots=True)
class SqlType:
    """A T-SQL type.

    ``name`` is the canonical lower-case name: ``numeric`` is ``decimal``, ``timestamp`` is
    ``rowversion``, ``sysname`` is ``nvarchar(128)``. ``length`` counts characters of strings and
    bytes of binaries (``MAX`` for max). ``scale`` is also the fractional-second precision of
    time, datetime2 and datetimeoffset.
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    collation: str | None = None
    table: str | None = field(default=None, repr=False)
    """of a table: the full name of its type"""

    @property
    def is_string(self) -> bool:
        return self.name in STRINGS

    @property
    def is_unicode(self) -> bool:
        return self.name in UNICODE

    @property
    def is_number(self) -> bool:
        return self.name in EXACT or self.name in APPROXIMATE

    @property
    def is_integer(self) -> bool:
        return self.name in INTEGERS

    @property
    def is_moment(self) -> bool:
        return self.name in MOMENTS

    @property
    def is_binary(self) -> bool:
        return self.name in BINARIES

    @property
    def is_binary_collated(self) -> bool:
        """True when comparisons of this string are by code point (a BIN or BIN2 collation)."""
        return bool(self.collation) and self.collation.upper().endswith(("_BIN", "_BIN2"))

    def with_collation(self, collation: str | None) -> SqlType:
        return replace(self, collation=collation)

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"{self.name}({self.precision},{self.scale})"
        if self.name in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary"):
            return f"{self.name}({'max' if self.length == MAX else self.length})"
        if self.name in ("time", "datetime2", "datetimeoffset"):
            return f"{self.name}({self.scale})"
        return self.name


BIT = SqlType("bit")
TINYINT = SqlType("tinyint")
SMALLINT = SqlType("smallint")
INT = SqlType("int")
BIGINT = SqlType("bigint")
FLOAT = SqlType("float")
REAL = SqlType("real")
MONEY = SqlType("money")
DATE = SqlType("date")
DATETIME = SqlType("datetime")
UNIQUEIDENTIFIER = SqlType("uniqueidentifier")
ROWVERSION = SqlType("rowversion")
SYSNAME = SqlType("nvarchar", 128)


def decimal(precision: int, scale: int) -> SqlType:
    return SqlType("decimal", precision=precision, scale=scale)


def nvarchar(length: int) -> SqlType:
    return SqlType("nvarchar", length)


def varchar(length: int) -> SqlType:
    return SqlType("varchar", length)


def varbinary(length: int) -> SqlType:
    return SqlType("varbinary", length)


def datetime2(scale: int) -> SqlType:
    return SqlType("datetime2", scale=scale)
