"""Bringing a database to the state of the scripts, and telling how far it is from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import cast

from couponry_jobs import scripts
from couponry_jobs.connection import Database, Session, Value
from couponry_jobs.errors import DatabaseFault, DatabaseUnreachable, DeploymentError
from couponry_jobs.scripts import Kind, Script
from couponry_jobs.settings import Settings

LOCK = "couponry:deploy"
LOCK_WAIT_MS = 60_000
SCRIPT_TIMEOUT = 300
ROLES: Mapping[str, str] = {
    "service": "coupon_service",
    "job": "coupon_job",
    "ops": "coupon_ops",
    "reader": "coupon_reader",
}


class State(Enum):
    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    CONFLICT = "conflict"
    """A table's script differs from what made the table: only a migration can help."""


@dataclass(frozen=True, slots=True)
class Status:
    script: Script
    state: State
    version: int | None = None
    applied_at: datetime | None = None
    applied_by: str | None = None
    milliseconds: int | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation did."""

    applied: tuple[str, ...]
    unchanged: int
    version: int
    seconds: float


Progress = Callable[[str, int, int], None]


def install(
    database: Database,
    *,
    root: Path | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Installation:
    """Apply every script that is missing or changed; an interrupted run goes on where it was."""
    started = clock()
    listed = scripts.read_scripts(root)
    applied: list[str] = []
    with database.session(timeout=SCRIPT_TIMEOUT) as session, _alone(session):
        _prepare_database(session)
        states = _compare(session, listed)
        _refuse_conflicts(states)
        missing = [one.script for one in states if one.state is not State.APPLIED]
        for number, script in enumerate(missing, start=1):
            if progress is not None:
                progress(script.name, number, len(missing))
            _apply(session, script, clock)
            applied.append(script.name)
        version = _version(session)
    return Installation(
        tuple(applied), len(listed) - len(applied), version, seconds=clock() - started
    )


def status(database: Database, *, root: Path | None = None) -> list[Status]:
    """Each script of the installation and whether the database has it."""
    with database.session(timeout=SCRIPT_TIMEOUT) as session:
        return _compare(session, scripts.read_scripts(root))


def seed(
    database: Database, *, relative: bool = False, demo: bool = False, root: Path | None = None
) -> list[str]:
    """Load the sample; the script itself refuses a database that holds other campaigns."""
    base = root or scripts.scripts_root()
    names = ["reference", "sample"] + (["demo"] if demo else [])
    files = [base / "sql" / "seed" / f"{name}.sql" for name in names]
    for file in files:
        if not file.is_file():
            raise DeploymentError(f"{file.name} is not among the seed scripts")
    with database.session(timeout=SCRIPT_TIMEOUT) as session, _alone(session):
        # The scripts read their one option from the session, so that they stay plain T-SQL.
        session.execute(
            "EXEC sys.sp_set_session_context @key = N'couponry.relative',"
            f" @value = {1 if relative else 0}"
        )
        for file in files:
            for batch in scripts.split_batches(file.read_text("utf-8-sig")):
                session.execute(batch)
    return [file.stem for file in files]


def create_database(settings: Settings, name: str) -> bool:
    """Create the database if the server does not have it; tells whether it did."""
    with Database(settings.with_database("master")) as master:
        found = master.execute("SELECT 1 AS Found FROM sys.databases WHERE name = ?", [name])
        if found and len(found[0]):
            return False
        master.execute(f"CREATE DATABASE {quote_name(name)}", timeout=SCRIPT_TIMEOUT)
    return True


def drop_database(settings: Settings, name: str) -> None:
    """Drop the database with everything in it, whoever is still connected."""
    with Database(settings.with_database("master")) as master:
        found = master.execute("SELECT 1 AS Found FROM sys.databases WHERE name = ?", [name])
        if not found or not len(found[0]):
            return
        master.execute(f"ALTER DATABASE {quote_name(name)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
        master.execute(f"DROP DATABASE {quote_name(name)}", timeout=SCRIPT_TIMEOUT)


def user_statements(members: Mapping[str, Sequence[str]]) -> list[tuple[str, str, str]]:
    """For each identity and its role: the identity's name, and the two statements it takes."""
    return [
        (
            name,
            f"CREATE USER {quote_name(name)} FROM EXTERNAL PROVIDER",
            f"ALTER ROLE {quote_name(ROLES[role])} ADD MEMBER {quote_name(name)}",
        )
        for role, names in members.items()
        for name in names
    ]


