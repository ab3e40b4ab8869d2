"""What the development server adds to a call: each of four calls through ODBC and the server, and
the same work on the same PostgreSQL without them, in turns."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyodbc

from bench.callers import STATEMENT, arguments
from bench.shops import middle, spread
from bench.sites import Site
from couponry_jobs.connection import Database, connection_string
from couponry_jobs.driver import find_driver

KINDS = ("trivial call", "redeem", "JSON insert", "result")
INSERTED, READ = 5_000, 10_000
BLOCK = 10
"""Short calls alternate in blocks, so that caches are as warm as in a row of calls."""

TABLE = """
CREATE TABLE dbo.BenchRows (
    Id int NOT NULL CONSTRAINT PK_BenchRows PRIMARY KEY,
    Code nvarchar(40) NOT NULL,
    Amount decimal(19, 4) NOT NULL,
    Note nvarchar(200) NULL,
    Used bit NOT NULL,
    At datetime2(3) NOT NULL
)"""
TRIVIAL = """
CREATE OR ALTER PROCEDURE dbo.BenchTrivial @A int AS
BEGIN
    SET NOCOUNT ON;
    SELECT @A + 1 AS A;
END"""
INSERT = """
INSERT INTO dbo.BenchRows (Id, Code, Amount, Note, Used, At)
SELECT Id, Code, Amount, Note, Used, At
FROM OPENJSON(?) WITH (Id int, Code nvarchar(40), Amount decimal(19, 4), Note nvarchar(200),
    Used bit, At datetime2(3))"""
INSERT_DIRECT = """
INSERT INTO dbo.benchrows (id, code, amount, note, used, at)
SELECT "Id", "Code", "Amount", "Note", "Used", "At"
FROM jsonb_to_recordset(%s::jsonb) AS x ("Id" int, "Code" text, "Amount" numeric(19, 4),
    "Note" text, "Used" int2, "At" timestamp(3))"""
SELECT = "SELECT Id, Code, Amount, Note, Used, At FROM dbo.BenchRows ORDER BY Id"
FACTS = ("login", "user", "original_login", "database", "app", "host", "spid")


@dataclass(frozen=True, slots=True)
class Overhead:
    """One kind of call. Times are milliseconds, from the call to its last row."""

    kind: str
    rows: int
    through_ms: float
    direct_ms: float | None
    """None where the server is not the stand-in"""
    server_cpu_ms: float | None = None
    postgres_cpu_ms: float | None = None
    direct_cpu_ms: float | None = None
    """processor time of the server, of PostgreSQL below it, and of PostgreSQL called directly;
    None where the system does not tell"""

    @property
    def overhead_ms(self) -> float | None:
        return None if self.direct_ms is None else self.through_ms - self.direct_ms

    @property
    def ratio(self) -> float | None:
        return None if self.direct_ms is None else self.through_ms / self.direct_ms

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.through_ms * 1000


class Clocks:
    """Processor time that processes have used, in milliseconds, as Linux counts it."""

    def __init__(self, *pids: int) -> None:
        self._files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        self.known = all(file.exists() for file in self._files)

    def read(self) -> list[float]:
        if not self.known:
            return [0.0 for _ in self._files]
        return [int(file.read_text().split()[0]) / 1e6 for file in self._files]


class Machine:
    """The function that was made of a procedure, called as the server calls it."""

    def __init__(
        self,
        postgres: psycopg.Connection[tuple[object, ...]],
        session: int,
        procedure: str,
        *,
        begins: bool,
    ) -> None:
        """``session`` has just called the procedure: PostgreSQL tells by which function."""
        # Imported here: a bench against a named server needs no stand-in.
        from couponry_standin.tsql.plan import GIVEN_LAST, STATE

        found = postgres.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name = %s",
            (f"session {session}",),
        ).fetchone()
        named = re.search(r'FROM (tsql_code\."[^"]+")\(', str(found and found[0]))
        if named is None:
            raise RuntimeError(f"session {session} has not called {procedure}: {found}")
        types = postgres.execute(
            "SELECT pg_get_function_identity_arguments(%s::regproc)", (named[1],)
        ).fetchone()
        assert types is not None
        state = {"nestlevel": "1", "lock_timeout": "-1", "transaction": "0", "implicit": "0"}
        if begins:
            state |= {"transaction": "1", "implicit": "1"}
        unknown = {"identity", "scope_identity"}
        self._head = (
            *("0", None, None),
            *(None if name in unknown else state.get(name, "0") for name in STATE),
        )
        each = [text.rpartition(" ")[2] for text in str(types[0]).split(", ")][:-GIVEN_LAST]
        listed = ", ".join(f"${number}::{type_}" for number, type_ in enumerate(each, 1))
        self._sql = f"SELECT * FROM {named[1]}({listed})".encode()
        self._cursor = psycopg.RawCursor(postgres)
        parameters = postgres.execute(
            "SELECT doc -> 'parameters' FROM tsql.objects WHERE name = %s", (procedure,)
        ).fetchone()
        assert parameters is not None and isinstance(parameters[0], list)
        self._defaults = {one["name"]: one["default_value"] for one in parameters[0]}

    def __call__(self, **values: object) -> list[tuple[object, ...]]:
        given = self._defaults | {f"@{name}": value for name, value in values.items()}
        texts = [
            value if value is None else str(int(value) if isinstance(value, bool) else value)
            for value in given.values()
        ]
        return self._cursor.execute(self._sql, (*self._head, *texts), prepare=True).fetchall()


class Room:
    """Both ways to the same database, and the work that goes them."""

    def __init__(
        self, connection: pyodbc.Connection, codes: list[str], inserted: int, read: int
    ) -> None:
        self.rows = {"trivial call": 1, "redeem": 1, "JSON insert": inserted, "result": read}
        self.cursor = connection.cursor()
        self.codes = codes
        self.tag = secrets.token_hex(4)
        self.serial = 0
        self.document = json.dumps([row(number) for number in range(inserted)])
        self.cursor.execute("DROP TABLE IF EXISTS dbo.BenchRows")
        for text in (TABLE, TRIVIAL):
            self.cursor.execute(text)
        self.session = int(self.cursor.execute("SELECT @@SPID").fetchval())
        self.direct: dict[str, Callable[[], int]] = {}
        self.clocks = Clocks()
        self.through: dict[str, Callable[[], int]] = {
            "trivial call": lambda: self.ask("EXEC dbo.BenchTrivial @A = ?", 7),
            "redeem": lambda: self.ask(STATEMENT, *self.order()),
            "JSON insert": lambda: self.cursor.execute(INSERT, self.document).rowcount,
            "result": lambda: self.ask(SELECT),
        }

    def ask(self, statement: str, *bound: object) -> int:
        rows = len(self.cursor.execute(statement, *bound).fetchall())
        while self.cursor.nextset():
            pass
        return rows

    def order(self) -> tuple[object, ...]:
        self.serial += 1
        return arguments(secrets.choice(self.codes), f"{self.tag}-{self.serial}")

    def open_direct(
        self, postgres: psycopg.Connection[tuple[object, ...]], database: str, server: int
    ) -> None:
        backend = postgres.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s",
            (f"session {self.session}",),
        ).fetchone()
        assert backend is not None
        self.clocks = Clocks(server, int(str(backend[0])), postgres.info.backend_pid)
        # What the server tells PostgreSQL of a session and of its planner.
        postgres.execute("SET enable_seqscan = off")
        facts = dict.fromkeys(FACTS, "dbo") | {"database": database, "spid": "1"}
        for name, value in facts.items():
            postgres.execute("SELECT set_config(%s, %s, false)", (f"tsql.{name}", value))
        self.through["trivial call"]()
        trivial = Machine(postgres, self.session, "BenchTrivial", begins=False)
        self.through["redeem"]()
        redeem = Machine(postgres, self.session, "sp_RedeemCoupon", begins=True)
        names = re.findall(r"@(\w+) = \?", STATEMENT)

        def redeem_directly() -> int:
            found = redeem(**dict(zip(names, self.order(), strict=True)))
            return sum(one[0] == 1 for one in found)

        def read() -> int:
            return len(postgres.execute(SELECT, prepare=True).fetchall())

        def insert() -> int:
            return postgres.execute(INSERT_DIRECT, (self.document,), prepare=True).rowcount

        self.direct = {
            "trivial call": lambda: sum(one[0] == 1 for one in trivial(A=7)),
            "redeem": redeem_directly,
            "JSON insert": insert,
            "result": read,
        }

    def empty(self) -> None:
        self.cursor.execute("TRUNCATE TABLE dbo.BenchRows")

    def fill(self) -> None:
        self.empty()
        rows = json.dumps([row(number) for number in range(self.rows["result"])])
        self.cursor.execute(INSERT, rows)


def row(number: int) -> dict[str, object]:
    return {
        "Id": number,
        "Code": f"BENCH-{number:08d}",
        "Amount": f"{number / 7:.4f}",
        "Note": None if number % 5 == 0 else f"Nr. {number}: für Übergrößen, {'x' * 60}",
        "Used": number % 2,
        "At": f"2026-01-{number % 28 + 1:02d}T10:11:12.345",
    }


def measure(
    site: Site,
    *,
    seconds: float,
    inserted: int = INSERTED,
    read: int = READ,
    say: Callable[[str], None] = lambda _: None,
) -> list[Overhead]:
    """Each kind for ``seconds``, both ways by turns."""
    with Database(site.settings) as database:
        codes = spread(database, "server-", 8, 4)
    link = connection_string(site.settings, find_driver(site.settings.driver))
    with closing(pyodbc.connect(link, autocommit=True)) as connection:
        room = Room(connection, codes, inserted, read)
        if site.socket is None:
            return [turns(room, kind, seconds, say) for kind in KINDS]
        from couponry_standin.state import holder

        with site.postgres() as postgres:
            room.open_direct(postgres, site.database, holder(site.socket.parent) or 0)
            return [turns(room, kind, seconds, say) for kind in KINDS]


def turns(room: Room, kind: str, seconds: float, say: Callable[[str], None]) -> Overhead:
    """Blocks of calls, first one way, then the other."""
    say(kind)
    if kind == "result":
        room.fill()
    ways = {"through": room.through[kind]}
    if room.direct:
        ways["direct"] = room.direct[kind]
    block = 1 if kind in ("JSON insert", "result") else BLOCK
    rows = room.rows[kind]
    times: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[list[float]]] = {way: [] for way in ways}
    end = time.perf_counter()
    for number in range(1_000_000):
        if number == 1:
            # The first block of each way prepares and plans, and is not counted.
            times, cpu = {way: [] for way in ways}, {way: [] for way in ways}
            end = time.perf_counter() + seconds
        elif number > 1 and time.perf_counter() > end:
            break
        for way, call in ways.items():
            if kind == "JSON insert":
                room.empty()
            before = room.clocks.read()
            for _ in range(block):
                started = time.perf_counter()
                found = call()
                times[way].append(time.perf_counter() - started)
                if found != rows:
                    raise RuntimeError(f"{kind}: {found} rows instead of {rows}")
            after = room.clocks.read()
            cpu[way].append([(b - a) / block for a, b in zip(before, after, strict=True)])
    through = middle(times["through"]) * 1000
    if not room.direct:
        return Overhead(kind, rows, through, None)
    direct = middle(times["direct"]) * 1000
    if not room.clocks.known:
        return Overhead(kind, rows, through, direct)
    server, below, _ = map(middle, zip(*cpu["through"], strict=True))
    return Overhead(
        kind, rows, through, direct, server, below, middle([each[2] for each in cpu["direct"]])
    )
