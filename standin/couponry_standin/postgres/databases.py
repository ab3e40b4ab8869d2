"""Databases of the stand-in: each is a PostgreSQL database copied from a template.

The template holds the runtime, the functions and catalogue tables of ``runtime/*.sql``. Every
database carries the checksum of the runtime it holds as its comment, which PostgreSQL shows
without connecting to it. When the runtime has changed since, the scripts are applied again to
each database: they are written to be repeatable. A database that refuses them is left as it was,
and the start fails and says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from couponry_standin.postgres.connection import Connection
from couponry_standin.postgres.pool import Pool
from couponry_standin.postgres.result import PgError, Result
from couponry_standin.postgres.statement import Statement

MAINTENANCE = "postgres"
TEMPLATE = "tsql_template"
UNFINISHED = "tsql_template_unfinished"
MASTER = "master"
RESERVED_NAMES = frozenset({MAINTENANCE, TEMPLATE, UNFINISHED, "template0", "template1"})
RUNTIME = Path(__file__).parent / "runtime"
MARK = "couponry runtime "
IDENTIFIER_BYTES = 63
OBJECT_IN_USE = "55006"
# Each time PostgreSQL waits five seconds for processes that end; a busy machine may need more.
LEAVING_TRIES = 6


class DatabaseError(Exception):
    """A database could not be made, changed or dropped; ``cause`` holds PostgreSQL's error."""

    def __init__(self, message: str, cause: PgError | None = None) -> None:
        super().__init__(message)
        self.cause = cause


class DatabaseExists(DatabaseError):
    """There is a database of this name already."""


class DatabaseMissing(DatabaseError):
    """There is no database of this name."""


class DatabaseInUse(DatabaseError):
    """Sessions are connected to the database."""


class NameReserved(DatabaseError):
    """The name belongs to the engine."""


@dataclass(frozen=True, slots=True)
class Script:
    """One file of the runtime."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """The scripts in the order of their file names, and what tells this version from another."""

    scripts: tuple[Script, ...]
    checksum: str


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation did: ``upgraded`` names the databases that got a newer runtime."""

    fresh: bool
    upgraded: tuple[str, ...]
    checksum: str


