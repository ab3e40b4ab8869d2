"""One connection to PostgreSQL: statements go out in a pipeline, results come back together.

Transactions. The statements between two synchronisation points of a pipeline form one implicit
transaction unless an explicit one is open: when one fails, the rest of its section is not run
(``Result.aborted``) and what the section did is rolled back. An explicit ``BEGIN`` inside a
section turns the implicit transaction into an explicit one, which stays open after the section;
``COMMIT`` and ``ROLLBACK`` end it as usual, and what follows in the section is implicit again.
After an error inside an explicit transaction only a new section can carry the ``ROLLBACK``:
``Statement(…, sync=True)`` ends its section, and so does the end of every ``run``.

Statements are prepared at first use and kept (``prepared.py``).
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Sequence

from psycopg import OperationalError
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from couponry_standin.postgres.answers import CLOSE, CONNECTION_OK, EXECUTE, PARSE, SYNC, Answers
from couponry_standin.postgres.opening import reached
from couponry_standin.postgres.prepared import Key, Prepared
from couponry_standin.postgres.result import PgError, Result, error_of
from couponry_standin.postgres.statement import Statement, encoded

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""between two requests to stop a statement, in seconds"""

IDLE = int(TransactionStatus.IDLE)
INTRANS = int(TransactionStatus.INTRANS)
INERROR = int(TransactionStatus.INERROR)


class ConnectionLost(Exception):
    """The connection to PostgreSQL broke; whatever was under way is undone or unknown."""


