"""An engine in this process, on a thread of its own: its counters can be read from outside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from couponry_standin.engine import ensure_login
from couponry_standin.postgres.cluster import UNSYNCED, Cluster
from couponry_standin.postgres.databases import MASTER, Databases
from couponry_standin.postgres.pool import Pool
from couponry_standin.server import Server, serve
from couponry_standin.session import SessionFactory
from couponry_standin.session.database import Database
from couponry_standin.session.parsed import parsed
from tests.standin.session.engine import Engine

SMALL = {"shared_buffers": "16MB", "max_connections": "40"}
LOGIN, PASSWORD = "sa", "Inside-1234"


@dataclass(frozen=True, slots=True)
class Work:
    """What has been parsed and compiled so far."""

    parsed: int
    compiled: int


@dataclass(slots=True)
class Inside:
    engine: Engine
    factory: SessionFactory
    loop: asyncio.AbstractEventLoop

    def database(self, name: str) -> Database:
        return asyncio.run_coroutine_threadsafe(self.factory.database(name), self.loop).result(60)

    def work(self, name: str) -> Work:
        return Work(parsed.parsed, self.database(name).compiled)


@contextmanager
def inside(folder: Path) -> Iterator[Inside]:
    cluster = Cluster(folder, settings={**SMALL, **UNSYNCED})
    cluster.start()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()

    async def start() -> tuple[SessionFactory, Server]:
        pool = Pool(cluster.conninfo, limit=20)
        stack.push_async_callback(pool.close)
        databases = Databases(cluster.conninfo, pool=pool)
        stack.push_async_callback(databases.close)
        await databases.install()
        await ensure_login(cluster.conninfo(MASTER), LOGIN, PASSWORD)
        factory = SessionFactory(pool, databases)
        server = await serve(factory, "127.0.0.1", 0)
        stack.push_async_callback(server.close)
        return factory, server

    try:
        factory, server = asyncio.run_coroutine_threadsafe(start(), loop).result(120)
        yield Inside(
            Engine("127.0.0.1", server.port, LOGIN, PASSWORD, folder, folder), factory, loop
        )
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()
        cluster.stop()
