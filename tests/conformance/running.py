"""Runs the cases on an endpoint: one database for all, one connection for each case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from couponry_jobs.settings import Settings
from tests.conformance.cases import Case, Step, Subject
from tests.conformance.comparison import difference, shown_all
from tests.conformance.odbc import Connection, Driver, Event, Message
from tests.endpoint import fresh_database

NOT_SUPPORTED = 40517

PASSED, REFUSED, DIFFERENT, FAILED = "passed", "refused", "different", "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: str
    reason: str = ""
    answered: str = ""
    """what came instead of the answer of SQL Server"""


class Room:
    """A database in which cases run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._driver = Driver.load(settings.driver)
        self._prepared: set[str] = set()

    def prepare(self, subject: Subject) -> None:
        """The subject's setup, once."""
        if subject.key not in self._prepared:
            self._prepared.add(subject.key)
            with self.connected() as connection:
                run_script(connection, subject.setup)

    def judge(self, subject: Subject, case: Case) -> Verdict:
        """Run a case, and say how it went."""
        self.prepare(subject)
        with self.connected() as connection:
            run_script(connection, subject.each)
            for number, step in enumerate(case.steps, 1):
                verdict = _judge(case, number, step, connection.run(step.batch))
                if verdict is not None:
                    return verdict
        return Verdict(PASSED)

    def connection(self) -> Connection:
        return Connection(self._driver, self._settings)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        connection = self.connection()
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def room(server: Settings) -> Iterator[Room]:
    with fresh_database(server, "conformance") as target:
        yield Room(target.settings)


def run_script(connection: Connection, batches: list[str]) -> None:
    for batch in batches:
        for event in connection.run(batch):
            if isinstance(event, Message) and event.is_error:
                raise AssertionError(f"{event.number}: {event.text}\n{batch}")


def _judge(case: Case, number: int, step: Step, events: list[Event]) -> Verdict | None:
    """None: go on with the next step."""
    problem = difference(step.expected, events)
    if problem is None:
        return None
    refusal = next(
        (each for each in events if isinstance(each, Message) and each.number == NOT_SUPPORTED),
        None,
    )
    if refusal is not None:
        return Verdict(REFUSED if case.refused else FAILED, refusal.text, refusal.text)
    reason = f"step {number}: {problem}"
    return Verdict(DIFFERENT if case.differs else FAILED, reason, shown_all(events))
