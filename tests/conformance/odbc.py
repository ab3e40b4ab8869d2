"""Microsoft's ODBC driver through its own C interface: everything a server answers, in order.

pyodbc stops at the first error of a batch and hides severities, states and line numbers. A
conformance case wants all of them, so the driver is called directly.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from couponry_jobs.connection import connection_string
from couponry_jobs.driver import find_driver, packaged
from couponry_jobs.settings import Settings

ENV, DBC, STMT = 1, 2, 3
SUCCESS, WITH_INFO, NO_DATA, ERROR = 0, 1, 100, -1
NTS = -3
C_WCHAR, C_CHAR, C_DOUBLE = -8, 1, 8
DESC_TYPE_NAME, DESC_LENGTH, DESC_PRECISION, DESC_SCALE, DESC_NULLABLE, DESC_NAME = (
    14,
    1003,
    1005,
    1006,
    1008,
    1011,
)
DIAG_STATE, DIAG_SEVERITY, DIAG_PROCEDURE, DIAG_LINE = -1150, -1151, -1153, -1154

LENGTHY = ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary")
SCALED = ("datetime2", "time", "datetimeoffset")
FLOATS = ("float", "real")
PREFIX = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    nullable: bool | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A result set; the values are texts."""

    columns: list[Column]
    rows: list[list[str | None]]


@dataclass(frozen=True, slots=True)
class Message:
    """An error, a warning or what PRINT says (number 0)."""

    number: int
    severity: int
    state: int
    line: int
    procedure: str
    text: str
    sqlstate: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity > 10


@dataclass(frozen=True, slots=True)
class Count:
    rows: int


Event = Rows | Message | Count


class Broken(Exception):
    """The connection could not be made, or is gone."""


@dataclass(slots=True)
class Driver:
    """The driver's library and its environment."""

    library: Any
    environment: ctypes.c_void_p = field(default_factory=ctypes.c_void_p)

    @classmethod
    def load(cls, name: str) -> Driver:
        found = find_driver(name)
        library = "libodbc.so.2" if found == name else str(packaged())
        driver = cls(ctypes.CDLL(name if "/" in name else library))
        driver.library.SQLAllocHandle(ENV, None, ctypes.byref(driver.environment))
        driver.library.SQLSetEnvAttr(driver.environment, 200, ctypes.c_void_p(3), 0)
        return driver


