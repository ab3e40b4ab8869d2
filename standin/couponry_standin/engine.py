"""The engine: PostgreSQL, the runtime in it, and the TDS server in front, as one process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import resource
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from couponry_standin import certificate
from couponry_standin.access_tokens import TokenRules, Verifier
from couponry_standin.credentials import hash_password
from couponry_standin.postgres.cluster import UNSYNCED, Cluster
from couponry_standin.postgres.connection import Connection
from couponry_standin.postgres.databases import MASTER, Databases
from couponry_standin.postgres.pool import RESERVED, Pool
from couponry_standin.postgres.statement import Statement
from couponry_standin.state import (
    HOST,
    LOGIN,
    EngineError,
    EngineState,
    clear_state,
    password,
    write_state,
)

OPEN_FILES = 8192
"""Two sockets a session, and what else a process needs."""


class PortTaken(EngineError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on {HOST} is taken by another program. "
            "Choose another one, or port 0 for any free one."
        )


class Listener(Protocol):
    """The TDS server as the engine sees it."""

    @property
    def port(self) -> int: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """``port`` 0 takes any free one. ``synced``: what is committed is on the disk."""

    data_dir: Path
    port: int
    tokens: TokenRules | None = None
    synced: bool = True


Listen = Callable[[Pool, Databases, str, int, ssl.SSLContext, Verifier | None], Awaitable[Listener]]


async def run(
    settings: Settings,
    listen: Listen,
    *,
    ready: Callable[[EngineState, str], None],
    progress: Callable[[str], None],
) -> None:
    """Runs until SIGTERM or SIGINT; calls ``ready`` once clients can connect.

    Raises ClusterError, DatabaseError or EngineError with a message for people.
    """
    check_port(settings.port)
    verifier = Verifier(settings.tokens) if settings.tokens is not None else None
    raise_file_limit()
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[str | None] = loop.create_future()

    def end(reason: str | None) -> None:
        if not stop.done():
            stop.set_result(reason)

    def on_signal() -> None:
        if stop.done():
            # Asked twice: whoever waits has waited enough, and PostgreSQL ends with us.
            os._exit(130)
        end(None)

    def postgres_ended(code: int) -> None:
        loop.call_soon_threadsafe(end, f"PostgreSQL ended unexpectedly (status {code}).")

    durability: Mapping[str, str] = {} if settings.synced else UNSYNCED
    cluster = Cluster(settings.data_dir, settings=durability, progress=progress)
    await asyncio.to_thread(cluster.start, on_exit=postgres_ended)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(cluster.stop)
        clear_state(cluster.data_dir)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal)
        pool = Pool(cluster.conninfo, limit=cluster.max_connections - RESERVED)
        stack.push_async_callback(pool.close)
        databases = Databases(cluster.conninfo, pool=pool)
        stack.push_async_callback(databases.close)
        installation = await databases.install()
        for name in installation.upgraded:
            progress(f"Database '{name}' now holds this version's runtime.")
        secret = password(cluster.data_dir)
        await ensure_login(cluster.conninfo(MASTER), LOGIN, secret)
        try:
            tls = certificate.context(cluster.data_dir)
            listener = await listen(pool, databases, HOST, settings.port, tls, verifier)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortTaken(settings.port) from problem
            raise EngineError(f"The port {settings.port} cannot be used: {problem}.") from problem
        stack.push_async_callback(listener.close)
        state = EngineState(
            pid=os.getpid(),
            host=HOST,
            port=listener.port,
            data_dir=str(cluster.data_dir),
            version=engine_version(),
            login=LOGIN,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_state(state)
        stack.callback(clear_state, cluster.data_dir)
        ready(state, secret)
        reason = await stop
        progress("Stopping.")
    if reason is not None:
        raise EngineError(
            f"{reason} Its log ({cluster.directory.log}) says:\n{cluster.directory.log_tail()}"
        )


async def ensure_login(conninfo: str, login: str, secret: str) -> None:
    """The development login, with its password unless somebody has changed that."""
    connection = await Connection.open(conninfo)
    try:
        values = (login.encode(), hash_password(secret).encode())
        [result] = await connection.run([Statement(ENSURE_LOGIN, values)])
        if result.error is not None:
            raise EngineError(f"The login '{login}' could not be made: {result.error}")
    finally:
        await connection.close()


ENSURE_LOGIN = """
INSERT INTO tsql.logins (name, password, default_database, disabled)
VALUES ($1, $2, 'master', false)
ON CONFLICT (name) DO NOTHING
"""


def check_port(port: int) -> None:
    """Says that a port is taken before PostgreSQL is started for nothing."""
    if port == 0:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do it: a port that only lingers after a stop is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortTaken(port) from problem
            raise EngineError(f"The port {port} cannot be used: {problem.strerror}.") from problem


def raise_file_limit() -> None:
    """Many systems allow 1,024 open files until a process asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def engine_version() -> str:
    try:
        return version("couponry")
    except PackageNotFoundError:
        return "0 (a checkout that is not installed)"
