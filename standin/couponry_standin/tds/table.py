"""Table-valued parameters."""

from __future__ import annotations

from ..types import SqlType
from .cursor import Cursor
from .errors import ProtocolError
from .events import Table, TableColumn
from .reader import Reader
from .wiretype import read_type

_NO_COLUMNS = 0xFFFF
_END, _ROW, _UNIQUE, _ORDERING = 0x00, 0x01, 0x10, 0x11
_DEFAULT = 0x0200
_MOST_COLUMNS = 1024


def read_table(data: bytes, position: int) -> tuple[Table, int]:
    """Read what follows the type byte 0xF3; give the table and the position behind it.

    IndexError and struct.error mean that the message ended.
    """
    cursor = Cursor(data, position)
    if cursor.short_text():
        raise ProtocolError("the type of a table parameter names a database")
    schema, name = cursor.short_text(), cursor.short_text()
    columns, readers = _columns(cursor)
    _skip_optional(cursor, len(columns))
    rows = _rows(cursor, columns, readers)
    return Table(schema, name, columns, rows), cursor.position


def _columns(cursor: Cursor) -> tuple[tuple[TableColumn, ...], list[Reader]]:
    count = cursor.u16()
    if count == _NO_COLUMNS:
        return (), []
    if not 1 <= count <= _MOST_COLUMNS:
        raise ProtocolError(f"a table parameter of {count} columns")
    columns: list[TableColumn] = []
    readers: list[Reader] = []
    for _ in range(count):
        cursor.take(4)
        flags = cursor.u16()
        type_, read = _column_type(cursor)
        cursor.short_text()
        columns.append(TableColumn(type_, default=bool(flags & _DEFAULT)))
        readers.append(read)
    return tuple(columns), readers


def _column_type(cursor: Cursor) -> tuple[SqlType, Reader]:
    """The type of a column. Where no row has a decimal, JDBC knows of no digits: decimal(0,0)."""
    announced = cursor.data[cursor.position : cursor.position + 4]
    if announced[:1] in (b"\x6a", b"\x6c") and announced[2:] == b"\0\0":
        cursor.take(4)
        return SqlType("decimal", precision=18, scale=0), _read_null
    type_, read, cursor.position = read_type(cursor.data, cursor.position)
    return type_, read


def _read_null(data: bytes, position: int) -> tuple[str | None, int]:
    if data[position]:
        raise ProtocolError("a value of decimal(0,0)")
    return None, position + 1


def _skip_optional(cursor: Cursor, count: int) -> None:
    """Skip what the client knows of order and uniqueness; the table type knows better."""
    while (token := cursor.u8()) != _END:
        if token == _UNIQUE:
            cursor.take(3 * cursor.u16())
        elif token == _ORDERING:
            order = [cursor.u16() for _ in range(cursor.u16())]
            if order != list(range(1, count + 1)):
                raise ProtocolError("a table parameter whose columns are out of order")
        else:
            raise ProtocolError(f"unknown token 0x{token:02x} in a table parameter")


def _rows(
    cursor: Cursor, columns: tuple[TableColumn, ...], readers: list[Reader]
) -> tuple[tuple[str | None, ...], ...]:
    rows: list[tuple[str | None, ...]] = []
    data = cursor.data
    while (token := cursor.u8()) != _END:
        if token != _ROW or not columns:
            raise ProtocolError(f"unknown token 0x{token:02x} among the rows of a table")
        values: list[str | None] = []
        position = cursor.position
        for column, read in zip(columns, readers, strict=True):
            value: str | None = None
            if not column.default:
                value, position = read(data, position)
            values.append(value)
        cursor.position = position
        rows.append(tuple(values))
    return tuple(rows)
