"""The T-SQL scripts as files: where they are, in which order they go, what batches they hold."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from couponry_jobs.errors import DeploymentError


class Kind(Enum):
    """What happens to a script that has changed since it was applied."""

    SCHEMA = "schema"  # tables hold data: a change needs a migration
    CODE = "code"  # CREATE OR ALTER: applied again
    REPEATABLE = "repeatable"  # guarded statements, such as grants: applied again
    MIGRATION = "migration"  # changes tables: run once, never changed afterwards


# Folders whose scripts are not plain code.
KINDS: Mapping[str, Kind] = {
    "sql/types": Kind.SCHEMA,
    "sql/schema": Kind.SCHEMA,
    "sql/security": Kind.REPEATABLE,
    "sql/seed": Kind.REPEATABLE,
    "sql/optional": Kind.REPEATABLE,
    "sql/migrations": Kind.MIGRATION,
}

# Names the scripts of an installation, one a line, in their order; a folder with / at its end.
MANIFEST = "sql/manifest.txt"

# The first table of all: every later step is written down in it.
LEDGER = "SchemaVersions"

_GO = re.compile(r"^[ \t]*GO[ \t]*(?:--.*)?$", re.IGNORECASE)
# Comments, strings and quoted names, so that what they hold is not taken for code.
_TOKENS = re.compile(
    r"""(?P<line>--[^\n]*)|(?P<open>/\*)|(?P<text>N?'(?:[^']|'')*')|(?P<name>\[(?:[^\]]|\]\])*\])"""
)
_REFERENCE = re.compile(r"\bdbo\s*\.\s*\[?(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    """The path below the root, with slashes; the name in SchemaVersions."""
    kind: Kind
    text: str

    @property
    def object_name(self) -> str:
        return Path(self.name).stem

    @property
    def checksum(self) -> bytes:
        # Line ends depend on the checkout, the script does not.
        return hashlib.sha256(self.text.replace("\r\n", "\n").encode()).digest()

    @property
    def batches(self) -> list[str]:
        return split_batches(self.text)


def scripts_root() -> Path:
    """The folder with sql/, procedures/ and views/: inside the package, or the checkout's."""
    here = Path(__file__).resolve()
    packaged = here.parent / "tsql"
    if (packaged / "sql").is_dir():
        return packaged
    checkout = here.parents[2]
    if (checkout / "sql" / "schema").is_dir():
        return checkout
    raise DeploymentError("the T-SQL scripts are neither in the package nor beside it")


def kind_of(name: str) -> Kind:
    return next((kind for at, kind in KINDS.items() if name.startswith(f"{at}/")), Kind.CODE)


def read_scripts(root: Path | None = None) -> list[Script]:
    """Every script of an installation, in the order in which they have to be applied."""
    base = root or scripts_root()
    found: list[Script] = []
    for line in (base / MANIFEST).read_text("utf-8").splitlines():
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        files = sorted((base / entry).glob("*.sql")) if entry.endswith("/") else [base / entry]
        for file in files:
            if not file.is_file():
                raise DeploymentError(f"{MANIFEST} names {entry}, which does not exist")
            name = file.relative_to(base).as_posix()
            found.append(Script(name, kind_of(name), file.read_text("utf-8-sig")))
    if not found:
        raise DeploymentError(f"{MANIFEST} names no scripts")
    return in_order(found)


def in_order(scripts: Iterable[Script]) -> list[Script]:
    """The order given, but each script after those whose objects it names.

    A folder's scripts come by their names, and the table that keeps the record of the others is
    needed by all of them: both are put right here.
    """
    listed = list(scripts)
    place = {script.name: number for number, script in enumerate(listed)}
    # Grants and seed data make no object, whatever their files are called.
    makers = {
        script.object_name.lower(): script.name
        for script in listed
        if script.kind is not Kind.REPEATABLE
    }
    waits: dict[str, set[str]] = {script.name: _needed(script, makers, place) for script in listed}
    by_name = {script.name: script for script in listed}
    followers: dict[str, list[str]] = {}
    for name, needed in waits.items():
        for other in needed:
            followers.setdefault(other, []).append(name)

    ready = [(place[name], name) for name, needed in waits.items() if not needed]
    heapq.heapify(ready)
    ordered: list[Script] = []
    while waits:
        if not ready:
            # Procedures may call each other in a circle; the server resolves them when they run.
            first = min(waits, key=place.__getitem__)
            waits[first].clear()
            ready.append((place[first], first))
        _, name = heapq.heappop(ready)
        if name not in waits:
            continue
        del waits[name]
        ordered.append(by_name[name])
        for follower in followers.get(name, ()):
            if follower in waits:
                waits[follower].discard(name)
                if not waits[follower]:
                    heapq.heappush(ready, (place[follower], follower))
    return ordered


def _needed(script: Script, makers: Mapping[str, str], place: Mapping[str, int]) -> set[str]:
    if script.kind is Kind.REPEATABLE:
        # Grants and settings name what exists by then; folder order is enough.
        return {name for name in place if place[name] < place[script.name]}
    named = {word.lower() for word in _REFERENCE.findall(without_comments(script.text))}
    needed = {makers[word] for word in named if word in makers} - {script.name}
    ledger = makers.get(LEDGER.lower())
    if ledger is not None and script.name != ledger:
        needed.add(ledger)
    return needed


def without_comments(text: str) -> str:
    """The text with blanks for comments and strings; quoted names stay."""
    kept: list[str] = []
    at = 0
    while (found := _TOKENS.search(text, at)) is not None:
        kept.append(text[at : found.start()])
        at = _end_of_comment(text, found.end()) if found["open"] else found.end()
        kept.append(found.group() if found["name"] else " ")
    kept.append(text[at:])
    return "".join(kept)


def split_batches(text: str) -> list[str]:
    """The batches between GO lines. A GO inside a comment or a string does not count."""
    text = text.replace("\r\n", "\n")
    hidden: set[int] = set()
    at = 0
    while (found := _TOKENS.search(text, at)) is not None:
        at = _end_of_comment(text, found.end()) if found["open"] else found.end()
        # Lines that begin inside a comment, a string or a quoted name.
        first = text.count("\n", 0, found.start()) + 1
        hidden.update(range(first, first + text.count("\n", found.start(), at)))

    batches: list[str] = []
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        if _GO.match(line) and number not in hidden:
            batches.append("\n".join(lines))
            lines = []
        else:
            lines.append(line)
    batches.append("\n".join(lines))
    return [batch for batch in batches if without_comments(batch).strip()]


def _end_of_comment(text: str, at: int) -> int:
    """Where the block comment ends that was opened before at; they nest in T-SQL."""
    depth = 1
    for mark in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return at + mark.end()
    return len(text)
