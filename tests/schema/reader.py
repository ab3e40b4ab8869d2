"""The table scripts as data: a reader for exactly the form in which they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TABLE = re.compile(r"^CREATE TABLE dbo\.(\w+)\n\(\n(.*?)^\);", re.MULTILINE | re.DOTALL)
COLUMN = re.compile(
    r"(?P<name>\w+) (?P<type>\w+(?:\([^)]*\))?)"
    r"(?: COLLATE (?P<collation>\w+))?"
    r"(?P<identity> IDENTITY \(1, 1\))?"
    r" (?P<null>NOT NULL|NULL)"
    r"(?: CONSTRAINT (?P<default_name>\w+) DEFAULT \((?P<default>.*)\))?"
)
COMPUTED = re.compile(r"(?P<name>\w+) AS \((?P<definition>.*)\) PERSISTED")
CONSTRAINT = re.compile(r"CONSTRAINT (?P<name>\w+) (?P<kind>PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK)")
REFERENCE = re.compile(r"REFERENCES dbo\.(\w+)")
INDEX = re.compile(
    r"^CREATE (?P<unique>UNIQUE )?NONCLUSTERED INDEX (?P<name>\w+)\s+"
    r"ON dbo\.\w+ \((?P<keys>[^)]*)\)"
    r"(?:\s+INCLUDE \((?P<include>[^)]*)\))?"
    r"(?:\s+WHERE (?P<filter>[^;]*))?;",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    collation: str | None
    nullable: bool
    identity: bool
    computed: bool
    default_name: str | None
    default: str | None


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    unique: bool
    keys: tuple[str, ...]
    include: tuple[str, ...]
    filter: str | None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    constraints: dict[str, str]
    """Name and kind of every constraint but the defaults."""
    references: tuple[str, ...]
    indexes: tuple[Index, ...]
    text: str

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def read_tables() -> dict[str, Table]:
    """Every table of sql/schema by name."""
    files = sorted((ROOT / "sql" / "schema").glob("*.sql"))
    return {file.stem: read_table(file.read_text(encoding="utf-8")) for file in files}


def read_table(text: str) -> Table:
    match = TABLE.search(text)
    assert match is not None, "no CREATE TABLE in its usual form"
    items = list(_items(match[2]))
    return Table(
        name=match[1],
        columns=tuple(_column(item) for item in items if not item.startswith("CONSTRAINT")),
        constraints=dict(_constraint(item) for item in items if item.startswith("CONSTRAINT")),
        references=tuple(REFERENCE.findall(match[2])),
        indexes=tuple(_index(found) for found in INDEX.finditer(text)),
        text=text,
    )


def _items(body: str) -> Iterator[str]:
    """The parts between the commas of the outermost level, each on one line."""
    depth, start = 0, 0
    quoted = False
    for place, letter in enumerate(body):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and depth == 0:
            yield " ".join(body[start:place].split())
            start = place + 1
    yield " ".join(body[start:].split())


def _column(item: str) -> Column:
    computed = COMPUTED.fullmatch(item)
    if computed is not None:
        return Column(computed["name"], "computed", None, True, False, True, None, None)
    match = COLUMN.fullmatch(item)
    assert match is not None, item
    return Column(
        name=match["name"],
        type=match["type"].replace(", ", ","),
        collation=match["collation"],
        nullable=match["null"] == "NULL",
        identity=match["identity"] is not None,
        computed=False,
        default_name=match["default_name"],
        default=match["default"],
    )


def _constraint(item: str) -> tuple[str, str]:
    match = CONSTRAINT.match(item)
    assert match is not None, item
    return match["name"], match["kind"]


def _index(match: re.Match[str]) -> Index:
    return Index(
        name=match["name"],
        unique=match["unique"] is not None,
        keys=_names(match["keys"]),
        include=_names(match["include"] or ""),
        filter=match["filter"],
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