def create_users(database: Database, members: Mapping[str, Sequence[str]]) -> list[str]:
    """Users for identities, in their roles; those that exist are kept. Returns the new ones."""
    created: list[str] = []
    with database.session() as session:
        for name, create, add in user_statements(members):
            found = session.execute(
                "SELECT 1 AS Found FROM sys.database_principals WHERE name = ?", [name]
            )
            if not found or not len(found[0]):
                session.execute(create)
                created.append(name)
            session.execute(add)
    return created


def quote_name(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


@contextmanager
def _alone(session: Session) -> Iterator[None]:
    """Only one deployment at a time; the lock belongs to the session and dies with it."""
    answer = session.execute(
        "DECLARE @Result int;"
        " EXEC @Result = sys.sp_getapplock @Resource = ?, @LockMode = N'Exclusive',"
        " @LockOwner = N'Session', @LockTimeout = ?;"
        " SELECT @Result AS Result;",
        [LOCK, LOCK_WAIT_MS],
    )
    if int(cast(int, answer[-1].rows[0][0])) < 0:
        raise DeploymentError("another deployment is running")
    try:
        yield
    finally:
        # A broken connection has lost its lock; what broke it is the error to be told.
        with suppress(DatabaseUnreachable):
            session.execute(
                "EXEC sys.sp_releaseapplock @Resource = ?, @LockOwner = N'Session'", [LOCK]
            )


def _prepare_database(session: Session) -> None:
    """Options of the database that the scripts count on; they cannot be set in a transaction."""
    row = session.execute(
        "SELECT is_read_committed_snapshot_on, compatibility_level"
        " FROM sys.databases WHERE name = DB_NAME()"
    )[0].rows[0]
    if not row[0]:
        session.execute(
            "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE"
        )
    if int(cast(int, row[1])) > 150:
        session.execute("ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 150")


def _compare(session: Session, listed: Sequence[Script]) -> list[Status]:
    recorded: dict[str, Sequence[Value]] = {}
    known = session.execute("SELECT OBJECT_ID(N'dbo.SchemaVersions', N'U') AS Id")[0].rows[0][0]
    if known is not None:
        rows = session.execute(
            "SELECT Version, Name, Checksum, AppliedAt, AppliedBy, DurationMs"
            " FROM dbo.SchemaVersions ORDER BY Version"
        )[0].rows
        # A script that was applied again has several rows; the last one counts.
        recorded = {str(row[1]): row for row in rows}
    return [_state(script, recorded.get(script.name)) for script in listed]


def _state(script: Script, row: Sequence[Value] | None) -> Status:
    if row is None:
        return Status(script, State.PENDING)
    version, _, checksum, applied_at, applied_by, milliseconds = row
    if bytes(cast(bytes, checksum)) == script.checksum:
        state = State.APPLIED
    else:
        state = State.CONFLICT if script.kind is Kind.SCHEMA else State.CHANGED
    return Status(
        script,
        state,
        cast(int, version),
        cast(datetime, applied_at),
        str(applied_by),
        cast("int | None", milliseconds),
    )


def _refuse_conflicts(states: Sequence[Status]) -> None:
    names = [one.script.name for one in states if one.state is State.CONFLICT]
    if names:
        raise DeploymentError(
            f"{', '.join(names)} changed after the database was made with it:"
            " undo the change and write a migration in sql/migrations"
        )


def _apply(session: Session, script: Script, clock: Callable[[], float]) -> None:
    """The script and its row in SchemaVersions: both or neither."""
    started = clock()
    session.execute("SET XACT_ABORT ON; BEGIN TRANSACTION;")
    try:
        for number, batch in enumerate(script.batches, start=1):
            try:
                session.execute(batch)
            except DatabaseFault as error:
                raise DeploymentError(
                    f"{script.name}, batch {number}: {error} ({error.number})"
                ) from error
        session.execute(
            "INSERT INTO dbo.SchemaVersions (Version, Name, Checksum, AppliedBy, DurationMs)"
            " SELECT COALESCE(MAX(Version), 0) + 1, ?, ?, ORIGINAL_LOGIN(), ?"
            " FROM dbo.SchemaVersions",
            [script.name, script.checksum, round((clock() - started) * 1000)],
        )
        session.execute("COMMIT TRANSACTION")
    except BaseException:
        with suppress(DatabaseUnreachable):
            session.execute("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
        raise


def _version(session: Session) -> int:
    row = session.execute("SELECT COALESCE(MAX(Version), 0) AS V FROM dbo.SchemaVersions")[0].rows
    return int(cast(int, row[0][0]))
