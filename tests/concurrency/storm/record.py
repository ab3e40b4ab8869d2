"""What the callers of a storm were told, and what they could not learn."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from tests.concurrency.storm.client import Outcome, Unknown
from tests.spec.calls import Answer, Fault


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was asked for under one key (or without one), and what was heard of it."""

    kind: str
    key: str | None
    code: str
    user: str
    heard: bool
    redemption: int | None = None
    reservation: int | None = None
    refunded: Decimal | None = None


@dataclass(slots=True)
class Record:
    """Filled by all lanes."""

    attempts: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """how calls ended, by procedure and outcome"""
    repeated: Counter[str] = field(default_factory=Counter)
    deeds: list[Deed] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self, procedure: str, outcome: Outcome) -> None:
        with self._lock:
            if isinstance(outcome, Unknown):
                self.ends[f"{procedure} unknown"] += 1
            elif isinstance(outcome, Fault):
                self.ends[f"{procedure} {outcome.number}"] += 1
                self.complaints.append(f"{procedure} threw {outcome}")
            else:
                self.ends[f"{procedure} {name(outcome)}"] += 1

    def note(self, deed: Deed) -> None:
        with self._lock:
            self.deeds.append(deed)

    def complain(self, text: str) -> None:
        with self._lock:
            self.complaints.append(text)

    def add(self, attempts: int, repeated: Counter[str]) -> None:
        with self._lock:
            self.attempts += attempts
            self.repeated.update(repeated)

    @property
    def successes(self) -> int:
        return sum(number for end, number in self.ends.items() if end.endswith(" success"))

    @property
    def unknown(self) -> int:
        return sum(number for end, number in self.ends.items() if end.endswith(" unknown"))


def name(answer: Answer) -> str:
    row = answer.row if answer.sets and answer.sets[0] else {}
    return str(row.get("ErrorCode") or "success")