class Databases:
    """Makes, drops and lists databases over one maintenance connection, opened when needed."""

    def __init__(
        self,
        conninfo: Callable[[str], str],
        *,
        pool: Pool | None = None,
        runtime: Path = RUNTIME,
    ) -> None:
        self._conninfo = conninfo
        self._pool = pool
        self._runtime = read_runtime(runtime)
        self._maintenance: Connection | None = None

    async def __aenter__(self) -> Databases:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._maintenance is not None:
            await self._maintenance.close()

    async def install(self) -> Installation:
        """Makes the template and ``master``, and brings existing databases to this runtime."""
        found = await self._checksums()
        current = self._runtime.checksum
        fresh = MASTER not in found
        if found.get(TEMPLATE) != current:
            await self._make_template()
        if fresh:
            await self.create_database(MASTER)
        upgraded: list[str] = []
        for name, checksum in found.items():
            if name != TEMPLATE and checksum != current:
                await self._upgrade(name)
                upgraded.append(name)
        return Installation(fresh, tuple(upgraded), current)

    async def create_database(self, name: str, source: str | None = None) -> None:
        """``name`` in T-SQL's spelling, which the database keeps among its options.

        ``source``: what it is a copy of. PostgreSQL copies no database that somebody is in.
        """
        pg_name = pg_database(name)
        template = TEMPLATE
        if source is not None:
            template = pg_database(source)
            if self._pool is not None:
                if self._pool.in_use(template):
                    raise DatabaseInUse(f"Database '{source}' is in use.")
                await self._pool.close_database(template)
        created = await self._once_left(
            template,
            f"CREATE DATABASE {quoted(pg_name)} TEMPLATE {quoted(template)} STRATEGY {STRATEGY}",
        )
        if created.error is not None:
            if created.error.sqlstate == "3D000":
                raise DatabaseMissing(f"Database '{source}' does not exist.", created.error)
            if created.error.sqlstate == OBJECT_IN_USE:
                raise DatabaseInUse(f"Database '{source}' is in use.", created.error)
            if created.error.sqlstate == "42P04":
                raise DatabaseExists(f"Database '{name}' already exists.", created.error)
            raise DatabaseError(
                f"Database '{name}' could not be created: {created.error.message}", created.error
            )
        connection = await Connection.open(self._conninfo(pg_name))
        try:
            keep_spelling = Statement(KEEP_SPELLING, (name.encode(),))
            expect((await connection.run([keep_spelling]))[0], f"naming database '{name}'")
        finally:
            await connection.close()
        await self._mark(pg_name)

    async def drop_database(self, name: str) -> None:
        """Refuses while sessions of the pool use it; idle connections are closed first."""
        pg_name = pg_database(name)
        if pg_name == MASTER:
            raise NameReserved("Database 'master' cannot be dropped.")
        if self._pool is not None:
            if self._pool.in_use(pg_name):
                raise DatabaseInUse(f"Database '{name}' is in use.")
            await self._pool.close_database(pg_name)
        dropped = await self._once_left(pg_name, f"DROP DATABASE {quoted(pg_name)} WITH (FORCE)")
        if dropped.error is not None:
            if dropped.error.sqlstate == "3D000":
                raise DatabaseMissing(f"Database '{name}' does not exist.", dropped.error)
            raise DatabaseError(
                f"Database '{name}' could not be dropped: {dropped.error.message}", dropped.error
            )

    async def list_databases(self) -> list[str]:
        """PostgreSQL's names of the T-SQL databases, ``master`` among them."""
        return sorted(name for name in await self._checksums() if name != TEMPLATE)

    async def database_exists(self, name: str) -> bool:
        """Whether a session can enter the database; reserved names do not exist to T-SQL."""
        pg_name = identifier(name)
        return pg_name not in RESERVED_NAMES and pg_name in await self._checksums()

    async def _checksums(self) -> dict[str, str]:
        """The databases with the checksum of the runtime each holds, empty when unfinished."""
        connection = await self._connected()
        [result] = await connection.run([Statement(CHECKSUMS)])
        expect(result, "listing the databases")
        found = {(name or b"").decode(): (comment or b"").decode() for name, comment in result.rows}
        return {
            name: comment.removeprefix(MARK) if comment.startswith(MARK) else ""
            for name, comment in found.items()
            if name not in RESERVED_NAMES or name == TEMPLATE
        }

    async def _make_template(self) -> None:
        # Built under another name: the template exists either whole or not at all.
        for name in (TEMPLATE, UNFINISHED):
            await self._command(f"ALTER DATABASE {name} IS_TEMPLATE false")
            expect(
                await self._command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                "replacing the template",
            )
        create = f"CREATE DATABASE {UNFINISHED} TEMPLATE template0 STRATEGY {STRATEGY}"
        expect(await self._command(create), "making the template")
        await self._apply(UNFINISHED)
        for command in (
            f"ALTER DATABASE {UNFINISHED} ALLOW_CONNECTIONS false",
            f"ALTER DATABASE {UNFINISHED} IS_TEMPLATE true",
            f"ALTER DATABASE {UNFINISHED} RENAME TO {TEMPLATE}",
        ):
            expect(await self._command(command), "finishing the template")
        await self._mark(TEMPLATE)

    async def _upgrade(self, name: str) -> None:
        try:
            await self._apply(name)
        except DatabaseError as problem:
            raise DatabaseError(
                f"Database '{name}' was made by another version of the stand-in, and this "
                f"version cannot bring it up to date: {problem} The database is unchanged. Use "
                "the version that made it, or start with an empty data directory.",
                problem.cause,
            ) from problem
        await self._mark(name)

    async def _apply(self, name: str) -> None:
        """Runs the runtime's scripts in one transaction."""
        connection = await Connection.open(self._conninfo(name))
        try:
            await connection.script("BEGIN")
            for script in self._runtime.scripts:
                results = await connection.script(script.text)
                error = results[-1].error if results else None
                if error is not None:
                    line = line_of(script.text, error.position)
                    raise DatabaseError(
                        f"runtime/{script.name}{line}: {error.message} {error.hint}".strip(),
                        error,
                    )
            expect((await connection.script("COMMIT"))[-1], "committing the runtime")
        finally:
            await connection.close()

    async def _mark(self, name: str) -> None:
        comment = f"COMMENT ON DATABASE {quoted(name)} IS '{MARK}{self._runtime.checksum}'"
        expect(await self._command(comment), f"marking database '{name}'")

    async def _once_left(self, pg_name: str, sql: str) -> Result:
        """Waits for the processes of connections that are closed, not for sessions."""
        result = await self._command(sql)
        for _ in range(LEAVING_TRIES - 1):
            if result.error is None or result.error.sqlstate != OBJECT_IN_USE:
                break
            if self._pool is not None and self._pool.in_use(pg_name):
                break
            result = await self._command(sql)
        return result

    async def _command(self, sql: str) -> Result:
        # Alone in its pipeline: CREATE and DROP DATABASE run outside any transaction.
        connection = await self._connected()
        [result] = await connection.run([Statement(sql, prepare=False)])
        return result

    async def _connected(self) -> Connection:
        if self._maintenance is None or self._maintenance.closed:
            self._maintenance = await Connection.open(self._conninfo(MAINTENANCE))
        return self._maintenance


STRATEGY = "wal_log"

CHECKSUMS = """
SELECT datname, shobj_description(oid, 'pg_database')
FROM pg_database
WHERE NOT datistemplate OR datname = 'tsql_template'
"""

KEEP_SPELLING = """
INSERT INTO tsql.options (name, value) VALUES ('name', $1)
ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value
"""


def read_runtime(directory: Path) -> Runtime:
    """The scripts of a directory in the order of their names."""
    digest = hashlib.sha256()
    scripts: list[Script] = []
    for path in sorted(directory.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        digest.update(f"{path.name}\0{text}\0".encode())
        scripts.append(Script(path.name, text))
    return Runtime(tuple(scripts), digest.hexdigest())


def identifier(name: str) -> str:
    """T-SQL's name as PostgreSQL keeps it: lower case; a digest marks one that was cut."""
    lowered = name.lower()
    if len(lowered.encode()) <= IDENTIFIER_BYTES:
        return lowered
    digest = hashlib.md5(lowered.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{lowered.encode()[:54].decode(errors='ignore')}_{digest}"


def pg_database(name: str) -> str:
    """The PostgreSQL name of a T-SQL database, refusing the engine's own names."""
    pg_name = identifier(name)
    if pg_name in RESERVED_NAMES:
        raise NameReserved(f"The name '{name}' is reserved by the stand-in.")
    return pg_name


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def expect(result: Result, deed: str) -> None:
    """Raises DatabaseError unless the statement succeeded."""
    if result.error is not None:
        raise DatabaseError(f"PostgreSQL refused {deed}: {result.error}", result.error)


def line_of(text: str, position: str) -> str:
    """``:line`` of an error's position in a script, empty when PostgreSQL gave none."""
    return f":{text.count(chr(10), 0, int(position)) + 1}" if position else ""