class Connection:
    """Belongs to one event loop. Concurrent ``run`` calls wait for one another.

    A ``run`` whose task is cancelled is not withdrawn from the server: the next one waits for its
    end. ``cancel`` asks PostgreSQL to stop what is running; its ``run`` then returns the error
    57014 in its results.
    """

    __slots__ = (
        "_alarm",
        "_answers",
        "_fd",
        "_future",
        "_loop",
        "_lost",
        "_pg",
        "_prepared",
        "_script",
        "_waiters",
        "_writing",
        "database",
        "ended",
        "notices",
    )

    def __init__(self, pg: PGconn, loop: asyncio.AbstractEventLoop) -> None:
        self._pg = pg
        self._loop = loop
        self._fd = pg.socket
        self.database = pg.db.decode()
        self.notices: Callable[[PgError], None] | None = None
        self.ended: Callable[[str], None] | None = None
        """called once, with the reason, when the connection breaks; not when ``close`` ends it"""
        self._prepared = Prepared()
        self._answers = Answers(self._prepared)
        self._future: asyncio.Future[list[Result]] | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._script = False
        self._writing = False
        self._lost: str | None = None
        pg.nonblocking = 1
        pg.notice_handler = self._on_notice
        pg.enter_pipeline_mode()
        loop.add_reader(self._fd, self._on_readable)
        # uvloop forgets a socket that reports an error, which one does whose backend died with a
        # statement unread; an epoll that waits for errors alone becomes readable instead.
        self._alarm = select.epoll() if hasattr(select, "epoll") else None
        if self._alarm is not None:
            self._alarm.register(self._fd, 0)
            loop.add_reader(self._alarm.fileno(), self._on_readable)

    @classmethod
    async def open(cls, conninfo: str) -> Connection:
        """Connects; raises ConnectionLost with PostgreSQL's words when it refuses."""
        loop = asyncio.get_running_loop()
        try:
            pg = await reached(loop, conninfo)
        except OperationalError as problem:
            raise ConnectionLost(str(problem)) from problem
        try:
            return cls(pg, loop)
        except BaseException:
            pg.finish()
            raise

    @property
    def transaction_status(self) -> TransactionStatus:
        """IDLE, ACTIVE (a run is under way), INTRANS, INERROR or UNKNOWN (the connection broke)."""
        return TransactionStatus(self._pg.transaction_status)

    @property
    def in_transaction(self) -> bool:
        """INTRANS or INERROR."""
        return self._pg.transaction_status in (INTRANS, INERROR)

    @property
    def closed(self) -> bool:
        return self._lost is not None

    @property
    def busy(self) -> bool:
        return self._future is not None

    @property
    def backend_pid(self) -> int:
        return self._pg.backend_pid

    async def run(self, statements: Sequence[Statement]) -> list[Result]:
        """Sends all statements at once and returns one result each, errors among them."""
        while self._future is not None:
            await self._settled()
        if self._lost is not None:
            raise ConnectionLost(self._lost)
        if not statements:
            return []
        pg = self._pg
        owed = self._answers.owed
        prepared, names = self._prepared, self._prepared.names
        idle = pg.transaction_status == IDLE
        try:
            if prepared.closing:
                # First in the pipeline, where no error can make PostgreSQL skip them.
                for name in prepared.closing:
                    pg.send_close_prepared(name)
                    owed.append(CLOSE)
                prepared.closing.clear()
            for sql, params, oids, prepare, sync in statements:
                if prepare:
                    key = (sql, oids)
                    name = names.get(key)
                    if name is None:
                        name = prepared.pending.get(key) or self._prepare(key)
                    else:
                        names.move_to_end(key)
                    pg.send_query_prepared(name, params)
                else:
                    pg.send_query_params(encoded(sql), params, oids or None)
                owed.append(EXECUTE)
                if sync:
                    pg.pipeline_sync()
                    owed.append(SYNC)
                    prepared.pending.clear()
            if owed[-1] != SYNC:
                pg.pipeline_sync()
                owed.append(SYNC)
            prepared.pending.clear()
            if pg.flush():
                self._writing = True
                self._loop.add_writer(self._fd, self._on_writable)
        except BaseException as problem:
            # Half a pipeline cannot be taken back.
            self._lose(str(problem))
            if isinstance(problem, OperationalError):
                raise ConnectionLost(self._lost) from problem
            raise
        self._future = future = self._loop.create_future()
        results = await future
        if self._answers.stale:
            self._answers.stale = False
            for statement in statements:
                prepared.forget((statement.sql, statement.oids))
            if idle and len(statements) == 1:
                # The statement had not begun and no transaction was harmed: prepare it anew.
                return await self.run(statements)
        return results

    async def script(self, sql: str) -> list[Result]:
        """Runs a text of several statements as PostgreSQL's own tools do (the simple protocol).

        The text is one transaction, and stops at the first error, which is the last result.
        """
        while self._future is not None:
            await self._settled()
        if self._lost is not None:
            raise ConnectionLost(self._lost)
        pg = self._pg
        try:
            text = encoded(sql)
            pg.exit_pipeline_mode()
            pg.send_query(text)
            if pg.flush():
                self._writing = True
                self._loop.add_writer(self._fd, self._on_writable)
        except OperationalError as problem:
            self._lose(str(problem))
            raise ConnectionLost(self._lost) from problem
        self._script = True
        self._future = future = self._loop.create_future()
        return await future

    async def cancel(self) -> bool:
        """Asks PostgreSQL to stop what is under way, until it ends; False when there is nothing.

        A request that overtakes the statement finds nothing to stop, so it is made again.
        """
        running = self._future
        if running is None or self._lost is not None:
            return False
        pause = FIRST_PAUSE
        while self._future is running and self._lost is None:
            request = self._pg.get_cancel()
            # A second socket, opened and read by libpq: short, but blocking.
            await asyncio.to_thread(request.cancel)
            settled: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(settled)
            await asyncio.wait([settled], timeout=pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return True

    async def reset(self) -> None:
        """Back to the state after login: no transaction, locks, settings or temporary objects.

        Prepared statements and the plans of PL/pgSQL functions stay: they are why connections
        are kept.
        """
        while self._future is not None:
            await self._settled()
        sections = list(RESET)
        if self.transaction_status != TransactionStatus.IDLE:
            sections.insert(0, ROLLBACK)
        for result in await self.run(sections):
            if result.error is not None:
                self._lose(f"reset failed: {result.error}")
                raise ConnectionLost(self._lost)

    async def close(self) -> None:
        """Ends the connection; PostgreSQL rolls back what is open."""
        self.ended = None
        self._lose("the connection was closed")

    def _prepare(self, key: Key) -> bytes:
        name = self._prepared.name(key)
        sql, oids = key
        self._pg.send_prepare(name, encoded(sql), oids or None)
        self._answers.owed.append(PARSE)
        return name

    async def _settled(self) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        await waiter

    def _on_writable(self) -> None:
        try:
            unsent = self._pg.flush()
        except OperationalError as problem:
            self._lose(str(problem))
            return
        if not unsent:
            self._writing = False
            self._loop.remove_writer(self._fd)

    def _on_readable(self) -> None:
        pg = self._pg
        try:
            pg.consume_input()
        except OperationalError as problem:
            self._lose(self._answers.farewell() or str(problem))
            return
        if self._writing:
            self._on_writable()
        if self._future is None:
            # Nothing was asked: a notice, a changed setting, or the server's farewell.
            if not pg.is_busy() and pg.status != CONNECTION_OK:
                self._lose("PostgreSQL closed the connection")
            return
        farewell = self._answers.take_script(pg) if self._script else self._answers.take(pg)
        if farewell is not None:
            self._lose(farewell)
        elif self._answers.complete:
            if self._script:
                self._script = False
                pg.enter_pipeline_mode()
            self._finish()

    def _finish(self) -> None:
        results = self._answers.given()
        if self._prepared.confirmed:
            self._prepared.remember()
        future, self._future = self._future, None
        if future is not None and not future.done():
            future.set_result(results)
        if self._waiters:
            self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _lose(self, reason: str) -> None:
        if self._lost is not None:
            return
        self._lost = reason.strip().partition("\n")[0] or "the connection to PostgreSQL broke"
        self._loop.remove_reader(self._fd)
        if self._alarm is not None:
            self._loop.remove_reader(self._alarm.fileno())
            self._alarm.close()
        if self._writing:
            self._loop.remove_writer(self._fd)
        self._pg.notice_handler = None
        self._pg.finish()
        self._answers.owed.clear()
        future, self._future = self._future, None
        if future is not None and not future.done():
            future.set_exception(ConnectionLost(self._lost))
        self._wake()
        ended, self.ended = self.ended, None
        if ended is not None:
            ended(self._lost)

    def _on_notice(self, result: PGresult) -> None:
        if self.notices is not None:
            self.notices(error_of(result))


ROLLBACK = Statement("ROLLBACK", sync=True)
RESET = (
    Statement("SELECT pg_advisory_unlock_all()"),
    Statement("CLOSE ALL"),
    Statement("RESET ALL"),
    Statement("DISCARD TEMP"),
    Statement("DISCARD SEQUENCES"),
)
