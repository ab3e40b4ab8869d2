"""Sessions side by side: races of many, and steps of a few in a declared order. Nobody sleeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import ClassVar

import pyodbc

from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, run

PATIENCE = 120.0
GATE = "gate"
AT_THE_GATE_MS = 600_000
ROLLED_BACK = (1205, 1222)

Outcome = Answer | Fault
Act = Callable[[pyodbc.Connection, int], Answer]


def race(target: Target, number: int, act: Act, sessions: int | None = None) -> list[Outcome]:
    """`number` calls by that many sessions (or fewer, each doing its share), all at once.

    What the engine rolled back is called again, as every client does: on a slow machine the last of
    fifty may wait for longer than LOCK_TIMEOUT. How often that happens is the storm's to judge.
    """
    lanes = min(sessions or number, number)
    start = threading.Barrier(lanes)

    with ExitStack() as stack:
        connections = [stack.enter_context(closing(target.connect())) for _ in range(lanes)]

        def lane(first: int) -> list[Outcome]:
            start.wait(PATIENCE)
            return [
                attempt(lambda one=one: patiently(lambda: act(connections[first], one)))
                for one in range(first, number, lanes)
            ]

        with ThreadPoolExecutor(lanes) as pool:
            return [one for share in pool.map(lane, range(lanes)) for one in share]


def patiently(call: Callable[[], Answer]) -> Answer:
    """The answer, after repeating what the engine rolled back."""
    while True:
        try:
            return call()
        except Fault as fault:
            if fault.number not in ROLLED_BACK:
                raise


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

    A session that comes to the place says so by an application lock with its number, and then
    waits for the lock that the test holds. So the test knows, without sleeping, that all of them
    have read what they decide by, and that none has written yet.
    """

    keeper: pyodbc.Connection

    # Their own LOCK_TIMEOUT is for locks of the procedure: at the gate they wait for the slowest.
    HOOK: ClassVar[str] = f"""
    DECLARE @Arrived nvarchar(255) = CONCAT(N'arrived:', @@SPID);
    EXEC sys.sp_getapplock @Resource = @Arrived, @LockMode = N'Exclusive',
         @LockOwner = N'Transaction', @LockTimeout = {AT_THE_GATE_MS};
    EXEC sys.sp_getapplock @Resource = N'{GATE}', @LockMode = N'Shared',
         @LockOwner = N'Transaction', @LockTimeout = {AT_THE_GATE_MS};
"""

    def take(self, resource: str) -> bool:
        """Takes the lock at once, or tells that somebody has it."""
        text = (
            "DECLARE @Result int; EXEC @Result = sys.sp_getapplock @Resource = ?,"
            " @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0;"
            " SELECT @Result AS Result;"
        )
        return run(self.keeper, text, [resource])[-1][0]["Result"] >= 0

    def give(self, resource: str) -> None:
        text = "EXEC sys.sp_releaseapplock @Resource = ?, @LockOwner = N'Session';"
        run(self.keeper, text, [resource])

    def wait_for(self, session: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.take(f"arrived:{session}"):
            self.give(f"arrived:{session}")
            assert time.monotonic() < deadline, f"session {session} did not come to the gate"


def through_the_gate(
    target: Target,
    *acts: Callable[[pyodbc.Connection], Answer],
    meanwhile: Callable[[], object] | None = None,
) -> list[Outcome]:
    """All acts come to the gate, each in a session of its own; then it opens and they go on.

    `meanwhile` is done when they are all there and none has gone on.
    """
    with ExitStack() as stack:
        gate = Gate(stack.enter_context(closing(target.connect())))
        sessions = [stack.enter_context(closing(target.connect())) for _ in acts]
        numbers = [run(one, "SELECT @@SPID AS Number;")[0][0]["Number"] for one in sessions]
        pool = stack.enter_context(ThreadPoolExecutor(len(acts)))
        assert gate.take(GATE)
        try:
            futures = [
                pool.submit(attempt, lambda act=act, session=session: act(session))
                for act, session in zip(acts, sessions, strict=True)
            ]
            for number in numbers:
                gate.wait_for(number)
            if meanwhile is not None:
                meanwhile()
        finally:
            gate.give(GATE)
        return [future.result(PATIENCE) for future in futures]
