"""The worker of the generation queue: each message names a request whose codes are to be made.

A message is deleted when its request has ended, and else comes back by itself. One that cannot be
read, or came back too often, is copied to the poison queue with the reason, and its request fails:
nothing waits behind it.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import cast

from couponry_jobs import generation, procedures
from couponry_jobs.connection import Database
from couponry_jobs.errors import (
    BusinessFailure,
    CouponryError,
    DatabaseTimeout,
    DatabaseUnreachable,
    MessageLost,
)
from couponry_jobs.generation import Outcome, Progress, Stop
from couponry_jobs.logs import log_of
from couponry_jobs.queues import Message, Queues
from couponry_jobs.settings import Settings

FINAL = ("Completed", "Failed", "Cancelled")
POLL_SECONDS = 1.0
HIDDEN_AT_MOST = 7 * 86_400


class Fate(Enum):
    """What became of a message; the value is what logs and reports print."""

    DELETED = "deleted"
    LEFT = "left"
    POISONED = "poisoned"


@dataclass(frozen=True, slots=True)
class Report:
    messages: int = 0
    deleted: int = 0
    left: int = 0
    poisoned: int = 0
    inserted: int = 0
    exit_code: int = 0
    """That of the last message that did not end well."""

    def after(self, fate: Fate, *, inserted: int = 0, exit_code: int = 0) -> Report:
        return replace(
            self,
            messages=self.messages + 1,
            deleted=self.deleted + (fate is Fate.DELETED),
            left=self.left + (fate is Fate.LEFT),
            poisoned=self.poisoned + (fate is Fate.POISONED),
            inserted=self.inserted + inserted,
            exit_code=exit_code or self.exit_code,
        )


def run(
    database: Database,
    queues: Queues,
    settings: Settings,
    *,
    once: bool = False,
    max_messages: int | None = None,
    idle_exit: float | None = None,
    stop: Stop | None = None,
    progress: Callable[[Progress], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
) -> Report:
    """Work on messages until it is asked to stop: one, so many, or until none has come so long."""
    stop = stop or Stop()
    work = _Work(database, queues, settings, stop, progress, now)
    report = Report()
    limit = 1 if once else max_messages
    waited_since = clock()
    while not stop.asked():
        message = queues.generation.receive(hidden_for=settings.visibility_seconds)
        if message is None:
            if once or (idle_exit is not None and clock() - waited_since >= idle_exit):
                break
            pause(POLL_SECONDS)
            continue
        report = work.handle(message, report)
        if limit is not None and report.messages >= limit:
            break
        waited_since = clock()
    if stop.signal_number is not None:
        report = replace(report, exit_code=128 + stop.signal_number)
    return report


class _Work:
    def __init__(
        self,
        database: Database,
        queues: Queues,
        settings: Settings,
        stop: Stop,
        progress: Callable[[Progress], None] | None,
        now: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.queues = queues
        self.settings = settings
        self.stop = stop
        self.progress = progress
        self.now = now
        self.log = log_of("worker", job="generate", instance=settings.instance)

    def handle(self, message: Message, report: Report) -> Report:
        request_id = requested(message.text)
        if request_id is None:
            fate = self._poison(message, None, "malformed: no text under requestId")
            return report.after(fate)
        if message.deliveries > self.settings.max_dequeue:
            reason = f"delivered {self.settings.max_dequeue} times without success"
            return report.after(self._poison(message, request_id, reason))
        held = _Held(self.queues, message, self.settings.visibility_seconds, self.progress)
        try:
            done = generation.run(
                self.database,
                replace(self.settings, request_id=request_id),
                progress=held.keep,
                stop=self.stop,
            )
        except (DatabaseUnreachable, DatabaseTimeout):
            # Every message would fail this way: better none is tried until the platform restarts.
            raise
        except CouponryError as error:
            self._tell(message, request_id, Fate.LEFT, error, level=logging.ERROR)
            return report.after(Fate.LEFT, exit_code=error.exit_code)
        fate = self._settle(done, request_id, held)
        self._tell(held.message, request_id, fate, done.error)
        return report.after(fate, inserted=done.inserted, exit_code=done.exit_code)

    def _settle(self, done: generation.Report, request_id: str, held: _Held) -> Fate:
        match done.outcome:
            case Outcome.COMPLETED | Outcome.CANCELLED | Outcome.FAILED:
                return held.delete()
            case Outcome.NOTHING_TO_DO:
                row = procedures.get_generation_request(self.database, request_id=request_id).row
                if row["Status"] in FINAL:
                    return held.delete()
                # Another works on it. When its lease is over, it is either done or dead.
                ends = cast("datetime | None", row["LeaseExpiresAt"]) or self.now()
                rest = int((ends - self.now()).total_seconds()) + 1
                return held.leave(min(max(rest, 1), HIDDEN_AT_MOST))
            case Outcome.INTERRUPTED:
                return held.leave(0)
            case _:
                return Fate.LEFT

    def _poison(self, message: Message, request_id: str | None, reason: str) -> Fate:
        seen = message.first_seen.isoformat() if message.first_seen else None
        self.queues.poison.send(
            json.dumps(
                {
                    "message": message.text,
                    "reason": reason,
                    "dequeueCount": message.deliveries,
                    "firstSeen": seen,
                    "instance": self.settings.instance,
                },
                ensure_ascii=False,
            )
        )
        if request_id is not None:
            self._fail(request_id, reason)
        with suppress(MessageLost):
            self.queues.generation.delete(message)
        self._tell(message, request_id, Fate.POISONED, level=logging.ERROR, reason=reason)
        return Fate.POISONED

    def _fail(self, request_id: str, reason: str) -> None:
        """Who fails a request holds it: one that is final, or that somebody works on, stays."""
        try:
            procedures.claim_generation_request(
                self.database, lease_owner=self.settings.instance, request_id=request_id
            )
            procedures.update_generation_request(
                self.database,
                request_id=request_id,
                status="Failed",
                lease_owner=self.settings.instance,
                failure_reason=reason,
            )
        except BusinessFailure as failure:
            self.log("not failed", requestId=request_id, errorCode=failure.code)

    def _tell(
        self,
        message: Message,
        request_id: str | None,
        fate: Fate,
        error: CouponryError | None = None,
        **more: object,
    ) -> None:
        self.log(
            f"message {fate.value}",
            requestId=request_id,
            attempt=message.deliveries,
            errorCode=error.code if error else None,
            **more,
        )


class _Held:
    """A message while its request is worked on: hidden anew with every batch."""

    def __init__(
        self,
        queues: Queues,
        message: Message,
        seconds: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._queue = queues.generation
        self._seconds = seconds
        self._progress = progress
        self.message = message

    def keep(self, state: Progress) -> None:
        if self._progress is not None:
            self._progress(state)
        self.leave(self._seconds)

    def leave(self, seconds: int) -> Fate:
        # Whoever has got the message meanwhile finds out by the lease who works.
        with suppress(MessageLost):
            self.message = self._queue.hide(self.message, seconds)
        return Fate.LEFT

    def delete(self) -> Fate:
        with suppress(MessageLost):
            self._queue.delete(self.message)
        return Fate.DELETED


def message_of(request_id: str) -> str:
    """What the generation queue is sent."""
    return json.dumps({"requestId": request_id}, ensure_ascii=False)


def requested(text: str) -> str | None:
    """The request that a message names; None: nobody can read it."""
    try:
        body = cast(object, json.loads(text))
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    found = cast("dict[str, object]", body).get("requestId")
    return found if isinstance(found, str) and found.strip() else None
