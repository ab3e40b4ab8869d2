"""What every node is, and the kinds of nodes that the others are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Node:
    line: int
    col: int


@dataclass(slots=True)
class Name(Node):
    """A one- to four-part name; ``parts`` never holds brackets or quotes ('' where omitted)."""

    parts: tuple[str, ...]

    @property
    def last(self) -> str:
        return self.parts[-1]


@dataclass(slots=True)
class Expr(Node):
    pass


@dataclass(slots=True)
class Source(Node):
    """Anything in FROM."""


@dataclass(slots=True)
class Statement(Node):
    pass


@dataclass(slots=True)
class Batch(Node):
    statements: list[Statement]
    text: str
