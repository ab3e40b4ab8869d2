"""CAST, CONVERT, implicit conversion, assignment to variables and storing into columns."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import isfinite

from ..types import (
    APPROXIMATE,
    INT,
    MAX,
    SqlType,
    decimal,
    nvarchar,
    varbinary,
    varchar,
)
from . import shortcuts, tree
from .casts import binaries, moments, numbers, strings
from .casts.request import Request
from .collation import as_text, check_stored
from .errors import NotSupported, SqlError
from .precedence import check_conversion
from .typed import NULL_TYPE, Typed, column_pg_type, pg_type


def literal(node: tree.Literal) -> Typed:
    """A literal with the type that T-SQL gives it."""
    kind, text = node.kind, node.value
    if kind == "null":
        return Typed("NULL", NULL_TYPE, "text")
    if kind in ("string", "nstring"):
        if "\0" in text:
            raise NotSupported("a character string with U+0000", node.line, node.col)
        return string_literal(text, unicode=kind == "nstring")
    if kind == "int":
        return integer_literal(int(text))
    if kind == "decimal":
        return decimal_literal(text)
    if kind == "float":
        if not isfinite(float(text)):
            raise SqlError(
                168,
                f"The floating point value '{text}' is out of the range of computer "
                "representation (8 bytes).",
                severity=15,
                line=node.line,
                col=node.col,
            )
        return Typed(f"'{float(text)!r}'::float8", SqlType("float"), "float8", nullable=False)
    if kind == "money":
        number = Decimal(text.lstrip("$").replace(",", "") or "0")
        return Typed(f"{number:.4f}::numeric(19,4)", SqlType("money"), "numeric", nullable=False)
    digits = text if len(text) % 2 == 0 else "0" + text
    return Typed(
        f"'\\x{digits.lower()}'::bytea", varbinary(len(digits) // 2 or 1), "bytea", nullable=False
    )


def string_literal(text: str, *, unicode: bool = True) -> Typed:
    """A character constant; over 8,000 bytes it is of a max type."""
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    limit = 4000 if unicode else 8000
    length = MAX if units > limit else max(units, 1)
    type_ = nvarchar(length) if unicode else varchar(length)
    sql = strings.literal(text)
    if not unicode and not text.isascii():
        sql = f"tsql.ansi({sql})"
        return Typed(sql, type_, "text", nullable=False)
    return Typed(sql, type_, "text", nullable=False, constant=text)


def integer_literal(value: int) -> Typed:
    """An integer constant: int, or decimal(n,0) beyond int."""
    low, high = numbers.INTEGER_RANGES["int"]
    if low <= value <= high:
        sql = str(value) if value >= 0 else f"({value})"
        return Typed(sql, INT, "int4", nullable=False, constant=value)
    return decimal_literal(str(value))


def decimal_literal(text: str) -> Typed:
    """A constant with a decimal point: decimal(p,s) with just its digits."""
    with localcontext() as exact:
        exact.prec = 80
        value = Decimal(text)
    sign, digits, exponent = value.as_tuple()
    scale = max(-int(exponent), 0)
    precision = max(len(digits), scale, 1)
    if precision > 38:
        raise SqlError(
            1007,
            f"The number '{text}' is out of the range for numeric representation "
            "(maximum precision 38).",
            severity=15,
        )
    sql = f"{value:f}::numeric"
    return Typed(
        f"({sql})" if sign else sql,
        decimal(precision, scale),
        "numeric",
        nullable=False,
        constant=value,
    )


def convert(
    value: Typed,
    target: SqlType,
    *,
    style: int | None = None,
    is_try: bool = False,
    implicit: bool = False,
    line: int = 1,
    col: int = 1,
) -> Typed:
    """``value`` as ``target``, as CAST and CONVERT (or, ``implicit``, the engine itself) do it.

    Strings come back cut to the length of the type; a string that already fits may keep bpchar.
    """
    if value.type.name == "null":
        pg = pg_type(target)
        return Typed(f"NULL::{pg}", target, pg)
    check_conversion(value, target, implicit=implicit, line=line, col=col)
    if _same(value.type, target):
        return value.replace(type=_collated(value, target))
    request = Request(value, target, style, is_try, line, col)
    sql = _emit(request)
    pg = pg_type(target)
    if target.is_string and sql == value.sql:
        pg = value.pg
    return Typed(
        sql,
        _collated(value, target),
        pg,
        nullable=value.nullable or is_try,
        rank=value.rank if value.type.is_string and target.is_string else "default",
    )


def _same(source: SqlType, target: SqlType) -> bool:
    if source.name != target.name:
        return False
    if source.is_string and source.name not in ("text", "ntext"):
        return source.length == target.length
    if source.name in ("binary", "varbinary"):
        return source.length == target.length
    if source.name == "decimal":
        return (source.precision, source.scale) == (target.precision, target.scale)
    if source.name in ("time", "datetime2", "datetimeoffset"):
        return moments.fraction(source) == moments.fraction(target)
    return True


def _collated(value: Typed, target: SqlType) -> SqlType:
    """A conversion of a string to a string keeps its collation."""
    if target.is_string and value.type.is_string and target.collation is None:
        return target.with_collation(value.type.collation)
    return target


def _emit(request: Request) -> str:
    name = request.target.name
    if request.target.is_string:
        return strings.to_string(request)
    if request.target.is_integer:
        return numbers.to_integer(request)
    if name == "decimal":
        return numbers.to_decimal(request)
    if name in ("money", "smallmoney"):
        return numbers.to_money(request)
    if name in APPROXIMATE:
        return numbers.to_float(request)
    if request.target.is_moment:
        return moments.to_moment(request)
    if name == "uniqueidentifier":
        return binaries.to_guid(request)
    if request.target.is_binary:
        return binaries.to_binary(request)
    raise request.refuse()


def assign(value: Typed, target: SqlType, *, line: int = 1, col: int = 1) -> str:
    """PostgreSQL text for a variable or parameter of this type: too long a string is cut."""
    check_stored(value, target, line, col)
    converted = convert(value, target, implicit=True, line=line, col=col)
    if target.is_string and converted.pg != pg_type(target):
        return as_text(converted) if pg_type(target) == "text" else f"({converted.sql})::bpchar"
    return converted.sql


def store(
    value: Typed,
    column_type: SqlType,
    column: str,
    table: str,
    *,
    line: int = 1,
    col: int = 1,
) -> str:
    """PostgreSQL text for a column: a string or binary that does not fit is error 2628."""
    check_stored(value, column_type, line, col)
    if value.type.name == "null":
        return f"NULL::{column_pg_type(column_type)}"
    place = f"{_quoted(table)}, {_quoted(column)}"
    if column_type.is_string and value.type.is_string:
        return _store_string(value, column_type, place, line, col)
    if column_type.is_string and value.type.name in ("date", *_TIMED):
        loose = SqlType("nvarchar" if column_type.is_unicode else "varchar", MAX)
        text = convert(value, loose, implicit=True, line=line, col=col)
        return _store_string(text, column_type, place, line, col)
    if column_type.is_binary and value.type.is_binary and column_type.name != "rowversion":
        return _store_binary(value, column_type, place, line, col)
    converted = convert(value, column_type, implicit=True, line=line, col=col)
    if (
        column_type.is_string
        and converted.pg == "bpchar"
        and (column_pg_type(column_type) != "bpchar")
    ):
        return as_text(converted)
    return converted.sql


_TIMED = ("time", "smalldatetime", "datetime", "datetime2", "datetimeoffset")


def _store_string(value: Typed, type_: SqlType, place: str, line: int, col: int) -> str:
    check_conversion(value, type_, implicit=True, line=line, col=col)
    request = Request(value, type_, None, False, line, col)
    length = strings.max_length(type_)
    varying = type_.name not in ("char", "nchar") and type_.is_unicode >= value.type.is_unicode
    kept = value.pg == "bpchar" and column_pg_type(type_) == "bpchar"
    if kept and varying and strings.fits(value.type, type_):
        return value.sql
    constant = value.constant
    if isinstance(constant, str) and constant.isascii() and len(constant) <= max(length, 0):
        text = strings.literal(constant)
    else:
        text = strings.narrowed(request)
        if not strings.fits(value.type, type_):
            text = shortcuts.short_or(text, length, f"tsql.fit({text}, {length}, {place})")
    if type_.name in ("char", "nchar"):
        return f"rpad({text}, {length})::bpchar"
    return text


def _store_binary(value: Typed, type_: SqlType, place: str, line: int, col: int) -> str:
    check_conversion(value, type_, implicit=True, line=line, col=col)
    sql, length = value.sql, binaries.byte_length(type_)
    held = binaries.byte_length(value.type)
    if length != MAX and (held == MAX or held > length):
        sql = f"tsql.fit_bytes({sql}, {length}, {place})"
    if type_.name == "binary":
        return f"tsql.bytes_pad({sql}, {length})"
    return sql


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
