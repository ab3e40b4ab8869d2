"""The migrations of a release: what changes the tables of a database that is older than them.

A migration is a file of sql/migrations, named by its version and what it does, with a script of the
same name in sql/migrations/rollback that undoes it. Its header says which tables it changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from couponry_jobs import scripts
from couponry_jobs.errors import DeploymentError
from couponry_jobs.scripts import Kind, Script

FOLDER = "sql/migrations"
ROLLBACK = f"{FOLDER}/rollback"

# Versions below this one number the scripts that were applied to one database, in their order. It
# is the version of a whole database without migrations; beyond it each migration has one of its
# own, which is the same in every database.
BASE = 100_000

_NAME = re.compile(r"(\d{6})_[a-z0-9_]+")
_CHANGES = re.compile(r"^Changes:[ \t]*(.*\n(?:[ \t]+\S.*\n)*)", re.MULTILINE)
_NO_TRANSACTION = re.compile(r"^Transaction:[ \t]*none\b", re.MULTILINE)
_TABLE = re.compile(r"\bdbo\.(\w+)")


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    script: Script
    rollback: Script
    tables: frozenset[str]
    """The tables whose scripts are as they are because of this migration."""
    has_transaction: bool = True
    """False where a statement refuses one; such a script may break off after any batch."""


def read_migrations(root: Path | None = None) -> list[Migration]:
    """The migrations of a release by version: none is missing, each can be undone."""
    base = root or scripts.scripts_root()
    files = sorted((base / FOLDER).glob("*.sql"))
    undone = {file.name for file in (base / ROLLBACK).glob("*.sql")}
    found = [_read(base, file) for file in files]
    for orphan in sorted(undone - {file.name for file in files}):
        raise DeploymentError(f"{ROLLBACK}/{orphan} undoes no migration of this release")
    for number, migration in enumerate(found, start=BASE + 1):
        if migration.version < number:
            raise DeploymentError(f"{FOLDER} has two migrations of version {migration.version}")
        if migration.version > number:
            raise DeploymentError(
                f"{FOLDER} has a gap: version {number} is missing before {migration.script.name}"
            )
    return found


def newest(migrations: Sequence[Migration]) -> int:
    return migrations[-1].version if migrations else BASE


def _read(base: Path, file: Path) -> Migration:
    name = f"{FOLDER}/{file.name}"
    named = _NAME.fullmatch(file.stem)
    if named is None:
        raise DeploymentError(f"{name}: a migration is named {BASE + 1}_what_it_does.sql")
    rollback = base / ROLLBACK / file.name
    if not rollback.is_file():
        raise DeploymentError(f"{name} has no rollback script {ROLLBACK}/{file.name}")
    text = file.read_text("utf-8-sig").replace("\r\n", "\n")
    changes = _CHANGES.search(text)
    if changes is None:
        raise DeploymentError(
            f"{name}: its header has no line 'Changes:' with the tables it changes, or 'nothing'"
        )
    return Migration(
        int(named[1]),
        Script(name, Kind.MIGRATION, text),
        Script(f"{ROLLBACK}/{file.name}", Kind.MIGRATION, rollback.read_text("utf-8-sig")),
        frozenset(_TABLE.findall(changes[1])),
        _NO_TRANSACTION.search(text) is None,
    )