class Connection:
    """One connection; ``run`` gives all events of a batch."""

    def __init__(self, driver: Driver, settings: Settings) -> None:
        self._library = driver.library
        self._handle = ctypes.c_void_p()
        text = connection_string(settings, find_driver(settings.driver))
        wide = text.encode("utf-16-le")
        self._library.SQLAllocHandle(DBC, driver.environment, ctypes.byref(self._handle))
        self._library.SQLSetConnectAttrW(self._handle, 103, ctypes.c_void_p(30), 0)
        answer = self._library.SQLDriverConnectW(
            self._handle, None, wide + b"\0\0", len(wide) // 2, None, 0, None, 0
        )
        if answer not in (SUCCESS, WITH_INFO):
            reasons = "; ".join(each.text for each in self._messages(DBC, self._handle))
            raise Broken(f"no connection: {reasons}")

    def close(self) -> None:
        self._library.SQLDisconnect(self._handle)
        self._library.SQLFreeHandle(DBC, self._handle)

    def run(self, batch: str) -> list[Event]:
        """Everything that the server answers to a batch."""
        statement = ctypes.c_void_p()
        self._library.SQLAllocHandle(STMT, self._handle, ctypes.byref(statement))
        try:
            wide = batch.encode("utf-16-le")
            answer = self._library.SQLExecDirectW(statement, wide + b"\0\0", len(wide) // 2)
            events: list[Event] = []
            while answer != NO_DATA or not events:
                if answer in (WITH_INFO, ERROR):
                    events += self._messages(STMT, statement)
                if answer != ERROR:
                    events += self._result(statement)
                answer = self._library.SQLMoreResults(statement)
                if answer == NO_DATA:
                    break
            return events
        finally:
            self._library.SQLFreeHandle(STMT, statement)

    def _result(self, statement: ctypes.c_void_p) -> list[Event]:
        width = ctypes.c_short()
        self._library.SQLNumResultCols(statement, ctypes.byref(width))
        if width.value == 0:
            count = ctypes.c_ssize_t()
            self._library.SQLRowCount(statement, ctypes.byref(count))
            return [Count(count.value)] if count.value >= 0 else []
        columns = [self._column(statement, number) for number in range(1, width.value + 1)]
        rows: list[list[str | None]] = []
        events: list[Event] = [Rows(columns, rows)]
        while True:
            answer = self._library.SQLFetch(statement)
            if answer in (WITH_INFO, ERROR):
                events += self._messages(STMT, statement)
            if answer in (NO_DATA, ERROR):
                return events
            rows.append(
                [self._value(statement, number, column) for number, column in enumerate(columns, 1)]
            )

    def _column(self, statement: ctypes.c_void_p, number: int) -> Column:
        name = self._column_text(statement, number, DESC_NAME)
        base = self._column_text(statement, number, DESC_TYPE_NAME).removesuffix(" identity")
        nullable = self._column_number(statement, number, DESC_NULLABLE)
        return Column(name, self._type(statement, number, base), {0: False, 1: True}.get(nullable))

    def _type(self, statement: ctypes.c_void_p, number: int, base: str) -> str:
        if base in LENGTHY:
            length = self._column_number(statement, number, DESC_LENGTH)
            return f"{base}({length or 'max'})"
        if base in ("decimal", "numeric"):
            precision = self._column_number(statement, number, DESC_PRECISION)
            return f"{base}({precision},{self._column_number(statement, number, DESC_SCALE)})"
        if base in SCALED:
            # The driver gives these types' fractions as precision.
            return f"{base}({self._column_number(statement, number, DESC_PRECISION)})"
        return base

    def _column_text(self, statement: ctypes.c_void_p, number: int, what: int) -> str:
        buffer = ctypes.create_string_buffer(1024)
        length = ctypes.c_short()
        self._library.SQLColAttributeW(
            statement, number, what, buffer, 1024, ctypes.byref(length), None
        )
        return buffer.raw[: length.value].decode("utf-16-le")

    def _column_number(self, statement: ctypes.c_void_p, number: int, what: int) -> int:
        found = ctypes.c_ssize_t()
        self._library.SQLColAttributeW(statement, number, what, None, 0, None, ctypes.byref(found))
        return found.value

    def _value(self, statement: ctypes.c_void_p, number: int, column: Column) -> str | None:
        if column.type in FLOATS:
            raw = self._data(statement, number, C_DOUBLE)
            if raw is None:
                return None
            return f"{struct.unpack('d', raw[:8])[0]:.{15 if column.type == 'float' else 7}g}"
        raw = self._data(statement, number, C_WCHAR)
        if raw is None:
            return None
        return normal(raw.decode("utf-16-le"), column.type)

    def _data(self, statement: ctypes.c_void_p, number: int, kind: int) -> bytes | None:
        """A value in pieces, as long as it is."""
        chunks: list[bytes] = []
        size = 65536
        tail = {C_WCHAR: 2, C_DOUBLE: 0}[kind]
        buffer = ctypes.create_string_buffer(size)
        length = ctypes.c_ssize_t()
        while True:
            answer = self._library.SQLGetData(
                statement, number, kind, buffer, size, ctypes.byref(length)
            )
            if answer == ERROR:
                reasons = "; ".join(each.text for each in self._messages(STMT, statement))
                raise Broken(f"a value cannot be read: {reasons}")
            if answer == NO_DATA:
                break
            if length.value == -1:
                return None
            whole = answer == SUCCESS
            chunks.append(buffer.raw[: length.value if whole else size - tail])
            if whole:
                break
        return b"".join(chunks)

    def _messages(self, kind: int, handle: ctypes.c_void_p) -> list[Message]:
        found: list[Message] = []
        buffer = ctypes.create_string_buffer(16384)
        sqlstate = ctypes.create_string_buffer(12)
        number, length = ctypes.c_int(), ctypes.c_short()
        while True:
            answer = self._library.SQLGetDiagRecW(
                kind,
                handle,
                len(found) + 1,
                sqlstate,
                ctypes.byref(number),
                buffer,
                8192,
                ctypes.byref(length),
            )
            if answer not in (SUCCESS, WITH_INFO):
                return found
            text = buffer.raw[: length.value * 2].decode("utf-16-le")
            field = self._diagnosis(kind, handle, len(found) + 1)
            found.append(
                Message(
                    number.value,
                    field(DIAG_SEVERITY),
                    field(DIAG_STATE),
                    field(DIAG_LINE),
                    self._procedure(kind, handle, len(found) + 1),
                    text.removeprefix(PREFIX),
                    sqlstate.raw[:10].decode("utf-16-le"),
                )
            )

    def _diagnosis(self, kind: int, handle: ctypes.c_void_p, record: int) -> Callable[[int], int]:
        def field(which: int) -> int:
            value = ctypes.c_int()
            self._library.SQLGetDiagFieldW(
                kind, handle, record, which, ctypes.byref(value), 4, None
            )
            return value.value

        return field

    def _procedure(self, kind: int, handle: ctypes.c_void_p, record: int) -> str:
        buffer = ctypes.create_string_buffer(1024)
        length = ctypes.c_short()
        self._library.SQLGetDiagFieldW(
            kind, handle, record, DIAG_PROCEDURE, buffer, 1024, ctypes.byref(length)
        )
        return buffer.raw[: length.value].decode("utf-16-le")


def normal(text: str, type_: str) -> str:
    """A value as it is written: the driver leaves out the zero before a decimal point."""
    if type_.startswith(("decimal", "numeric", "money", "smallmoney")):
        if text.startswith("."):
            return f"0{text}"
        if text.startswith("-."):
            return f"-0{text[1:]}"
    if type_.startswith(("binary", "varbinary", "timestamp")):
        return f"0x{text}"
    return text
