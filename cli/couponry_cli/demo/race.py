"""Many calls at the same moment, and how each of them ended."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from couponry_jobs import procedures
from couponry_jobs.errors import CouponryError

Call = Callable[[], procedures.Answer]


@dataclass(frozen=True, slots=True)
class Race:
    """How many calls had which outcome, and how long all of them took."""

    outcomes: Counter[str]
    seconds: float


def race(calls: Sequence[Call]) -> Race:
    """Every call in a thread of its own, all released at the same moment."""
    gate = threading.Barrier(len(calls) + 1)
    outcomes: list[str] = [""] * len(calls)

    def run(number: int, call: Call) -> None:
        gate.wait()
        try:
            call()
            outcomes[number] = "success"
        except CouponryError as error:
            outcomes[number] = error.code

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.monotonic()
    for thread in threads:
        thread.join()
    return Race(Counter(outcomes), time.monotonic() - started)
