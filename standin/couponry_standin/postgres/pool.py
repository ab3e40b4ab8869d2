"""Warm connections, per database: a session borrows one and gives it back as new."""

from __future__ import annotations

from collections.abc import Callable

from couponry_standin.postgres.connection import Connection, ConnectionLost

RESERVED = 20
"""Connections of PostgreSQL that stay free: its own workers and the engine's maintenance."""

IDLE_PER_DATABASE = 32


class PoolExhausted(Exception):
    """All connections are in use; the message says how many there are."""


class Pool:
    """Belongs to one event loop. ``limit`` bounds the connections of all databases together."""

    def __init__(
        self,
        conninfo: Callable[[str], str],
        *,
        limit: int,
        idle: int = IDLE_PER_DATABASE,
    ) -> None:
        self._conninfo = conninfo
        self._limit = limit
        self._idle_limit = idle
        self._idle: dict[str, list[Connection]] = {}
        self._used: dict[str, set[Connection]] = {}
        self._opening = 0

    @property
    def size(self) -> int:
        """Connections open or being opened, idle ones included."""
        used = sum(len(lent) for lent in self._used.values())
        return used + sum(len(kept) for kept in self._idle.values()) + self._opening

    def in_use(self, database: str) -> int:
        """How many connections to the database are lent out."""
        return len(self._used.get(database, ()))

    async def acquire(self, database: str) -> Connection:
        """A connection in the state after login; ConnectionLost when there is no such database."""
        kept = self._idle.get(database, [])
        while kept:
            connection = kept.pop()
            if not connection.closed:
                return self._lend(connection)
        if self.size >= self._limit and not await self._make_room():
            raise PoolExhausted(
                f"All {self._limit} connections of the stand-in are in use. "
                "Close some sessions and try again."
            )
        self._opening += 1
        try:
            connection = await Connection.open(self._conninfo(database))
        finally:
            self._opening -= 1
        return self._lend(connection)

    async def release(self, connection: Connection) -> None:
        """Takes a connection back, whatever state it is in; a broken one is thrown away.

        What it still runs is cancelled. If PostgreSQL cannot bring it back to the state after
        login, or the caller is cancelled meanwhile, it is closed.
        """
        lent = self._used.get(connection.database, set())
        if connection not in lent:
            return
        clean = False
        try:
            connection.notices = connection.ended = None
            if connection.busy:
                await connection.cancel()
            await connection.reset()
            clean = True
        except ConnectionLost:
            pass  # It broke while it was away: nothing to keep, and nothing of it remains.
        finally:
            lent.discard(connection)
            if not clean:
                await connection.close()
        kept = self._idle.setdefault(connection.database, [])
        if clean and len(kept) < self._idle_limit:
            kept.append(connection)
        else:
            await connection.close()

    async def close_database(self, database: str) -> None:
        """Closes the idle connections of a database, as DROP DATABASE needs it."""
        for connection in self._idle.pop(database, []):
            await connection.close()

    async def close(self) -> None:
        """Closes every connection, borrowed ones as well."""
        for database in list(self._idle):
            await self.close_database(database)
        for lent in self._used.values():
            for connection in list(lent):
                await connection.close()
        self._used.clear()

    def _lend(self, connection: Connection) -> Connection:
        self._used.setdefault(connection.database, set()).add(connection)
        return connection

    async def _make_room(self) -> bool:
        """Closes an idle connection to another database; False when there is none."""
        for kept in self._idle.values():
            if kept:
                await kept.pop(0).close()
                return True
        return False
