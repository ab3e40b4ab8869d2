"""Sessions that are ended from outside, before each statement of a connection's life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyodbc
import pytest

from couponry_jobs.connection import Database
from couponry_jobs.errors import DatabaseUnreachable
from couponry_jobs.retry import Retry
from tests.endpoint import Target

THERE = "SELECT COUNT(*) FROM sys.dm_exec_sessions WHERE session_id = ?"


@dataclass(slots=True)
class Fate:
    """Ends a session right before the ``due``-th statement that any connection is asked."""

    admin: pyodbc.Connection
    due: int = 0
    asked: list[str] = field(default_factory=list)

    def meets(self, session: int, statement: str) -> None:
        self.asked.append(statement)
        if len(self.asked) == self.due:
            self.admin.execute(f"KILL {session}")
            while self.admin.execute(THERE, session).fetchval():
                pass

    def again(self, due: int) -> None:
        self.due = due
        self.asked.clear()


class Fated:
    """A connection of the driver, or a cursor of one: all but its statements goes straight on."""

    def __init__(self, real: Any, session: int, fate: Fate) -> None:
        self.__dict__.update(real=real, session=session, fate=fate)

    def cursor(self) -> Fated:
        return Fated(self.real.cursor(), self.session, self.fate)

    def execute(self, statement: str, *parameters: object) -> object:
        self.fate.meets(self.session, statement)
        return self.real.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.real, name, value)


@pytest.fixture
def fate(database: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fate]:
    connect = pyodbc.connect
    admin = database.connect()
    made = Fate(admin)

    def fated(*arguments: Any, **options: Any) -> Fated:
        real = connect(*arguments, **options)
        return Fated(real, real.execute("SELECT @@SPID").fetchval(), made)

    monkeypatch.setattr(pyodbc, "connect", fated)
    yield made
    admin.close()


Call = Callable[[Database], int]


def one(database: Database) -> int:
    return database.execute("SELECT 1", idempotent=True)[0].rows[0][0]  # type: ignore[return-value]


def statements_of(fate: Fate, opened: Database) -> int:
    """How many statements a call sends as things are, with all that is asked around it."""
    fate.again(0)
    one(opened)
    return len(fate.asked)


def test_a_first_connection_that_breaks_before_any_of_its_statements_is_unreachable(
    database: Target, fate: Fate
) -> None:
    with database.open() as untroubled:
        count = statements_of(fate, untroubled)
    # What the dialect asks of a new server, and the call.
    assert count > 4, fate.asked

    unreachable: list[int] = []
    for due in range(1, count + 1):
        fate.again(due)
        with database.open(retry=Retry(tries=1)) as opened:
            try:
                # What the dialect can do without it may ask in vain: the pool connects anew.
                assert one(opened) == 1
            except DatabaseUnreachable:
                unreachable.append(due)

    assert {1, count} <= set(unreachable)
    assert len(unreachable) >= count - 1


def test_a_call_that_may_be_repeated_outlives_its_first_connection(
    database: Target, fate: Fate
) -> None:
    with database.open() as untroubled:
        count = statements_of(fate, untroubled)

    for due in range(1, count + 1):
        fate.again(due)
        failures: list[type[Exception]] = []
        retry = Retry(
            sleep=lambda _: None, notice=lambda error, _, told=failures: told.append(type(error))
        )
        with database.open(retry=retry) as opened:
            assert one(opened) == 1
        assert failures in ([], [DatabaseUnreachable])


def test_a_pooled_connection_that_was_ended_while_idle_is_replaced_unseen(
    database: Target, fate: Fate
) -> None:
    with database.open(retry=Retry(tries=1)) as opened:
        one(opened)
        fate.again(1)

        assert one(opened) == 1

        ping, *rest = fate.asked
        assert "SELECT 1" in ping
        assert rest[-1] == "SELECT 1"


def test_a_pooled_connection_that_is_ended_behind_the_ping_is_unreachable_once(
    database: Target, fate: Fate
) -> None:
    with database.open(retry=Retry(tries=1)) as opened:
        one(opened)
        count = statements_of(fate, opened)
        fate.again(count)

        with pytest.raises(DatabaseUnreachable) as ended:
            one(opened)

        assert ended.value.sent
        assert one(opened) == 1
