"""PL/pgSQL text with the T-SQL line of each of its lines."""

from __future__ import annotations

import hashlib


class CodeLines:
    """Collects PL/pgSQL lines; ``line`` is the T-SQL line that is being compiled."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lines: list[int] = []
        self.owners: list[str] = []
        """of each line, the procedure that it was expanded from, or ''"""
        self.line = 0

    def add(self, text: str) -> None:
        for each in text.split("\n"):
            self.texts.append(each)
            self.lines.append(self.line)
            self.owners.append("")

    def insert(self, place: int, text: str) -> None:
        """Put a line in front of one that is there."""
        self.texts.insert(place, text)
        self.lines.insert(place, self.lines[place] if place < len(self.lines) else self.line)
        self.owners.insert(place, "")

    def extend(self, other: CodeLines, owner: str = "") -> None:
        self.texts.extend(other.texts)
        self.lines.extend(other.lines)
        self.owners.extend(each or owner for each in other.owners)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
