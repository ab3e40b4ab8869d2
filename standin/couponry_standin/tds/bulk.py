"""Bulk loads: rows in the form in which a server answers."""

from __future__ import annotations

import struct
from collections.abc import Callable

from .cursor import Cursor
from .errors import ProtocolError
from .events import Bulk, BulkColumn
from .packet import Reset
from .reader import Reader
from .wiretype import read_row_value, read_type

_COLMETADATA, _ROW, _NBCROW, _DONE = 0x81, 0xD1, 0xD2, 0xFD


def parse_bulk(data: bytes, reset: Reset | None) -> Bulk:
    try:
        return _bulk(data, reset)
    except (IndexError, struct.error):
        raise ProtocolError("the bulk load ends early") from None


def _bulk(data: bytes, reset: Reset | None) -> Bulk:
    if data[0] != _COLMETADATA:
        raise ProtocolError("a bulk load without columns")
    columns, readers, position = _bulk_columns(data)
    rows: list[tuple[str | None, ...]] = []
    read_rows: dict[int, Callable[[bytes, int], tuple[tuple[str | None, ...], int]]] = {
        _ROW: lambda data, position: _row(data, position, columns, readers),
        _NBCROW: lambda data, position: _sparse_row(data, position, columns, readers),
    }
    while position < len(data):
        token = data[position]
        if token == _DONE:
            break
        if token not in read_rows:
            raise ProtocolError(f"unknown token 0x{token:02x} in a bulk load")
        row, position = read_rows[token](data, position + 1)
        rows.append(row)
    return Bulk(columns, tuple(rows), reset)


def _bulk_columns(data: bytes) -> tuple[tuple[BulkColumn, ...], list[Reader], int]:
    cursor = Cursor(data, 1)
    columns: list[BulkColumn] = []
    readers: list[Reader] = []
    count = cursor.u16()
    if not 1 <= count <= 4096:
        raise ProtocolError(f"a bulk load of {count} columns")
    for _ in range(count):
        cursor.take(6)  # the user type and the flags: the table knows better
        type_, read, cursor.position = read_type(data, cursor.position)
        if type_.name in ("text", "ntext", "image"):
            for _ in range(cursor.u8()):
                cursor.long_text()
        columns.append(BulkColumn(cursor.short_text(), type_))
        readers.append(read)
    return tuple(columns), readers, cursor.position


def _row(
    data: bytes, position: int, columns: tuple[BulkColumn, ...], readers: list[Reader]
) -> tuple[tuple[str | None, ...], int]:
    values: list[str | None] = []
    for column, read in zip(columns, readers, strict=True):
        value, position = read_row_value(column.type, read, data, position)
        values.append(value)
    return tuple(values), position


def _sparse_row(
    data: bytes, position: int, columns: tuple[BulkColumn, ...], readers: list[Reader]
) -> tuple[tuple[str | None, ...], int]:
    size = (len(columns) + 7) // 8
    nulls = int.from_bytes(data[position : position + size], "little")
    position += size
    values: list[str | None] = []
    for index, (column, read) in enumerate(zip(columns, readers, strict=True)):
        value: str | None = None
        if not nulls >> index & 1:
            value, position = read_row_value(column.type, read, data, position)
        values.append(value)
    return tuple(values), position
