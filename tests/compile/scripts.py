"""The scripts to compile and what is said about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FOLDERS = ("sql", "views", "procedures")
# What changes a database that is there already: it creates nothing that the other scripts do not.
CHANGES = ("sql/migrations/", "sql/optional/")
COMMENT_OR_STRING = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Script:
    """One file."""

    path: str
    text: str

    @property
    def is_change(self) -> bool:
        return self.path.startswith(CHANGES)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of a character."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - before.rfind("\n")

    def find_word(self, word: str) -> tuple[int, int] | None:
        """Where a name first stands outside comments and strings."""
        code = COMMENT_OR_STRING.sub(lambda match: re.sub(r"\S", " ", match[0]), self.text)
        found = re.search(rf"(?<![\w@#]){re.escape(word)}(?!\w)", code, re.IGNORECASE)
        return self.position(found.start()) if found else None


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One complaint of the compiler."""

    path: str
    line: int
    column: int
    severity: str
    code: str
    text: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}"
        return f"{place}: {self.severity} {self.code}: {self.text}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one compilation saw."""

    scripts: int
    objects: int
    findings: tuple[Finding, ...]

    def about(self, paths: Iterable[str]) -> Outcome:
        """The same compilation, with the findings of some files only."""
        chosen = set(paths)
        return replace(self, findings=tuple(one for one in self.findings if one.path in chosen))

    def __str__(self) -> str:
        return f"{self.scripts} scripts, {self.objects} objects, {len(self.findings)} findings"


def read_scripts(root: Path, paths: Iterable[Path]) -> tuple[Script, ...]:
    """Every *.sql file under `paths`, named relative to `root` where it lies inside."""
    return tuple(
        Script(_name(file, root), file.read_text(encoding="utf-8-sig"))
        for path in paths
        for file in _files(path)
    )


def _files(path: Path) -> Iterator[Path]:
    yield from sorted(path.rglob("*.sql")) if path.is_dir() else [path]


def _name(file: Path, root: Path) -> str:
    resolved = file.resolve()
    return str(resolved.relative_to(root) if resolved.is_relative_to(root) else resolved)
