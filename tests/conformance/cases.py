"""The cases: scripts with what SQL Server answers to them, read from ``subjects/*.sql``.

A file is one subject. Its first line is its title; ``--! setup`` begins a script that is run once,
``--! each`` one that is run before every case, ``--! case NAME`` a case. A case is one batch, or
several that ``GO`` parts, on one connection. After each batch stands what the server answers:

    --> columns a int not null, b decimal(5,2)   the shape of a result set (types may be left out)
    --> 1 | two | NULL                           a row; 'quoted' keeps blanks, 'NULL' is a text
    --> no rows                                  a result set without any
    --> error 8134, severity 16, state 1, line 3: Divide by zero…     (… stands for anything)
    --> message 50000, severity 10: text         a warning or notice
    --> print text
    --> rowcount 3                               checked where a batch names any

``--? refused: word`` after the name of a case says that a development server may refuse it, and
``--? differs: word`` that it may answer otherwise; the word stands in docs/standin.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "subjects"
MARK = "--> "
MESSAGE = re.compile(
    r"(?P<kind>error|message) (?P<number>\d+)(, severity (?P<severity>\d+))?"
    r"(, state (?P<state>\d+))?(, line (?P<line>\d+))?(, procedure (?P<procedure>[^\s:]+))?"
    r"(: (?P<text>.*))?"
)
COLUMN = re.compile(
    r"(?P<name>\[[^\]]*\]|[^\s,]+)(?: (?P<type>[a-z0-9]+(?:\([0-9a-z,]+\))?))??"
    r"(?: (?P<null>null|not null))?(?:, |$)"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Expected columns: (name, type or '', nullable or None)."""

    columns: list[tuple[str, str, bool | None]]


@dataclass(slots=True)
class Table:
    """An expected result set."""

    shape: Shape | None = None
    rows: list[list[str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Notice:
    """An expected message; what is None may be anything."""

    number: int
    is_error: bool
    severity: int | None = None
    state: int | None = None
    line: int | None = None
    procedure: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    rows: int


Expected = Table | Notice | Affected


@dataclass(slots=True)
class Step:
    """A batch and what is expected of it; ``silent`` expects nothing and allows no error."""

    batch: str
    expected: list[Expected]


@dataclass(slots=True)
class Case:
    subject: str
    name: str
    steps: list[Step]
    refused: str = ""
    differs: str = ""

    @property
    def identifier(self) -> str:
        return f"{self.subject}: {self.name}"

    @property
    def is_marked(self) -> bool:
        return bool(self.refused or self.differs)


@dataclass(slots=True)
class Subject:
    key: str
    title: str
    setup: list[str]
    each: list[str]
    cases: list[Case]


def subjects() -> list[Subject]:
    return [read(path) for path in sorted(FOLDER.glob("*.sql"))]


def read(path: Path) -> Subject:
    lines = path.read_text(encoding="utf-8").splitlines()
    subject = Subject(path.stem, lines[0].removeprefix("--").strip(), [], [], [])
    section, body = "", list[str]()
    for number, line in enumerate([*lines[1:], "--! end"], 2):
        if not line.startswith("--! "):
            body.append(line)
            continue
        _take(subject, section, body, path)
        section, body = line.removeprefix("--! ").strip(), []
        if section.split(" ")[0] not in ("setup", "each", "case", "end"):
            raise ValueError(f"{path.name}:{number}: {line}")
    names = [case.name for case in subject.cases]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{path.name}: two cases are named {twice}")
    return subject


def _take(subject: Subject, section: str, body: list[str], path: Path) -> None:
    if section.startswith("setup"):
        subject.setup += read_batches(body)
    elif section.startswith("each"):
        subject.each += read_batches(body)
    elif section.startswith("case "):
        case = Case(subject.key, section.removeprefix("case ").strip(), [])
        rest: list[str] = []
        for line in body:
            if line.startswith("--? refused: "):
                case.refused = line.removeprefix("--? refused: ").strip()
            elif line.startswith("--? differs: "):
                case.differs = line.removeprefix("--? differs: ").strip()
            else:
                rest.append(line)
        try:
            case.steps += [read_step(batch) for batch in read_batches(rest)]
        except ValueError as problem:
            raise ValueError(f"{path.name}: {case.name}: {problem}") from None
        subject.cases.append(case)


def read_batches(lines: list[str]) -> list[str]:
    """The batches that GO parts."""
    found = re.split(r"^GO$", "\n".join(lines), flags=re.MULTILINE)
    return [batch.strip("\n") for batch in found if batch.strip()]


def read_step(text: str) -> Step:
    """A batch and its expectations, which are comments to the server."""
    expected: list[Expected] = []
    for line in text.splitlines():
        if line.startswith("-->"):
            _expect(line.removeprefix("-->").strip(" "), expected)
    return Step(text, expected)


def _expect(text: str, expected: list[Expected]) -> None:
    if text == "no rows":
        if not (expected and isinstance(expected[-1], Table) and not expected[-1].rows):
            expected.append(Table())
    elif text.startswith("columns "):
        expected.append(Table(_shape(text.removeprefix("columns "))))
    elif text.startswith("rowcount "):
        expected.append(Affected(int(text.removeprefix("rowcount "))))
    elif text == "print" or text.startswith("print "):
        expected.append(Notice(0, False, text=text.removeprefix("print").removeprefix(" ")))
    elif (found := MESSAGE.fullmatch(text)) is not None:
        number = {key: int(found[key]) if found[key] else None for key in ("severity", "state")}
        expected.append(
            Notice(
                int(found["number"]),
                found["kind"] == "error",
                line=int(found["line"]) if found["line"] else None,
                procedure=found["procedure"],
                text=found["text"],
                **number,
            )
        )
    elif text == "next":
        expected.append(Table())
    else:
        if not (expected and isinstance(expected[-1], Table)):
            expected.append(Table())
        table = expected[-1]
        assert isinstance(table, Table)
        table.rows.append([_value(each.strip(" ")) for each in text.split(" | ")])


def _value(text: str) -> str | None:
    if text == "NULL":
        return None
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _shape(text: str) -> Shape:
    columns: list[tuple[str, str, bool | None]] = []
    place = 0
    while place < len(text):
        found = COLUMN.match(text, place)
        if found is None:
            raise ValueError(f"not a list of columns: {text}")
        name = found["name"]
        name = name[1:-1] if name.startswith("[") else name
        nullable = {"null": True, "not null": False}.get(found["null"] or "")
        columns.append(("" if name == "_" else name, found["type"] or "", nullable))
        place = found.end()
    return Shape(columns)
