"""Sessions side by side: races of many, and steps of a few in a declared order. Nobody sleeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

import pyodbc

from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, run

PATIENCE = 30.0
GATE = "gate"

Outcome = Answer | Fault
Act = Callable[[pyodbc.Connection, int], Answer]


def race(target: Target, number: int, act: Act, sessions: int | None = None) -> list[Outcome]:
    """`number` calls by that many sessions (or fewer, each doing its share), all at once."""
    lanes = min(sessions or number, number)
    start = threading.Barrier(lanes)

    with ExitStack() as stack:
        connections = [stack.enter_context(closing(target.connect())) for _ in range(lanes)]

        def lane(first: int) -> list[Outcome]:
            start.wait(PATIENCE)
            return [
                attempt(lambda one=one: act(connections[first], one))
                for one in range(first, number, lanes)
            ]

        with ThreadPoolExecutor(lanes) as pool:
            return [one for share in pool.map(lane, range(lanes)) for one in share]


def attempt(call: Callable[[], Answer]) -> Outcome:
    """The answer, or the fault as a value: what a race is judged by."""
    try:
        return call()
    except Fault as fault:
        return fault


def tally(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How often each end occurred: `success`, an error code, or the number of a fault."""
    counted: dict[str, int] = {}
    for one in outcomes:
        name = str(one) if isinstance(one, Fault) else (one.code or "success")
        counted[name] = counted.get(name, 0) + 1
    return counted


@dataclass(frozen=True, slots=True)
class Gate:
    """A place inside a procedure where its sessions wait until the test opens it.

    `hook` is the T-SQL of that place. Who arrives says so with an application lock named by
    `who`, a T-SQL expression, and then waits for the lock that the test holds.
    """

    target: Target
    keeper: pyodbc.Connection

    @staticmethod
    def hook(who: str) -> str:
        return f"""
    DECLARE @GateKey nvarchar(255) = CONCAT(N'arrived:', {who});
    EXEC sys.sp_getapplock @Resource = @GateKey, @LockMode = N'Exclusive',
         @LockOwner = N'Transaction';
    EXEC sys.sp_getapplock @Resource = N'{GATE}', @LockMode = N'Shared',
         @LockOwner = N'Transaction';
"""

    def wait_for(self, *names: str) -> None:
        """Returns when all of these have arrived."""
        deadline = time.monotonic() + PATIENCE
        for name in names:
            while self._lock(f"arrived:{name}") >= 0:
                self._unlock(f"arrived:{name}")
                assert time.monotonic() < deadline, f"{name} did not arrive"

    def open(self) -> None:
        self._unlock(GATE)

    def _lock(self, resource: str) -> int:
        """Takes the lock at once (0) or tells that somebody has it (-1)."""
        text = (
            "DECLARE @Result int; EXEC @Result = sys.sp_getapplock @Resource = ?,"
            " @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0;"
            " SELECT @Result AS Result;"
        )
        return run(self.keeper, text, [resource])[-1][0]["Result"]

    def _unlock(self, resource: str) -> None:
        run(
            self.keeper,
            "EXEC sys.sp_releaseapplock @Resource = ?, @LockOwner = N'Session';",
            [resource],
        )


@contextmanager
def closed_gate(target: Target) -> Iterator[Gate]:
    with closing(target.connect()) as keeper:
        gate = Gate(target, keeper)
        assert gate._lock(GATE) >= 0
        yield gate


@contextmanager
def at_once(
    target: Target, *acts: Callable[[pyodbc.Connection], Answer]
) -> Iterator[list[Future[Outcome]]]:
    """Each act begins in a session of its own; their outcomes come when they come."""
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(target.connect())) for _ in acts]
        pool = stack.enter_context(ThreadPoolExecutor(len(acts)))
        yield [
            pool.submit(attempt, lambda act=act, own=own: act(own))
            for act, own in zip(acts, connections, strict=True)
        ]
