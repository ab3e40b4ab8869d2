"""Bringing a database to the state of a release, and back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from couponry_jobs.connection import Database, ResultSet, Session
from couponry_jobs.deployment import journal, ledgers
from couponry_jobs.deployment.migrations import Migration
from couponry_jobs.deployment.planning import (
    Action,
    Planner,
    Release,
    Status,
    Step,
    compare,
    plan_installation,
    plan_rollback,
    plan_upgrade,
    read_release,
)
from couponry_jobs.errors import DatabaseFault, DatabaseUnreachable, DeploymentError
from couponry_jobs.scripts import Kind, Script

LOCK = "couponry:deploy"
LOCK_WAIT_MS = 60_000
SCRIPT_TIMEOUT = 300
# An index over many rows takes its time, and breaking it off takes as long again.
MIGRATION_TIMEOUT = 6 * 3600
# Whoever waits to change a table holds up all who come after, and they give up after 15 seconds.
TABLE_WAIT_MS = 5_000
BUSY = 1222


@dataclass(frozen=True, slots=True)
class Installation:
    """What a deployment did."""

    applied: tuple[str, ...]
    unchanged: int
    version: int
    seconds: float


Clock = Callable[[], float]
Progress = Callable[[str, int, int], None]


def install(
    database: Database,
    *,
    root: Path | None = None,
    progress: Progress | None = None,
    clock: Clock = time.monotonic,
) -> Installation:
    """Apply every script that is missing or changed; an interrupted run goes on where it was."""
    release = read_release(root)
    with deploying(database, SCRIPT_TIMEOUT) as session:
        _prepare_database(session)
        return _run(session, release, plan_installation, progress, clock)


def upgrade(
    database: Database,
    *,
    to: int | None = None,
    root: Path | None = None,
    progress: Progress | None = None,
    clock: Clock = time.monotonic,
) -> Installation:
    """Run what changes the tables, up to a version, and deploy the code that needs it."""
    release = read_release(root)
    with deploying(database, MIGRATION_TIMEOUT) as session, patient(session):
        return _run(session, release, partial(plan_upgrade, to=to), progress, clock)


def rollback(
    database: Database,
    *,
    to: int | None = None,
    root: Path | None = None,
    progress: Progress | None = None,
    clock: Clock = time.monotonic,
) -> Installation:
    """Undo migrations down to a version. The code stays: its release puts the older one back."""
    release = read_release(root)
    with deploying(database, MIGRATION_TIMEOUT) as session, patient(session):
        return _run(session, release, partial(plan_rollback, to=to), progress, clock)


def preview(database: Database, planner: Planner, *, root: Path | None = None) -> list[Step]:
    """What a run would do. It only reads, and waits for nobody."""
    with database.session(timeout=SCRIPT_TIMEOUT) as session:
        return planner(read_release(root), journal.read(session))


def status(database: Database, *, root: Path | None = None) -> list[Status]:
    """Each script of the release and whether the database has it."""
    with database.session(timeout=SCRIPT_TIMEOUT) as session:
        return compare(read_release(root), journal.read(session))


@contextmanager
def deploying(database: Database, timeout: int) -> Iterator[Session]:
    """A session that deploys, alone.

    The first installation takes the database for itself, to set its options, and so ends whoever
    waits here to be next: that one comes again.
    """

    def enter() -> tuple[Session, ExitStack]:
        with ExitStack() as stack:
            session = stack.enter_context(database.session(timeout=timeout))
            stack.enter_context(alone(session))
            return session, stack.pop_all()

    session, held = database.retry.run(enter, idempotent=True)
    with held:
        yield session


@contextmanager
def alone(session: Session) -> Iterator[None]:
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


@contextmanager
def patient(session: Session) -> Iterator[None]:
    """Waits for a busy table, but not for ever."""
    session.execute(f"SET LOCK_TIMEOUT {TABLE_WAIT_MS}")
    try:
        yield
    finally:
        # The connection goes back to a pool whose other users wait as long as they wish.
        with suppress(DatabaseUnreachable):
            session.execute("SET LOCK_TIMEOUT -1")


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """All of the block or nothing, whatever breaks it off."""
    session.execute("SET XACT_ABORT ON; BEGIN TRANSACTION;")
    try:
        yield
        session.execute("COMMIT TRANSACTION")
    except BaseException:
        with suppress(DatabaseUnreachable):
            session.execute("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
        raise


def run_batches(session: Session, script: Script) -> list[ResultSet]:
    answers: list[ResultSet] = []
    for number, batch in enumerate(script.batches, start=1):
        try:
            answers += session.execute(batch)
        except DatabaseFault as error:
            advice = " Run it again when the table is less busy" if error.number == BUSY else ""
            raise DeploymentError(
                f"{script.name}, batch {number}: {error} ({error.number}){advice}"
            ) from error
    return answers


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


def _run(
    session: Session, release: Release, planner: Planner, progress: Progress | None, clock: Clock
) -> Installation:
    started = clock()
    steps = planner(release, journal.read(session))
    for number, step in enumerate(steps, start=1):
        if progress is not None:
            progress(step.script.name, number, len(steps))
        _take(session, step, clock)
    if steps:
        journal.write_base(session, release.manifest)
    return Installation(
        tuple(step.script.name for step in steps),
        len(release.scripts) + len(release.migrations) - len(steps),
        journal.version(session),
        seconds=clock() - started,
    )


def _take(session: Session, step: Step, clock: Clock) -> None:
    """The step and its entry in SchemaVersions: both or neither."""
    started = clock()
    match step:
        case Step(Action.MIGRATE, _, Migration() as migration) if not migration.has_transaction:
            session.execute("SET XACT_ABORT ON;")
            run_batches(session, migration.script)
            with transaction(session):
                _enter(session, migration, round((clock() - started) * 1000))
        case Step(Action.MIGRATE, _, Migration() as migration):
            with transaction(session):
                _run_whole(session, migration.script)
                _enter(session, migration, round((clock() - started) * 1000))
        case Step(Action.UNDO, _, Migration() as migration):
            with transaction(session), ledgers.kept(session, migration.rollback):
                _run_whole(session, migration.rollback)
                journal.remove_migration(session, migration)
                took = round((clock() - started) * 1000)
                journal.write(session, migration.rollback, took)
                _mark(session, migration)
        case Step(Action.RECORD, _, Migration() as migration):
            journal.write_migration(session, migration, None)
        case Step(Action.RECORD):
            _expect_table(session, step.script)
            journal.write(session, step.script, None)
        case _:
            with transaction(session):
                run_batches(session, step.script)
                journal.write(session, step.script, round((clock() - started) * 1000))


def _run_whole(session: Session, script: Script) -> None:
    run_batches(session, script)
    count = session.execute("SELECT @@TRANCOUNT AS Depth")[0].rows[0][0]
    if count != 1:
        raise DeploymentError(
            f"{script.name} begins or ends a transaction: it runs in one already."
            " What must run outside says 'Transaction: none' in its header"
        )


def _enter(session: Session, migration: Migration, milliseconds: int) -> None:
    journal.write_migration(session, migration, milliseconds)
    _mark(session, migration)


def _mark(session: Session, migration: Migration) -> None:
    """The tables are no longer what their scripts made of them."""
    for table in sorted(migration.tables):
        script = Script(f"sql/schema/{table}.sql", Kind.SCHEMA, "")
        journal.write(session, script, None, checksum=journal.CHANGED)


def _expect_table(session: Session, script: Script) -> None:
    name = f"dbo.{script.object_name}"
    if session.execute("SELECT OBJECT_ID(?, N'U') AS Id", [name])[0].rows[0][0] is None:
        raise DeploymentError(f"a migration names {name}, but did not make it")
