"""What a rule is: a difference, what couponry avoids for it, and how that is looked for.

A rule quotes the words of docs/standin.md that it is about. ``breaks`` is a script that would see
the difference, ``keeps`` one that does not: the tests show the rule both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from couponry_standin.tsql import tree

from .corpus import Script

Meets = Callable[[Script], Iterator[tree.Node]]
"""The places of a script that would show the difference."""


@dataclass(frozen=True, slots=True)
class Rule:
    quotes: tuple[str, ...]
    avoids: str
    breaks: str
    keeps: str
    meets: Meets
    seen: Mapping[str, str] = field(default_factory=dict[str, str])
    """scripts that meet the rule, and why nobody sees a difference all the same"""


@dataclass(frozen=True, slots=True)
class Told:
    """A difference that no text of a script decides, with the reason why none is seen."""

    quotes: tuple[str, ...]
    why: str


RULES: list[Rule] = []
TOLD: list[Told] = []


def rule(
    *quotes: str,
    avoids: str,
    breaks: str,
    keeps: str,
    seen: Mapping[str, str] | None = None,
) -> Callable[[Meets], Meets]:
    """Registers the function below it as the rule's predicate."""

    def register(meets: Meets) -> Meets:
        RULES.append(Rule(quotes, avoids, breaks, keeps, meets, seen or {}))
        return meets

    return register


def told(*quotes: str, why: str) -> None:
    TOLD.append(Told(quotes, why))
