"""PL/pgSQL text with the T-SQL line of each of its lines."""

from __future__ import annotations

import hashlib


class CodeLines:
    """Collects PL/pgSQL lines; ``line`` is the T-SQL line that is being compiled."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.lines: list[int] = []
        self.line = 0

    def add(self, text: str) -> None:
        for each in text.split("\n"):
            self.texts.append(each)
            self.lines.append(self.line)

    def extend(self, other: CodeLines) -> None:
        self.texts.extend(other.texts)
        self.lines.extend(other.lines)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
