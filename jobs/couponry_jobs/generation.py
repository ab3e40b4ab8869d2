"""The generation job: claim a request, make its codes batch by batch, leave it finished."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from types import FrameType

from couponry_jobs import procedures
from couponry_jobs.codes import make_codes
from couponry_jobs.connection import Database
from couponry_jobs.errors import (
    ArgumentRejected,
    BusinessFailure,
    CouponryError,
    DatabaseTimeout,
    DatabaseUnreachable,
    TransientFault,
)
from couponry_jobs.logs import log_of
from couponry_jobs.settings import Settings

CODE_SPACE_EXHAUSTED = "code space exhausted"
CROWDED_BATCHES = 3

Make = Callable[[int, int, "str | None"], list[str]]


class Outcome(Enum):
    """How a run ended; the value is what logs and reports print."""

    NOTHING_TO_DO = "nothing to do"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LEASE_LOST = "lease lost"
    GIVEN_BACK = "given back"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after a batch."""

    request_id: str
    batch_no: int
    generated: int
    requested: int
    collisions: int
    inserted: int = 0
    """Of this batch, as the next two."""
    refused: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    outcome: Outcome
    request_id: str | None = None
    requested: int = 0
    generated: int = 0
    inserted: int = 0
    collisions: int = 0
    batches: int = 0
    seconds: float = 0.0
    error: CouponryError | None = None
    signal_number: int | None = None

    @property
    def exit_code(self) -> int:
        match self.outcome:
            case Outcome.FAILED:
                return 5
            case Outcome.GIVEN_BACK:
                # Codes may be in already, and others are still to come.
                return 8 if self.inserted else 4
            case Outcome.INTERRUPTED:
                return 128 + (self.signal_number or signal.SIGTERM)
            case _:
                return 0


class Stop:
    """The wish to end after the running batch, by a signal or by the caller."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.signal_number: int | None = None

    def ask(self, signal_number: int | None = None) -> None:
        self.signal_number = signal_number
        self._event.set()

    def asked(self) -> bool:
        return self._event.is_set()


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[Stop]:
    """SIGTERM and SIGINT end the job after its batch, as long as the block lasts."""

    def ask(number: int, _: FrameType | None) -> None:
        stop.ask(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _make(amount: int, length: int, prefix: str | None) -> list[str]:
    return make_codes(amount, length=length, prefix=prefix)


def run(
    database: Database,
    settings: Settings,
    *,
    progress: Callable[[Progress], None] | None = None,
    stop: Stop | None = None,
    make: Make = _make,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Work on the request of the settings, or on the oldest that waits, until it is settled."""
    log = log_of("generation", job="generate", instance=settings.instance)
    started = clock()
    try:
        claim = procedures.claim_generation_request(
            database,
            lease_owner=settings.instance,
            request_id=settings.request_id,
            lease_seconds=settings.lease_seconds,
        )
    except BusinessFailure as failure:
        if failure.code not in ("NO_WORK", "REQUEST_NOT_CLAIMABLE"):
            raise
        log("nothing to do", requestId=settings.request_id, errorCode=failure.code)
        return Report(Outcome.NOTHING_TO_DO, settings.request_id, error=failure)

    log(
        "claimed",
        requestId=claim.request_id,
        requested=claim.requested,
        remaining=claim.remaining,
        batchNo=claim.next_batch,
        attempt=claim.attempt,
    )
    work = _Work(database, settings, claim, progress, stop or Stop(), make, clock)
    report = replace(work.run(), seconds=clock() - started)
    log(
        report.outcome.value,
        requestId=report.request_id,
        generated=report.generated,
        inserted=report.inserted,
        collisions=report.collisions,
        ms=round(report.seconds * 1000),
        errorCode=report.error.code if report.error else None,
    )
    return report


