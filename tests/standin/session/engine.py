"""One engine for all tests that ask it from outside, in a process of its own."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pyodbc
import pytds
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from couponry_jobs.driver import find_driver
from couponry_standin import control
from couponry_standin.access_tokens import issue
from couponry_standin.clients import DRIVER
from couponry_standin.postgres.cluster import OWNER
from couponry_standin.state import password
from tests.standin.session.wire import Wire


@dataclass(frozen=True, slots=True)
class Engine:
    host: str
    port: int
    login: str
    password: str
    data_dir: Path
    issuer_key: bytes = field(repr=False)
    """what signs the access tokens that the engine believes"""

    def token(self, name: str, **facts: Any) -> str:
        """An access token: ``name`` is a managed identity, or a person if it has an @."""
        return issue(self.issuer_key, name, **facts)

    def wire(self, database: str = "", login: str = "", secret: str = "") -> Wire:
        """A raw connection, in ``database``."""
        opened = Wire(self.host, self.port, login or self.login, secret or self.password)
        if database:
            opened.batch(f"USE [{database}]")
        return opened

    def odbc_text(self, database: str, login: str = "", secret: str = "") -> str:
        return (
            f"DRIVER={{{find_driver(DRIVER)}}};SERVER={self.host},{self.port};DATABASE={database};"
            f"UID={login or self.login};PWD={secret or self.password};Encrypt=no"
        )

    def odbc(self, database: str, *, autocommit: bool = True) -> pyodbc.Connection:
        return pyodbc.connect(self.odbc_text(database), autocommit=autocommit, timeout=120)

    def tds(self, database: str, login: str = "", secret: str = "", **options: Any) -> Any:
        """A connection of python-tds, which speaks the protocol by itself."""
        return pytds.connect(
            self.host,
            port=self.port,
            user=login or self.login,
            password=secret or self.password,
            database=database,
            **({"autocommit": True} | options),
        )

    @contextmanager
    def watch(self, database: str) -> Iterator[Watch]:
        # PostgreSQL writes where it listens into the file of its process.
        lines = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
        where = {"host": lines[4], "port": lines[3], "user": OWNER, "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as connection:
            yield Watch(connection, database)

    @contextmanager
    def database(self, *batches: str) -> Iterator[str]:
        """The name of a new database in which the batches have been run."""
        name = f"test_{secrets.token_hex(4)}"
        with self.wire() as wire:
            assert wire.batch(f"CREATE DATABASE {name}").errors == []
            wire.batch(f"USE {name}")
            for batch in batches:
                assert wire.batch(batch).errors == [], batch
        yield name
        with self.wire() as wire:
            wire.batch(f"DROP DATABASE IF EXISTS {name}")


def key_pair(bits: int = 2048) -> tuple[bytes, bytes]:
    """An issuer's private key, and the public half of it, both as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return secret, public


class Watch:
    """Looks from inside PostgreSQL at what the sessions of a database do."""

    def __init__(self, connection: psycopg.Connection[Any], database: str) -> None:
        self.connection = connection
        self.database = database

    def until(self, event: str) -> None:
        """Wait until a session waits: for a ``Lock``, or in a ``Timeout`` (as WAITFOR does)."""
        deadline = time.monotonic() + 60
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = %s"
            " AND state = 'active'"
        )
        while self.connection.execute(query, (self.database, event)).fetchone() == (0,):
            assert time.monotonic() < deadline, f"no session waits for {event}"

    def kill(self) -> None:
        """End every backend of the database, as an administrator of PostgreSQL could."""
        self.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (self.database,),
        )


class _Shared:
    """The engine that several conftest modules share: started by the first, stopped by the last."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.users = 0
        self.stack = ExitStack()


_SHARED = _Shared()


@contextmanager
def shared_engine() -> Iterator[Engine]:
    if _SHARED.engine is None:
        _SHARED.engine = _SHARED.stack.enter_context(started_engine())
    _SHARED.users += 1
    try:
        yield _SHARED.engine
    finally:
        _SHARED.users -= 1
        if not _SHARED.users:
            _SHARED.engine = None
            _SHARED.stack.close()


@contextmanager
def started_engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="couponry-session-") as folder:
        data = Path(folder) / "engine"
        secret, public = key_pair()
        issuer = Path(folder) / "issuer.pem"
        issuer.write_bytes(public)
        options = ("--no-sync", "--token-issuer-key", str(issuer))
        state = control.start(data, port=0, options=options).state
        try:
            yield Engine(state.host, state.port, state.login, password(data), data, secret)
        finally:
            control.stop(data)
