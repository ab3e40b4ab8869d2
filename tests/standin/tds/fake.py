"""A session without a database: it answers a few requests by heart."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field

from couponry_standin.server import run, serve
from couponry_standin.serving import Flush, HangUp, RequestCancelled
from couponry_standin.tds import (
    SELECT,
    UPDATE,
    WELL_KNOWN,
    Batch,
    Bulk,
    ColumnMeta,
    Event,
    Login,
    Response,
    Rpc,
    RpcCall,
    Table,
    TransactionRequest,
)
from couponry_standin.types import (
    BIGINT,
    BIT,
    DATE,
    DATETIME,
    FLOAT,
    INT,
    MAX,
    MONEY,
    REAL,
    ROWVERSION,
    SMALLINT,
    TINYINT,
    UNIQUEIDENTIFIER,
    SqlType,
    datetime2,
    decimal,
    nvarchar,
    varbinary,
    varchar,
)

PASSWORD = "Pa55 wörd€"
ASCII_PASSWORD = "Pa55word"

EVERY_TYPE: list[tuple[SqlType, bytes]] = [
    (BIT, b"1"),
    (TINYINT, b"255"),
    (SMALLINT, b"-32768"),
    (INT, b"2147483647"),
    (BIGINT, b"-9223372036854775808"),
    (decimal(38, 0), b"99999999999999999999999999999999999999"),
    (decimal(9, 4), b"-12345.6789"),
    (MONEY, b"-922337203685477.5808"),
    (SqlType("smallmoney"), b"214748.3647"),
    (REAL, b"1.5"),
    (FLOAT, b"-1.7976931348623157e+308"),
    (nvarchar(40), "Gutschein 🎟 ü".encode()),
    (nvarchar(MAX), ("🎟" * 5000).encode()),
    (SqlType("nchar", 5), b"ab"),
    (varchar(20), "5 € für ü".encode()),
    (varchar(MAX), b"x" * 9000),
    (SqlType("char", 4), b"ab"),
    (varbinary(8), b"\\x00ff10"),
    (varbinary(MAX), b"\\x" + b"ab" * 9000),
    (SqlType("binary", 4), b"\\x01"),
    (ROWVERSION, b"\\x00000000000007d1"),
    (UNIQUEIDENTIFIER, b"6f9619ff-8b86-d011-b42d-00c04fc964ff"),
    (DATE, b"9999-12-31"),
    (SqlType("time", scale=6), b"23:59:59.999999"),
    (SqlType("smalldatetime"), b"2079-06-06 23:59:00"),
    (DATETIME, b"9999-12-31 23:59:59.997"),
    (datetime2(7), b"0001-01-01 00:00:00"),
    (datetime2(3), b"2024-02-29 12:34:56.789"),
    (SqlType("datetimeoffset", scale=7), b"2024-06-01 00:30:00.5+05:30"),
    (SqlType("text"), "alt ü".encode()),
    (SqlType("ntext"), "älter 🎟".encode()),
    (SqlType("image"), b"\\xcafe"),
]
"""A value near a limit for each type."""


LONGEST: dict[object, bytes] = {"12": b"8000", "-9": b"4000", "-3": b"8000", "93": b"27"}


@dataclass
class FakeSession:
    """Understands the words below; anything else is answered by an empty success."""

    events: list[Event] = field(default_factory=list)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Event = field(default_factory=asyncio.Event)
    closed: int = 0
    hang_up: HangUp = lambda _: None

    async def handle(self, event: Event, response: Response, flush: Flush) -> None:
        self.events.append(event)
        if getattr(event, "reset", None):
            response.reset_ack()
        match event:
            case Batch(text):
                await self._batch(text.strip(), response, flush)
            case Rpc(calls):
                for call in calls:
                    self._call(call, response)
            case TransactionRequest(kind="begin"):
                response.begin_transaction(7)
                response.done()
            case TransactionRequest(kind="commit", begin=begin):
                response.commit_transaction(7)
                if begin:
                    response.begin_transaction(7)
                response.done()
            case TransactionRequest(kind="rollback", begin=begin):
                response.rollback_transaction(7)
                if begin:
                    response.begin_transaction(7)
                response.done()
            case Bulk(rows=rows):
                response.done(len(rows))
            case _:
                response.done()

    async def _batch(self, text: str, response: Response, flush: Flush) -> None:
        if text == "every type":
            self._every_type(response)
        elif text == "several results":
            response.columns([ColumnMeta("one", INT)])
            response.rows([(b"1",), (b"2",)])
            response.done(2, SELECT)
            response.done(3, UPDATE)
            response.columns([ColumnMeta("two", nvarchar(10))])
            response.row([b"x"])
            response.done(1, SELECT)
        elif text == "rows, then an error":
            response.columns([ColumnMeta("one", INT)])
            response.row([b"1"])
            response.done(1, SELECT)
            response.error(50001, 3, 16, "Not like this 🎟.", "sp_Test", 12)
            response.done(error=True)
        elif text == "print":
            response.info(0, 1, 0, "hello")
            response.done()
        elif text == "many rows":
            await self._many_rows(response, flush)
        elif text == "wait":
            await self._wait()
        elif text == "what came":
            response.columns([ColumnMeta("event", nvarchar(MAX))])
            response.rows([(str(event).encode(),) for event in self.events])
            response.done(len(self.events), SELECT)
        elif text == "break":
            raise KeyError("a mistake of the session")
        else:
            response.done()

    def _every_type(self, response: Response) -> None:
        nullable = [ColumnMeta(f"c{n}", type_) for n, (type_, _) in enumerate(EVERY_TYPE)]
        strict = [ColumnMeta(f"c{n}", t, nullable=False) for n, (t, _) in enumerate(EVERY_TYPE)]
        response.columns(nullable)
        response.row([text for _, text in EVERY_TYPE])
        response.row([None for _ in EVERY_TYPE])
        response.row([None if n % 2 else text for n, (_, text) in enumerate(EVERY_TYPE)])
        response.done(3, SELECT)
        response.columns(strict)
        response.row([text for _, text in EVERY_TYPE])
        response.done(1, SELECT)

    async def _many_rows(self, response: Response, flush: Flush) -> None:
        response.columns([ColumnMeta("n", INT, nullable=False), ColumnMeta("text", nvarchar(50))])
        for start in range(0, 200_000, 1000):
            response.rows([(b"%d" % n, b"a row of many") for n in range(start, start + 1000)])
            await flush()
            if self.cancelled.is_set():
                raise RequestCancelled
        response.done(200_000, SELECT)

    async def _wait(self) -> None:
        self.running.set()
        await self.cancelled.wait()
        raise RequestCancelled

    def _call(self, call: RpcCall, response: Response) -> None:
        name = call.name or WELL_KNOWN[call.proc_id or 0]
        if name.endswith("sp_datatype_info_100"):
            # The driver asks for the longest strings that are not of a max type.
            kind = call.params[0].value
            response.columns(
                [
                    ColumnMeta("TYPE_NAME", nvarchar(128)),
                    ColumnMeta("DATA_TYPE", SMALLINT),
                    ColumnMeta("PRECISION", INT),
                ]
            )
            if kind in LONGEST:
                response.row([b"", str(kind).encode(), LONGEST[kind]])
            response.done_in_proc(1, SELECT)
        elif name not in ("sp_prepare", "sp_unprepare"):
            response.columns(
                [ColumnMeta("name", nvarchar(128)), ColumnMeta("value", nvarchar(MAX))]
            )
            for param in call.params:
                value = param.value
                text = str(value.rows) if isinstance(value, Table) else value
                response.row([param.name.encode(), None if text is None else text.encode()])
            response.done_in_proc(len(call.params), SELECT)
        response.return_status(42)
        handle = name in ("sp_prepare", "sp_prepexec", "sp_prepexecrpc")
        for ordinal, param in enumerate(call.params):
            if not param.output:
                continue
            if handle and ordinal == 0:
                response.return_value(param.name, ordinal, INT, b"1")
            else:
                value = param.value if isinstance(param.value, str) else None
                response.return_value(param.name, ordinal, param.type, value)
        response.done_proc()

    async def cancel(self) -> None:
        self.cancelled.set()

    async def close(self) -> None:
        self.closed += 1


@dataclass
class FakeFactory:
    """Lets in whoever knows the password; keeps the sessions for the test to look at."""

    sessions: list[FakeSession] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)

    async def login(self, login: Login, response: Response, hang_up: HangUp) -> FakeSession | None:
        self.logins.append(login)
        if login.password not in (PASSWORD, ASCII_PASSWORD):
            response.error(18456, 1, 14, f"Login failed for user '{login.user}'.")
            return None
        response.login_ack(login, database=login.database or "master")
        session = FakeSession(hang_up=hang_up)
        self.sessions.append(session)
        return session


async def main() -> None:
    """Serve until standard input ends; the first line of the output is the port."""
    async with await serve(FakeFactory(), "127.0.0.1", 0) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    run(main())