class _Work:
    """One claimed request and what has been done for it so far."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        claim: procedures.Claim,
        progress: Callable[[Progress], None] | None,
        stop: Stop,
        make: Make,
        clock: Callable[[], float],
    ) -> None:
        self.database = database
        self.settings = settings
        self.claim = claim
        self.progress = progress
        self.stop = stop
        self.make = make
        self.clock = clock
        self.log = log_of("generation", job="generate", instance=settings.instance)
        self.generated = claim.generated
        self.inserted = 0
        self.collisions = 0
        self.batches = 0

    def run(self) -> Report:
        try:
            return self._batches()
        except ArgumentRejected as error:
            # The request itself is wrong: another try would fail the same way.
            return self._end("Failed", Outcome.FAILED, reason=str(error), error=error)
        except (TransientFault, DatabaseUnreachable, DatabaseTimeout) as error:
            return self._give_back(Outcome.GIVEN_BACK, error=error)

    def _batches(self) -> Report:
        claim = self.claim
        size = self.settings.batch_size or claim.batch_size
        remaining, batch_no, crowded = claim.remaining, claim.next_batch, 0
        while remaining > 0:
            if self.stop.asked():
                return self._give_back(Outcome.INTERRUPTED)
            amount = min(size, remaining)
            try:
                batch = self._insert(batch_no, amount)
            except BusinessFailure as failure:
                match failure.code:
                    case "LEASE_LOST":
                        return self._report(Outcome.LEASE_LOST, error=failure)
                    case "CANCEL_REQUESTED":
                        return self._end("Cancelled", Outcome.CANCELLED, error=failure)
                    case "REQUEST_COMPLETE":
                        break
                    case _:
                        raise
            remaining, batch_no = batch.remaining, batch.next_batch
            crowded = crowded + 1 if 2 * batch.collisions > amount else 0
            if crowded == CROWDED_BATCHES and remaining > 0:
                return self._end("Failed", Outcome.FAILED, reason=CODE_SPACE_EXHAUSTED)
        return self._end("Completed", Outcome.COMPLETED)

    def _insert(self, batch_no: int, amount: int) -> procedures.Batch:
        started = self.clock()
        codes = self.make(amount, self.claim.code_length, self.claim.prefix)
        batch = procedures.bulk_insert_coupons(
            self.database,
            request_id=self.claim.request_id,
            lease_owner=self.settings.instance,
            batch_no=batch_no,
            coupons_json=coupons_json(codes),
        )
        self.generated = batch.generated
        self.inserted += batch.inserted
        self.collisions += batch.collisions
        self.batches += 1
        seconds = self.clock() - started
        self.log(
            "batch",
            requestId=self.claim.request_id,
            batchNo=batch_no,
            inserted=batch.inserted,
            collisions=batch.collisions,
            remaining=batch.remaining,
            ms=round(seconds * 1000),
        )
        if self.progress is not None:
            self.progress(
                Progress(
                    self.claim.request_id,
                    batch_no,
                    self.generated,
                    self.claim.requested,
                    self.collisions,
                    batch.inserted,
                    batch.collisions,
                    seconds,
                )
            )
        return batch

    def _end(
        self,
        status: str,
        outcome: Outcome,
        *,
        reason: str | None = None,
        error: CouponryError | None = None,
    ) -> Report:
        try:
            procedures.update_generation_request(
                self.database,
                request_id=self.claim.request_id,
                status=status,
                lease_owner=self.settings.instance,
                failure_reason=reason,
            )
        except BusinessFailure as failure:
            if failure.code != "LEASE_LOST":
                raise
            return self._report(Outcome.LEASE_LOST, error=failure)
        return self._report(outcome, error=error)

    def _give_back(self, outcome: Outcome, *, error: CouponryError | None = None) -> Report:
        """Let the next claimant go on at once; without an answer the lease runs out by itself."""
        try:
            procedures.update_generation_request(
                self.database,
                request_id=self.claim.request_id,
                status="Pending",
                lease_owner=self.settings.instance,
            )
        except CouponryError as failure:
            self.log(
                "not given back",
                level=logging.WARNING,
                requestId=self.claim.request_id,
                errorCode=failure.code,
            )
        return self._report(outcome, error=error)

    def _report(self, outcome: Outcome, *, error: CouponryError | None = None) -> Report:
        return Report(
            outcome,
            self.claim.request_id,
            requested=self.claim.requested,
            generated=self.generated,
            inserted=self.inserted,
            collisions=self.collisions,
            batches=self.batches,
            error=error,
            signal_number=self.stop.signal_number,
        )


def coupons_json(codes: list[str]) -> str:
    """The argument of sp_BulkInsertCoupons; codes hold no character that JSON would escape."""
    return '[{"code":"' + '"},{"code":"'.join(codes) + '"}]' if codes else "[]"
