"""Reaches PostgreSQL without holding up the event loop."""

from __future__ import annotations

import asyncio

from psycopg import OperationalError, pq
from psycopg.pq import PollingStatus
from psycopg.pq.abc import PGconn


async def reached(loop: asyncio.AbstractEventLoop, conninfo: str) -> PGconn:
    """A connection of libpq's own; raises OperationalError with PostgreSQL's words."""
    pg: PGconn = pq.PGconn.connect_start(conninfo.encode())
    try:
        while True:
            status = pg.connect_poll()
            if status == PollingStatus.OK:
                return pg
            if status == PollingStatus.FAILED:
                raise OperationalError(pg.error_message.decode("utf-8", "replace").strip())
            await until_ready(loop, pg.socket, writable=status == PollingStatus.WRITING)
    except BaseException:
        pg.finish()
        raise


async def until_ready(loop: asyncio.AbstractEventLoop, fd: int, *, writable: bool) -> None:
    """Waits until the socket can be read, or written."""
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    if writable:
        loop.add_writer(fd, wake)
    else:
        loop.add_reader(fd, wake)
    try:
        await ready
    finally:
        if writable:
            loop.remove_writer(fd)
        else:
            loop.remove_reader(fd)
