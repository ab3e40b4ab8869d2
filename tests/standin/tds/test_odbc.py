"""Microsoft's driver against the listener with a session that knows a few answers by heart."""

from __future__ import annotations

import ctypes
import threading
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from datetime import time as clock
from decimal import Decimal

import pyodbc
import pytest

from tests.standin.tds.fake import ASCII_PASSWORD, EVERY_TYPE, PASSWORD

DATETIMEOFFSET = -155


@pytest.fixture
def connection(connection_string: str) -> Iterator[pyodbc.Connection]:
    opened = pyodbc.connect(connection_string, autocommit=True)
    opened.add_output_converter(DATETIMEOFFSET, bytes)
    yield opened
    opened.close()


EXPECTED: list[object] = [
    True,
    255,
    -32768,
    2147483647,
    -9223372036854775808,
    Decimal("9" * 38),
    Decimal("-12345.6789"),
    Decimal("-922337203685477.5808"),
    Decimal("214748.3647"),
    1.5,
    -1.7976931348623157e308,
    "Gutschein 🎟 ü",
    "🎟" * 5000,
    "ab   ",
    "5 € für ü",
    "x" * 9000,
    "ab  ",
    b"\x00\xff\x10",
    b"\xab" * 9000,
    b"\x01\0\0\0",
    b"\0\0\0\0\0\0\x07\xd1",
    str(uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")).upper(),
    date(9999, 12, 31),
    clock(23, 59, 59, 999999),
    datetime(2079, 6, 6, 23, 59),
    datetime(9999, 12, 31, 23, 59, 59, 997000),
    datetime(1, 1, 1),
    datetime(2024, 2, 29, 12, 34, 56, 789000),
    # SQL_SS_TIMESTAMPOFFSET_STRUCT: local time, nanoseconds, hours and minutes of the offset
    bytes.fromhex("e8070600010000001e000000") + (500_000_000).to_bytes(4, "little") + b"\5\0\x1e\0",
    "alt ü",
    "älter 🎟",
    b"\xca\xfe",
]


def test_every_type_arrives_as_it_was_sent(connection: pyodbc.Connection) -> None:
    cursor = connection.execute("every type")

    full, null, half = cursor.fetchall()
    assert list(full) == EXPECTED
    assert list(null) == [None] * len(EVERY_TYPE)
    assert list(half) == [None if n % 2 else value for n, value in enumerate(EXPECTED)]
    assert all(column[6] for column in cursor.description)
    assert cursor.nextset()
    [strict] = cursor.fetchall()
    assert list(strict) == EXPECTED
    assert not any(column[6] for column in cursor.description)


def test_sizes_of_columns_arrive(connection: pyodbc.Connection) -> None:
    cursor = connection.execute("every type")

    sizes = {column[0]: column[3:6] for column in cursor.description}
    assert sizes["c5"] == (38, 38, 0)
    assert sizes["c6"] == (9, 9, 4)
    assert sizes["c11"] == (40, 40, 0)
    assert sizes["c12"] == (0, 0, 0)
    assert sizes["c27"][2] == 3


def test_several_results_arrive_in_their_order(connection: pyodbc.Connection) -> None:
    cursor = connection.execute("several results")

    assert [tuple(row) for row in cursor.fetchall()] == [(1,), (2,)]
    assert cursor.nextset()
    assert (cursor.description, cursor.rowcount) == (None, 3)
    assert cursor.nextset()
    assert [tuple(row) for row in cursor.fetchall()] == [("x",)]
    assert not cursor.nextset()


def test_a_call_arrives_with_its_parameters(connection: pyodbc.Connection) -> None:
    rows = connection.execute("{CALL dbo.sp_Test(?,?)}", ("ü🎟", 5)).fetchall()

    assert [row[1] for row in rows] == [None, "dbo.sp_Test", "ü🎟", "5"]


def test_the_driver_takes_the_handle_of_a_prepared_call(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("{CALL dbo.sp_Test(?)}", (5,)).fetchall()
    again = cursor.execute("{CALL dbo.sp_Test(?)}", (6,)).fetchall()
    cursor.close()

    # Bound anew, the call is prepared anew, and the old handle comes along to be dropped.
    assert [row[1] for row in again] == ["1", "dbo.sp_Test", "6"]
    events = connection.execute("what came").fetchall()
    assert "proc_id=15" in events[-2][0]


class Odbc:
    """The driver manager itself: pyodbc has no output parameters."""

    STATEMENT, CONNECTION, ENVIRONMENT = 3, 2, 1
    NO_DATA = 100

    def __init__(self, connection_string: str) -> None:
        self.library = ctypes.CDLL("libodbc.so.2")
        self.environment = self.allocate(self.ENVIRONMENT, None)
        self.call("SQLSetEnvAttr", self.environment, 200, ctypes.c_void_p(3), 0)
        self.connection = self.allocate(self.CONNECTION, self.environment)
        text = connection_string.encode()
        self.call("SQLDriverConnect", self.connection, None, text, len(text), None, 0, None, 0)
        self.statement = self.allocate(self.STATEMENT, self.connection)

    def call(self, name: str, *arguments: object) -> int:
        result = ctypes.c_short(getattr(self.library, name)(*arguments)).value
        assert result in (0, 1, self.NO_DATA), (name, result)
        return result

    def allocate(self, kind: int, parent: ctypes.c_void_p | None) -> ctypes.c_void_p:
        handle = ctypes.c_void_p()
        self.call("SQLAllocHandle", kind, parent, ctypes.byref(handle))
        return handle

    def bind(
        self, number: int, direction: int, c_type: int, sql_type: int, size: int, buffer: object
    ) -> ctypes.c_ssize_t:
        length = ctypes.c_ssize_t(ctypes.sizeof(buffer))  # type: ignore[arg-type]
        self.call(
            "SQLBindParameter",
            self.statement,
            *map(ctypes.c_short, (number, direction, c_type, sql_type)),
            ctypes.c_size_t(size),
            ctypes.c_short(0),
            ctypes.byref(buffer),  # type: ignore[arg-type]
            ctypes.c_ssize_t(ctypes.sizeof(buffer)),  # type: ignore[arg-type]
            ctypes.byref(length),
        )
        return length

    def close(self) -> None:
        self.call("SQLFreeHandle", self.STATEMENT, self.statement)
        self.call("SQLDisconnect", self.connection)
        self.call("SQLFreeHandle", self.CONNECTION, self.connection)
        self.call("SQLFreeHandle", self.ENVIRONMENT, self.environment)


def test_output_values_and_the_return_status_arrive(connection_string: str) -> None:
    c_long, c_wide, integer, wide = 4, -8, 4, -9
    odbc = Odbc(connection_string.replace(PASSWORD, ASCII_PASSWORD))
    status, number = ctypes.c_int(-1), ctypes.c_int(12345)
    text = (ctypes.c_char * 40)(*"ü🎟".encode("utf-16-le"))
    odbc.bind(1, 4, c_long, integer, 10, status)
    odbc.bind(2, 2, c_long, integer, 10, number)
    length = odbc.bind(3, 2, c_wide, wide, 20, text)
    length.value = 6
    call = b"{? = CALL dbo.sp_Test(?,?)}"
    odbc.call("SQLExecDirect", odbc.statement, call, len(call))
    number.value = 0
    while odbc.call("SQLMoreResults", odbc.statement) != odbc.NO_DATA:
        pass
    odbc.close()

    assert (status.value, number.value) == (42, 12345)
    assert text.raw[: length.value].decode("utf-16-le") == "ü🎟"


def test_an_error_arrives_with_its_number_after_the_rows_before_it(
    connection: pyodbc.Connection,
) -> None:
    cursor = connection.execute("rows, then an error")

    assert cursor.fetchone()[0] == 1
    with pytest.raises(pyodbc.ProgrammingError, match=r"Not like this 🎟\. \(50001\)"):
        cursor.nextset()
    assert connection.execute("print").messages[0][1].endswith("hello")


def test_messages_arrive(connection: pyodbc.Connection) -> None:
    [(state, text)] = connection.execute("print").messages

    assert state == "[01000] (0)"
    assert text.endswith("hello")


def test_many_rows_arrive(connection: pyodbc.Connection) -> None:
    rows = connection.execute("many rows").fetchall()

    assert len(rows) == 200_000
    assert [row[0] for row in rows] == list(range(200_000))


def test_long_requests_arrive_whole(connection: pyodbc.Connection) -> None:
    long = "🎟" * 50_000

    rows = connection.execute("EXEC p ?, ?", (long, b"\xab" * 100_000)).fetchall()

    assert rows[1][1] == long
    assert rows[2][1] == "\\x" + "ab" * 100_000


def test_transactions_of_the_driver_begin_and_end(connection: pyodbc.Connection) -> None:
    connection.autocommit = False
    connection.execute("one")
    connection.commit()
    connection.execute("two")
    connection.rollback()
    connection.autocommit = True

    events = [row[0] for row in connection.execute("what came").fetchall()]
    kinds = [event.split("'")[1] for event in events if event.startswith("TransactionRequest")]
    assert kinds[:3] == ["begin", "commit", "rollback"]


def test_a_cancel_from_another_thread_ends_a_request(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    ended = threading.Event()

    def cancel_until_it_ends() -> None:
        # Sent before the request, a cancel would find nothing to stop.
        while not ended.wait(0.05):
            cursor.cancel()

    canceller = threading.Thread(target=cancel_until_it_ends)
    canceller.start()

    with pytest.raises(pyodbc.Error, match="HY008"):
        cursor.execute("wait")

    ended.set()
    canceller.join()
    assert connection.execute("print").messages[0][1].endswith("hello")


def test_a_query_that_takes_too_long_is_cancelled_by_the_driver(
    connection: pyodbc.Connection,
) -> None:
    connection.timeout = 1

    with pytest.raises(pyodbc.OperationalError, match="HYT00"):
        connection.execute("wait")

    connection.timeout = 0
    assert connection.execute("print").messages[0][1].endswith("hello")


def test_rows_that_nobody_wants_are_given_up(connection: pyodbc.Connection) -> None:
    cursor = connection.execute("many rows")
    assert cursor.fetchone()[0] == 0
    cursor.cancel()
    cursor.close()

    assert connection.execute("print").messages[0][1].endswith("hello")


def test_a_mistake_of_the_session_ends_the_connection_with_a_clear_error(
    connection: pyodbc.Connection,
) -> None:
    with pytest.raises(pyodbc.Error, match=r"internal error of the stand-in\. \(596\)"):
        connection.execute("break")


def test_a_wrong_password_is_refused(connection_string: str) -> None:
    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        pyodbc.connect(connection_string.replace(PASSWORD, "wrong"))


def test_a_client_that_demands_encryption_is_told_so(connection_string: str) -> None:
    with pytest.raises(pyodbc.OperationalError, match="Encryption not supported"):
        pyodbc.connect(connection_string.replace("Encrypt=no", "Encrypt=yes"))


@pytest.mark.parametrize("size", [512, 4096, 32767])
def test_any_packet_size_serves(connection_string: str, size: int) -> None:
    with pyodbc.connect(f"{connection_string};PacketSize={size}", autocommit=True) as connection:
        long = "x" * 40_000
        rows = connection.execute("EXEC p ?", (long,)).fetchall()

    assert rows[1][1] == long
