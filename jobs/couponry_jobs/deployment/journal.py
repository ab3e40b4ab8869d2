"""dbo.SchemaVersions: what was done to this database, when and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from couponry_jobs.connection import Session
from couponry_jobs.deployment.migrations import BASE, Migration
from couponry_jobs.errors import DeploymentError
from couponry_jobs.scripts import Script

# Instead of a checksum: a migration, or its rollback, has changed the table since its script made
# it. The release whose migrations the database has then takes the table for its own.
CHANGED = b""


@dataclass(frozen=True, slots=True)
class Entry:
    version: int
    name: str
    checksum: bytes
    applied_at: datetime
    applied_by: str
    milliseconds: int | None


def read(session: Session) -> list[Entry]:
    """Everything in its order; nothing where nothing was ever installed."""
    known = session.execute("SELECT OBJECT_ID(N'dbo.SchemaVersions', N'U') AS Id")[0].rows[0][0]
    if known is None:
        return []
    rows = session.execute(
        "SELECT Version, Name, Checksum, AppliedAt, AppliedBy, DurationMs"
        " FROM dbo.SchemaVersions ORDER BY Version"
    )[0].rows
    return [
        Entry(
            cast(int, version),
            str(name),
            bytes(cast(bytes, checksum)),
            cast(datetime, applied_at),
            str(applied_by),
            cast("int | None", milliseconds),
        )
        for version, name, checksum, applied_at, applied_by, milliseconds in rows
    ]


def scripts_of(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """By name. A script that was applied again has several entries; the last one counts."""
    return {entry.name: entry for entry in entries if entry.version < BASE}


def migrations_of(entries: Iterable[Entry]) -> Mapping[int, Entry]:
    return {entry.version: entry for entry in entries if entry.version > BASE}


def current(entries: Iterable[Entry]) -> int:
    """The version of the tables: that of the newest migration."""
    return max(migrations_of(entries), default=BASE)


def version(session: Session) -> int:
    row = session.execute("SELECT COALESCE(MAX(Version), 0) AS V FROM dbo.SchemaVersions")[0].rows
    return int(cast(int, row[0][0]))


def write(
    session: Session, script: Script, milliseconds: int | None, *, checksum: bytes | None = None
) -> None:
    """A script was applied; its number is the next one below the versions of migrations."""
    answer = session.execute(
        "INSERT INTO dbo.SchemaVersions (Version, Name, Checksum, AppliedBy, DurationMs)"
        " OUTPUT inserted.Version"
        " SELECT COALESCE(MAX(Version), 0) + 1, ?, ?, ORIGINAL_LOGIN(), ?"
        f" FROM dbo.SchemaVersions WHERE Version < {BASE}",
        [script.name, script.checksum if checksum is None else checksum, milliseconds],
    )
    if int(cast(int, answer[0].rows[0][0])) >= BASE:
        raise DeploymentError(f"SchemaVersions has no number below {BASE} left for scripts")


def write_base(session: Session, manifest: Script) -> None:
    """The installation is whole: from now on the database has the version without migrations."""
    session.execute(
        "INSERT INTO dbo.SchemaVersions (Version, Name, Checksum, AppliedBy)"
        f" SELECT {BASE}, ?, ?, ORIGINAL_LOGIN()"
        f" WHERE NOT EXISTS (SELECT 1 FROM dbo.SchemaVersions WHERE Version = {BASE})",
        [manifest.name, manifest.checksum],
    )


def write_migration(session: Session, migration: Migration, milliseconds: int | None) -> None:
    """A migration was run; without a duration: the tables were made with it."""
    session.execute(
        "INSERT INTO dbo.SchemaVersions"
        " (Version, Name, Checksum, AppliedBy, DurationMs, RollbackScript)"
        " VALUES (?, ?, ?, ORIGINAL_LOGIN(), ?, ?)",
        [
            migration.version,
            migration.script.name,
            migration.script.checksum,
            milliseconds,
            migration.rollback.name,
        ],
    )


def remove_migration(session: Session, migration: Migration) -> None:
    session.execute("DELETE FROM dbo.SchemaVersions WHERE Version = ?", [migration.version])
