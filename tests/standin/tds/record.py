"""Record what drivers send: ``python -m tests.standin.tds.record [CONVERSATION …]``.

Microsoft's ODBC driver for all but bulk loads, which its Python binding does not offer: those are
python-tds's.

Each conversation below becomes a file of hexadecimal digits, the client's bytes, and a file with
the events that they mean, one a line, which belong reviewed before they are kept.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyodbc
import pytds
from pytds.tds_base import Column
from pytds.tds_types import IntType, NVarCharMaxType, NVarCharType

import couponry_standin.server
from couponry_jobs.driver import find_driver
from couponry_standin.tds import Event, ServerConnection
from tests.standin.tds import fake
from tests.standin.tds.conftest import DRIVER

TRANSCRIPTS = Path(__file__).with_name("transcripts")


def log_in(_: pyodbc.Connection) -> None:
    """What comes with the connection itself."""


def send_batches(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("print")
    cursor.execute("SELECT N'Gutschein 🎟'")
    cursor.execute("-- a batch of several packets " + "1234567890" * 500)


def send_every_type(connection: pyodbc.Connection) -> None:
    values = [
        True,
        0,
        -(2**31),
        2**63 - 1,
        Decimal("-12.345"),
        Decimal("9" * 38),
        1.5,
        "",
        "ü🎟",
        "x" * 4100,
        b"",
        b"\x00\xff",
        b"\xab" * 8100,
        None,
        uuid.UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        date(1, 1, 1),
        time(23, 59, 59),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
    ]
    connection.execute(f"EXEC p {','.join('?' * len(values))}", values)


def call_procedures(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("{CALL sp_Nothing}")
    for code in ("FIRST", "SECOND"):
        cursor.execute("{CALL dbo.sp_RedeemCoupon(?,?)}", (code, 7)).fetchall()
    for code in ("FIRST", "SECOND"):
        cursor.execute("EXEC dbo.sp_RedeemCoupon ?, ?", (code, 7)).fetchall()


def insert_many(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    cursor.fast_executemany = True
    cursor.executemany("INSERT t VALUES (?,?)", [(1, "a"), (2, "b"), (3, None)])


def send_table(connection: pyodbc.Connection) -> None:
    connection.execute("{CALL p(?)}", ([(1, "a"), (2, None)],)).fetchall()


def use_transactions(connection: pyodbc.Connection) -> None:
    connection.autocommit = False
    connection.execute("one")
    connection.commit()
    connection.execute("two")
    connection.rollback()


def cancel(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("many rows")
    cursor.fetchone()
    cursor.cancel()
    cursor.execute("print")


def load_in_bulk(connection: pytds.Connection) -> None:
    columns = [
        Column("Id", type=IntType()),
        Column("Word", type=NVarCharType(size=9)),
        Column("Note", type=NVarCharMaxType()),
    ]
    with connection.cursor() as cursor:
        cursor.copy_to(
            table_or_view="Kept",
            schema="dbo",
            columns=columns,
            data=[(1, "ü🎟", None), (-2, None, ""), (3, "", "x" * 5000)],
            keep_nulls=True,
            tablock=True,
        )


BY_PYTHON_TDS: dict[str, Callable[[pytds.Connection], None]] = {"load_in_bulk": load_in_bulk}
CONVERSATIONS: dict[str, Callable[[pyodbc.Connection], None]] = {
    talk.__name__: talk
    for talk in (
        log_in,
        send_batches,
        send_every_type,
        call_procedures,
        insert_many,
        send_table,
        use_transactions,
        cancel,
    )
}


class Recorder(ServerConnection):
    """A connection that writes down what it receives."""

    files: Iterator[str] = iter(())

    __slots__ = ("_events", "_heard", "_name")

    def __init__(self) -> None:
        super().__init__()
        self._name = next(self.files)
        self._heard = b""
        self._events: list[Event] = []

    def receive(self, data: bytes) -> list[Event]:
        events = super().receive(data)
        self._heard += data
        self._events += events
        digits = self._heard.hex()
        lines = [digits[start : start + 96] for start in range(0, len(digits), 96)]
        TRANSCRIPTS.joinpath(f"{self._name}.hex").write_text("\n".join(lines) + "\n")
        TRANSCRIPTS.joinpath(f"{self._name}.events").write_text(
            "".join(f"{event}\n" for event in self._events), encoding="utf-8"
        )
        return events


def serve(names: list[str]) -> None:
    Recorder.files = iter(names)
    couponry_standin.server.ServerConnection = Recorder  # type: ignore[misc]
    couponry_standin.server.run(fake.main())


def record(names: list[str]) -> None:
    TRANSCRIPTS.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.standin.tds.record", "serve", *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        port = int(process.stdout.readline())
        for name in names:
            if name in BY_PYTHON_TDS:
                with by_python_tds(port) as connection:
                    BY_PYTHON_TDS[name](connection)
            else:
                with closing(by_odbc(port)) as connection:
                    CONVERSATIONS[name](connection)
            print(name)
        process.stdin.close()


def by_odbc(port: int) -> pyodbc.Connection:
    return pyodbc.connect(
        f"DRIVER={{{find_driver(DRIVER)}}};SERVER=127.0.0.1,{port};UID=sa;PWD={{{fake.PASSWORD}}};"
        "DATABASE=couponry;Encrypt=no;APP=couponry tests;WSID=desk;PacketSize=4096",
        autocommit=True,
    )


def by_python_tds(port: int) -> pytds.Connection:
    return pytds.connect(
        "127.0.0.1",
        port=port,
        user="sa",
        password=fake.PASSWORD,
        database="couponry",
        appname="couponry tests",
        autocommit=True,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2:])
    else:
        record(sys.argv[1:] or [*CONVERSATIONS, *BY_PYTHON_TDS])
