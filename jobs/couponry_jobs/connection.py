"""Connections to the database: who we are, which driver, how faults are named."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol, cast
from uuid import UUID

import pyodbc
import sqlalchemy
from sqlalchemy import exc

from couponry_jobs.driver import find_driver
from couponry_jobs.errors import (
    KILLED,
    ConfigurationError,
    CouponryError,
    DatabaseTimeout,
    DatabaseUnreachable,
    fault,
)
from couponry_jobs.retry import Retry
from couponry_jobs.settings import Settings

Value = str | int | float | bool | bytes | Decimal | datetime | date | time | UUID | None
Row = Mapping[str, Value]

TOKEN_SCOPE = "https://database.windows.net/.default"
SQL_COPT_SS_ACCESS_TOKEN = 1256
JOB_TIMEOUT = 300

# Connections are pooled by SQLAlchemy; a second pool below it would hide broken ones.
pyodbc.pooling = False


@dataclass(frozen=True, slots=True)
class ResultSet:
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))

    def __len__(self) -> int:
        return len(self.rows)


class Token(Protocol):
    token: str


class Credential(Protocol):
    def get_token(self, *scopes: str) -> Token: ...


class Session:
    """One connection, held for as long as its caller needs the same one."""

    def __init__(self, connection: pyodbc.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> list[ResultSet]:
        """Every result set of the statement; an error in the midst of them is raised."""
        with _named_faults(sent=True), _cursor(self._connection) as cursor:
            cursor.execute(statement, *parameters) if parameters else cursor.execute(statement)
            found: list[ResultSet] = []
            while True:
                # The driver's stubs leave out that a statement without rows has no description.
                if described := cast("tuple[tuple[object, ...], ...] | None", cursor.description):
                    columns = tuple(str(column[0]) for column in described)
                    rows = tuple(tuple(row) for row in cursor.fetchall())
                    found.append(ResultSet(columns, rows))
                if not cursor.nextset():
                    return found

    def close(self) -> None:
        self._connection.close()


class Database:
    """The database behind the endpoint that the settings name. Threads may share it."""

    def __init__(
        self,
        settings: Settings,
        *,
        retry: Retry | None = None,
        warn: Callable[[str], None] | None = None,
        credential: Credential | None = None,
    ) -> None:
        self.settings = settings
        self.retry = retry or Retry()
        self._credential = credential
        self._driver = find_driver(settings.driver)
        self._engines: dict[bool, sqlalchemy.Engine] = {}
        if settings.insecure and warn is not None:
            warn("COUPONRY_SQL_INSECURE is set: the server's certificate is not checked")

    def execute(
        self,
        statement: str,
        parameters: Sequence[Value] = (),
        *,
        idempotent: bool = False,
        keyed: bool = False,
        read_only: bool = False,
        timeout: int | None = None,
    ) -> list[ResultSet]:
        """The statement's result sets, by a pooled connection, retried where that is safe."""

        def once() -> list[ResultSet]:
            with self.session(read_only=read_only, timeout=timeout) as session:
                return session.execute(statement, parameters)

        return self.retry.run(once, idempotent=idempotent, keyed=keyed)

    @contextmanager
    def session(self, *, read_only: bool = False, timeout: int | None = None) -> Iterator[Session]:
        """A connection of the pool. One that failed is not given back to it."""
        engine = self._engine(read_only and self.settings.read_replica)
        with _named_faults(sent=False):
            pooled = engine.raw_connection()
        raw = cast(pyodbc.Connection, pooled.driver_connection)
        try:
            raw.timeout = timeout or self.settings.command_timeout
            yield Session(raw)
        except (DatabaseUnreachable, DatabaseTimeout):
            pooled.invalidate()
            raise
        finally:
            pooled.close()

    def open_session(self) -> Session:
        """A connection outside the pool, for callers that keep many or end them themselves."""
        with _named_faults(sent=False):
            connection = self._connect(read_only=False)
            connection.timeout = self.settings.command_timeout
        return Session(connection)

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _engine(self, read_only: bool) -> sqlalchemy.Engine:
        if read_only not in self._engines:
            self._engines[read_only] = sqlalchemy.create_engine(
                "mssql+pyodbc://",
                creator=lambda: self._connect(read_only=read_only),
                isolation_level="AUTOCOMMIT",
                pool_size=self.settings.pool_size,
                max_overflow=0,
                pool_timeout=self.settings.pool_timeout,
                pool_recycle=1800,
                pool_pre_ping=True,
            )
        return self._engines[read_only]

    def _connect(self, *, read_only: bool) -> pyodbc.Connection:
        attributes: dict[int, int | bytes | bytearray | str | Sequence[str]] = {}
        if self.settings.auth != "sql":
            attributes[SQL_COPT_SS_ACCESS_TOKEN] = pack_token(self._token())
        return pyodbc.connect(
            connection_string(self.settings, self._driver, read_only=read_only),
            autocommit=True,
            timeout=self.settings.login_timeout,
            attrs_before=attributes,
        )

    def _token(self) -> str:
        """A token of its own for each physical connection: a kept one would run out in the pool."""
        if self._credential is None:
            self._credential = credential_of(self.settings)
        from azure.core.exceptions import ClientAuthenticationError

        try:
            return self._credential.get_token(TOKEN_SCOPE).token
        except ClientAuthenticationError as error:
            raise ConfigurationError(f"no access token for the database: {error}") from error


