"""PL/pgSQL text with the T-SQL line and column of each of its lines."""

from __future__ import annotations

import hashlib

from .. import tree


class CodeLines:
    """Collects PL/pgSQL lines; ``line`` and ``col`` are the statement's that is being compiled."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lines: list[int] = []
        self.cols: list[int] = []
        self.owners: list[str] = []
        """of each line, the procedure that it was expanded from, or ''"""
        self.line = 0
        self.col = 0

    def add(self, text: str) -> None:
        for each in text.split("\n"):
            self.texts.append(each)
            self.lines.append(self.line)
            self.cols.append(self.col)
            self.owners.append("")

    def insert(self, place: int, text: str) -> None:
        """Put a line in front of one that is there."""
        self.texts.insert(place, text)
        is_before = place < len(self.lines)
        self.lines.insert(place, self.lines[place] if is_before else self.line)
        self.cols.insert(place, self.cols[place] if is_before else self.col)
        self.owners.insert(place, "")

    def extend(self, other: CodeLines, owner: str = "") -> None:
        self.texts.extend(other.texts)
        self.lines.extend(other.lines)
        self.cols.extend(other.cols)
        self.owners.extend(each or owner for each in other.owners)

    def at(self, node: tree.Node) -> None:
        """What is added next is of this statement."""
        self.line, self.col = node.line, node.col

    def drop_last(self) -> None:
        del self.texts[-1], self.lines[-1], self.cols[-1], self.owners[-1]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
