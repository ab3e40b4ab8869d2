"""What has to be done: a release held against what a database remembers. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from couponry_jobs import scripts
from couponry_jobs.deployment import journal
from couponry_jobs.deployment.journal import Entry
from couponry_jobs.deployment.migrations import BASE, Migration, newest, read_migrations
from couponry_jobs.errors import DeploymentError, UsageError
from couponry_jobs.scripts import Kind, Script


class State(Enum):
    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    OUTDATED = "outdated"
    """A table that a pending migration will change."""
    CONFLICT = "conflict"
    """A table's script differs from what made the table: only a migration can help. Or a
    migration's script differs from what was run."""
    UNKNOWN = "unknown"
    """A migration of a newer release."""


@dataclass(frozen=True, slots=True)
class Status:
    script: Script
    state: State
    version: int | None = None
    applied_at: datetime | None = None
    applied_by: str | None = None
    milliseconds: int | None = None


class Action(Enum):
    CREATE = "create"
    MIGRATE = "migrate"
    APPLY = "apply"
    RECORD = "record"
    """Nothing is run: the database has it, and that is written down."""
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Step:
    action: Action
    script: Script
    migration: Migration | None = None

    @property
    def has_transaction(self) -> bool:
        is_forward = self.action is Action.MIGRATE
        return not is_forward or self.migration is None or self.migration.has_transaction


@dataclass(frozen=True, slots=True)
class Release:
    scripts: tuple[Script, ...]
    migrations: tuple[Migration, ...]

    @property
    def version(self) -> int:
        return newest(self.migrations)

    @property
    def manifest(self) -> Script:
        names = "\n".join(script.name for script in self.scripts)
        return Script(scripts.MANIFEST, Kind.REPEATABLE, names)

    def since(self, version: int) -> list[Migration]:
        return [one for one in self.migrations if one.version > version]


Planner = Callable[[Release, Sequence[Entry]], list[Step]]


def read_release(root: Path | None = None) -> Release:
    return Release(tuple(scripts.read_scripts(root)), tuple(read_migrations(root)))


def compare(release: Release, entries: Sequence[Entry]) -> list[Status]:
    """Each script and migration, and whether the database has it."""
    known, done = journal.scripts_of(entries), journal.migrations_of(entries)
    coming = _tables_of([one for one in release.migrations if one.version not in done])
    listed = [
        _status(script, known.get(script.name), is_coming=script.object_name in coming)
        for script in release.scripts
    ]
    for migration in release.migrations:
        entry = done.get(migration.version)
        state = State.PENDING
        if entry is not None:
            state = State.APPLIED if _is_same(entry, migration) else State.CONFLICT
        found = _with(migration.script, state, entry)
        listed.append(found if entry else Status(migration.script, state, migration.version))
    for version, entry in done.items():
        if version > release.version:
            script = Script(entry.name, Kind.MIGRATION, "")
            listed.append(_with(script, State.UNKNOWN, entry))
    return listed


def check_history(release: Release, entries: Sequence[Entry]) -> None:
    """Refuse what cannot go on: a migration that was changed, a newer database, a gap."""
    done = journal.migrations_of(entries)
    for migration in release.migrations:
        entry = done.get(migration.version)
        if entry is not None and not _is_same(entry, migration):
            renamed = "" if entry.name == migration.script.name else f" as {entry.name}"
            raise DeploymentError(
                f"{migration.script.name} was changed after it was applied{renamed}:"
                f" the database has checksum {entry.checksum.hex()},"
                f" the script {migration.script.checksum.hex()}."
                " Restore the script, and write a new migration for what is to change"
            )
    current = journal.current(entries)
    if current > release.version:
        names = ", ".join(
            entry.name for version, entry in done.items() if version > release.version
        )
        raise DeploymentError(
            f"the database is newer than this release: it has version {current} ({names}),"
            f" the release {release.version}. Deploy the newer release, or undo that with its own"
            f" couponry db rollback --to {release.version}"
        )
    for migration in release.migrations:
        if migration.version < current and migration.version not in done:
            raise DeploymentError(
                f"the database has a gap: {migration.script.name} was never applied,"
                f" but version {current} was"
            )


def plan_installation(release: Release, entries: Sequence[Entry]) -> list[Step]:
    """Everything for an empty database, the rest of it, or the code that has changed."""
    check_history(release, entries)
    steps = list(_deployment(release, entries, release.version))
    if not _is_fresh(entries):
        waiting = [step.script.name for step in steps if step.action is Action.MIGRATE]
        if waiting:
            raise DeploymentError(
                f"the database has data and waits for {', '.join(waiting)}:"
                " look at couponry db upgrade --dry-run, then run couponry db upgrade"
            )
        return steps
    # The tables are made as the newest migration leaves them; this is written down before the
    # code, so that whoever goes on after an interruption finds either no code or both.
    done = journal.migrations_of(entries)
    included = [
        Step(Action.RECORD, one.script, one)
        for one in release.migrations
        if one.version not in done
    ]
    steps = [step for step in steps if step.migration is None]
    place = next(
        (n for n, step in enumerate(steps) if step.script.kind is not Kind.SCHEMA), len(steps)
    )
    return steps[:place] + included + steps[place:]


