"""The one place where a call is made again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from couponry_jobs.errors import (
    BROKEN_OFF,
    DUPLICATE,
    REFUSED,
    ROLLED_BACK,
    CouponryError,
    DatabaseFault,
    DatabaseUnreachable,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, how long apart, and with whose clock and dice."""

    tries: int = 5
    first_pause: float = 0.2
    longest_pause: float = 10.0
    jitter: float = 0.25
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    notice: Callable[[CouponryError, int], None] | None = None
    """Told of each failure that is going to be tried again, with the number of the try."""
    ended: Callable[[CouponryError | None], None] | None = None
    """Told how each call came to its end, after the last try."""

    def pause(self, attempt: int) -> float:
        """Seconds to wait after the failed try number attempt (from 1)."""
        planned = min(self.first_pause * 2 ** (attempt - 1), self.longest_pause)
        spread = 1 + self.jitter * (2 * self.random() - 1)
        return min(planned * spread, self.longest_pause)

    def run(self, action: Callable[[], T], *, idempotent: bool = False, keyed: bool = False) -> T:
        """The action's result, trying again as often as its error and its nature allow."""
        attempt = 1
        while True:
            try:
                result = action()
            except CouponryError as error:
                if attempt >= self.tries or not may_repeat(
                    error, idempotent=idempotent, keyed=keyed
                ):
                    if self.ended is not None:
                        self.ended(error)
                    raise
                if self.notice is not None:
                    self.notice(error, attempt)
            else:
                if self.ended is not None:
                    self.ended(None)
                return result
            self.sleep(self.pause(attempt))
            attempt += 1


def may_repeat(error: CouponryError, *, idempotent: bool, keyed: bool) -> bool:
    """Whether making the call again can help and cannot do its work twice."""
    if isinstance(error, DatabaseUnreachable):
        return idempotent or not error.sent
    if isinstance(error, DatabaseFault):
        if error.number in ROLLED_BACK | REFUSED:
            return True
        if error.number in DUPLICATE:
            return keyed
        if error.number in BROKEN_OFF:
            return idempotent
    return False