def connection_string(settings: Settings, driver: str, *, read_only: bool = False) -> str:
    """The ODBC connection string; what comes from outside is quoted."""
    parts = {
        "DRIVER": driver,
        "SERVER": settings.server,
        "DATABASE": settings.database,
        "APP": "couponry",
        "Encrypt": "yes",
        "TrustServerCertificate": "no",
    }
    if settings.insecure:
        # Optional, not "no": a server that offers TLS still gets it. A token travels in it only.
        wish = "optional" if settings.auth == "sql" else "yes"
        parts |= {"Encrypt": wish, "TrustServerCertificate": "yes"}
    if read_only:
        parts["ApplicationIntent"] = "ReadOnly"
    if settings.auth == "sql":
        parts |= {"UID": settings.user or "", "PWD": settings.password or ""}
    return ";".join(f"{key}={quote(value)}" for key, value in parts.items())


def quote(value: str) -> str:
    """A value of a connection string, in braces when it holds a character that would end it."""
    if re.fullmatch(r"[\w.,:/\\ -]*", value) and value == value.strip():
        return value
    return "{" + value.replace("}", "}}") + "}"


def pack_token(token: str) -> bytes:
    """The driver's form of an access token: four bytes of length, then UTF-16-LE."""
    encoded = token.encode("utf-16-le")
    return struct.pack(f"<I{len(encoded)}s", len(encoded), encoded)


def warn_on_stderr(message: str) -> None:
    print(f"warning: {message}", file=sys.stderr)


def credential_of(settings: Settings) -> Credential:
    """The identity that the settings name; it asks for tokens when it is used."""
    # Imported here because it takes longer than most commands, and SQL logins never need it.
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    if settings.auth == "default":
        return cast(Credential, DefaultAzureCredential())
    if settings.client_id is not None:
        return cast(Credential, ManagedIdentityCredential(client_id=settings.client_id))
    return cast(Credential, ManagedIdentityCredential())


@contextmanager
def _cursor(connection: pyodbc.Connection) -> Iterator[pyodbc.Cursor]:
    cursor = connection.cursor()
    try:
        yield cursor
    finally:
        # A statement that went with its connection cannot be closed; that error is on its way.
        with suppress(pyodbc.Error):
            cursor.close()


@contextmanager
def _named_faults(*, sent: bool) -> Iterator[None]:
    try:
        yield
    except pyodbc.Error as error:
        raise translate(error, sent=sent) from error
    except exc.TimeoutError as error:
        raise DatabaseUnreachable("no free connection in the pool") from error
    except exc.SQLAlchemyError as error:
        # What the engine does on a first connection can fail half-way, and its clean-up again.
        if origin := _driver_error(error):
            raise translate(origin, sent=sent) from error
        # Some of its questions keep the driver's error to themselves: the next one finds it closed.
        if isinstance(error, exc.ResourceClosedError):
            raise DatabaseUnreachable("the connection broke as it was opened", sent=sent) from error
        raise


def _driver_error(error: BaseException) -> pyodbc.Error | None:
    """The driver's error that an error was raised for, or while it was handled."""
    while True:
        found = error.__cause__ or error.__context__
        if found is None or isinstance(found, pyodbc.Error):
            return found
        error = found


_SERVER_RECORD = re.compile(
    r"\[SQL Server\](?P<text>.*?)\s*\((?P<number>-?\d+)\)(?=\s*\(SQL|\s*;\s*\[|\s*$)", re.DOTALL
)


def translate(error: pyodbc.Error, *, sent: bool) -> CouponryError:
    """The driver's error as one of ours; sent says whether a call was under way."""
    arguments = cast("tuple[object, ...]", error.args)
    state = str(arguments[0]) if arguments else ""
    text = str(arguments[1]) if len(arguments) > 1 else str(error)
    record = _SERVER_RECORD.search(text)
    number = int(record["number"]) if record else 0
    if record and number == KILLED:
        return DatabaseUnreachable(record["text"].strip(), sent=sent)
    if record and number > 0:
        return fault(number, record["text"].strip())
    plain = re.sub(r"\[[^\]]*\]|\s*\(-?\d+\) \(SQL\w+\)", "", text).strip()
    if state == "HYT00" and sent:
        return DatabaseTimeout(plain)
    if state.startswith("08") or state in ("HYT00", "HYT01"):
        return DatabaseUnreachable(plain, sent=sent)
    if state in ("01000", "IM002", "IM003", "IM004") and not sent:
        return ConfigurationError(plain)
    return fault(0, plain)