def plan_upgrade(
    release: Release, entries: Sequence[Entry], *, to: int | None = None
) -> list[Step]:
    """Pending migrations, up to a version; with the last of them also the code."""
    if _is_fresh(entries):
        raise DeploymentError("nothing is installed, or not all of it: run couponry db install")
    check_history(release, entries)
    current = journal.current(entries)
    goal = _known(release, to) if to is not None else release.version
    if goal < current:
        raise UsageError(
            f"the database is at version {current}: couponry db rollback --to {goal} goes back"
        )
    return list(_deployment(release, entries, goal))


def plan_rollback(
    release: Release, entries: Sequence[Entry], *, to: int | None = None
) -> list[Step]:
    """The rollback scripts above a version, newest first; without one, of the newest migration."""
    if not entries:
        raise DeploymentError("nothing is installed")
    check_history(release, entries)
    current = journal.current(entries)
    goal = _known(release, to) if to is not None else max(current - 1, BASE)
    if goal > current:
        raise UsageError(
            f"the database is at version {current}: couponry db upgrade --to {goal} goes there"
        )
    done = journal.migrations_of(entries)
    return [
        Step(Action.UNDO, one.rollback, one)
        for one in reversed(release.since(goal))
        if one.version in done
    ]


def _deployment(release: Release, entries: Sequence[Entry], goal: int) -> Iterator[Step]:
    known, done = journal.scripts_of(entries), journal.migrations_of(entries)
    pending = [one for one in release.migrations if one.version not in done]
    coming = _tables_of([] if _is_fresh(entries) else pending)
    states = {
        script.name: _status(
            script, known.get(script.name), is_coming=script.object_name in coming
        ).state
        for script in release.scripts
    }
    _refuse_conflicts(states)
    tables = [one for one in release.scripts if one.kind is Kind.SCHEMA]
    code = [one for one in release.scripts if one.kind is not Kind.SCHEMA]
    if _is_fresh(entries):
        # Nothing holds data yet: the order of the scripts is the order of their dependencies.
        for script in release.scripts:
            if states[script.name] is not State.APPLIED:
                is_table = script.kind is Kind.SCHEMA
                yield Step(Action.CREATE if is_table else Action.APPLY, script)
        return
    for script in tables:
        # A new table that a migration names is made by that migration.
        if states[script.name] is State.PENDING and script.object_name not in coming:
            yield Step(Action.CREATE, script)
    for migration in pending:
        if migration.version <= goal:
            yield Step(Action.MIGRATE, migration.script, migration)
    if goal < release.version:
        return
    for script in tables:
        if states[script.name] is not State.APPLIED and (
            script.object_name in coming or states[script.name] is State.CHANGED
        ):
            yield Step(Action.RECORD, script)
    for script in code:
        if states[script.name] is not State.APPLIED:
            yield Step(Action.APPLY, script)


def _is_fresh(entries: Sequence[Entry]) -> bool:
    """Whether no code was ever deployed: then the tables, if there are any, hold nothing.

    The manifest, which the end of an installation writes down, counts as code.
    """
    kinds = {scripts.kind_of(entry.name) for entry in entries}
    return not kinds & {Kind.CODE, Kind.REPEATABLE}


def _known(release: Release, version: int) -> int:
    versions = [BASE, *(one.version for one in release.migrations)]
    if version not in versions:
        raise UsageError(
            f"version {version} is unknown: this release has {', '.join(map(str, versions))}"
        )
    return version


def _tables_of(migrations: Sequence[Migration]) -> frozenset[str]:
    return frozenset[str]().union(*(one.tables for one in migrations))


def _is_same(entry: Entry, migration: Migration) -> bool:
    return entry.name == migration.script.name and entry.checksum == migration.script.checksum


def _refuse_conflicts(states: Mapping[str, State]) -> None:
    names = [name for name, state in states.items() if state is State.CONFLICT]
    if names:
        raise DeploymentError(
            f"{', '.join(names)} changed after the database was made with it:"
            " undo the change, or write a migration in sql/migrations that names the table"
        )


def _status(script: Script, entry: Entry | None, *, is_coming: bool) -> Status:
    if entry is None:
        return Status(script, State.PENDING)
    if entry.checksum == script.checksum:
        state = State.APPLIED
    elif script.kind is not Kind.SCHEMA:
        state = State.CHANGED
    elif is_coming:
        state = State.OUTDATED
    else:
        state = State.CHANGED if entry.checksum == journal.CHANGED else State.CONFLICT
    return _with(script, state, entry)


def _with(script: Script, state: State, entry: Entry | None) -> Status:
    if entry is None:
        return Status(script, state)
    return Status(
        script, state, entry.version, entry.applied_at, entry.applied_by, entry.milliseconds
    )
