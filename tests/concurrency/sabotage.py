"""Taking guards out of the scripts, to show what they guard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from couponry_jobs.scripts import split_batches
from tests.spec.office import Office

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("procedures/*", "sql/functions", "views")

Changes = Mapping[str, Mapping[str, str]]
"""Of each procedure, the texts that are replaced and what stands in their place."""


def script(procedure: str) -> str:
    """The script of a procedure, a function or a view."""
    found = [path for folder in FOLDERS for path in ROOT.glob(f"{folder}/{procedure}.sql")]
    assert len(found) == 1, f"{procedure} has {len(found)} scripts"
    return found[0].read_text(encoding="utf-8")


def changed(procedure: str, replacements: Mapping[str, str]) -> str:
    """The script with each text replaced. A text that is not there exactly once is an error: then
    the guard has moved, and its proof must follow."""
    text = script(procedure)
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{procedure} holds this {text.count(old)} times: {old}"
        text = text.replace(old, new)
    return text


def together(*parts: Changes) -> Changes:
    """Several changes as one, also where they concern the same procedure."""
    merged: dict[str, dict[str, str]] = {}
    for part in parts:
        for procedure, replacements in part.items():
            merged.setdefault(procedure, {}).update(replacements)
    return merged


@contextmanager
def sabotaged(office: Office, changes: Changes) -> Iterator[None]:
    """Procedures without a guard, for as long as the block lasts."""
    texts = [changed(procedure, replacements) for procedure, replacements in changes.items()]
    try:
        for text in texts:
            _deploy(office, text)
        yield
    finally:
        for procedure in changes:
            _deploy(office, script(procedure))


def _deploy(office: Office, text: str) -> None:
    for batch in split_batches(text):
        office.write(batch)


def index(name: str) -> tuple[str, str]:
    """The table of an index, and the statement that makes it."""
    pattern = rf"CREATE UNIQUE NONCLUSTERED INDEX {name}\n    ON dbo\.(\w+) [^;]*;"
    found = [
        (one[1], one[0])
        for path in ROOT.glob("sql/schema/*.sql")
        for one in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]
    assert len(found) == 1, f"{name} is made {len(found)} times"
    return found[0]


@contextmanager
def unindexed(office: Office, *indexes: str) -> Iterator[None]:
    """Tables without these unique keys; rows that break them must not stay."""
    made = {name: index(name) for name in indexes}
    for name, (table, _) in made.items():
        office.write(f"DROP INDEX {name} ON dbo.{table};")
    try:
        yield
    finally:
        for _, statement in made.values():
            office.write(statement)


@contextmanager
def unchecked(office: Office, *constraints: str) -> Iterator[None]:
    """A table without these CHECK constraints; the rows that break them may stay afterwards."""
    found = [
        office.row(
            "SELECT OBJECT_NAME(parent_object_id) AS TableName, definition AS Definition"
            " FROM sys.check_constraints WHERE name = ?;",
            name,
        )
        for name in constraints
    ]
    for name, row in zip(constraints, found, strict=True):
        office.write(f"ALTER TABLE dbo.{row['TableName']} DROP CONSTRAINT {name};")
    try:
        yield
    finally:
        for name, row in zip(constraints, found, strict=True):
            office.write(
                f"ALTER TABLE dbo.{row['TableName']} WITH NOCHECK"
                f" ADD CONSTRAINT {name} CHECK {row['Definition']};"
            )
