"""A caller as jobs.md wants it: it repeats with the same key, and knows what it does not know."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pyodbc

from couponry_jobs.connection import Database, Session
from couponry_jobs.errors import (
    CouponryError,
    DatabaseFault,
    DatabaseTimeout,
    DatabaseUnreachable,
    TransientFault,
)
from couponry_jobs.retry import Retry
from tests.spec.calls import Answer, Fault, Row

LOST = (DatabaseUnreachable, DatabaseTimeout)
NO_NUMBER = (0, 596)
"""The driver gave up on the line; the session was killed."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer came, and the call may not be made again: it may have taken effect or not."""

    why: str


Outcome = Answer | Fault | Unknown


@dataclass(slots=True)
class Client:
    """One connection, made anew when it is lost. `dice` decides about the pauses, too."""

    database: Database
    dice: random.Random
    retry: Retry = field(init=False)
    repeated: Counter[str] = field(default_factory=Counter)
    """how often a call was made again, by reason"""
    _session: Session | None = None

    def __post_init__(self) -> None:
        plan = self.database.retry
        self.retry = Retry(
            tries=plan.tries,
            first_pause=plan.first_pause,
            longest_pause=plan.longest_pause,
            random=self.dice.random,
            notice=lambda error, _: self.repeated.update([reason(error)]),
        )

    def call(self, procedure: str, *, keyed: bool, **arguments: Any) -> Outcome:
        """The answer. After a lost connection only a keyed call is made again."""
        given = {parameter(name): value for name, value in arguments.items() if value is not None}
        text = ", ".join(f"{name} = ?" for name in given)
        return self.run(f"EXEC dbo.{procedure} {text};", *given.values(), keyed=keyed)

    def run(self, text: str, *bound: Any, keyed: bool) -> Outcome:
        try:
            sets = self.retry.run(lambda: self._once(text, bound), idempotent=keyed, keyed=keyed)
        except LOST as error:
            return Unknown(str(error))
        except DatabaseFault as error:
            return Fault(error.number, error.message)
        return Answer(tuple(sets))

    def _once(self, text: str, bound: tuple[Any, ...]) -> list[tuple[Row, ...]]:
        if self._session is None:
            self._session = self.database.open_session()
        try:
            return [tuple(found) for found in self._session.execute(text, bound)]
        except DatabaseFault as error:
            # Numbers of ours and of the retry rule leave the connection as it was.
            if not isinstance(error, TransientFault) and not 50000 <= error.number < 51000:
                self.hang_up()
            if error.number in NO_NUMBER:
                raise DatabaseUnreachable(error.message, sent=True) from error
            raise
        except CouponryError:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            # A dead connection may refuse even this.
            with suppress(pyodbc.Error):
                session.close()


def reason(error: CouponryError) -> str:
    return str(error.number) if isinstance(error, DatabaseFault) else error.name


def parameter(name: str) -> str:
    return "@" + "".join(part.capitalize() for part in name.split("_"))
