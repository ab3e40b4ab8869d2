"""The maintenance jobs by name: which procedures each executes, how often, and what came of it.

The database keeps the lock of each job and writes its run; a job that finds another instance at
work has nothing to do. All of them may be killed and repeated at any point.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, cast

from couponry_jobs import delivery, procedures
from couponry_jobs.connection import Database, ResultSet, Value
from couponry_jobs.delivery import Send
from couponry_jobs.errors import ConfigurationError, CouponryError, UsageError
from couponry_jobs.logs import log_of
from couponry_jobs.procedures import NO_ROWS, Answer, whole
from couponry_jobs.settings import Settings

if TYPE_CHECKING:
    from couponry_jobs.metrics import Metrics

PENDING_SECONDS = 120
DRIFT = 6


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked for beyond its name."""

    day: date | None = None
    check_only: bool = False
    send: Send | None = None


@dataclass(frozen=True, slots=True)
class Report:
    job: str
    items: int = 0
    seconds: float = 0.0
    skipped: bool = False
    exit_code: int = 0
    details: Mapping[str, Value] = field(default_factory=dict[str, Value])
    rows: ResultSet = NO_ROWS


Work = Callable[[Database, Settings, Order], Report]


@dataclass(frozen=True, slots=True)
class Job:
    schedule: str
    """When the platform starts it, as cron has it, in UTC."""
    work: Work


def run(
    database: Database,
    settings: Settings,
    name: str,
    order: Order | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Run one job here and now."""
    if name not in JOBS:
        raise UsageError(f"there is no job {name!r}; there are {', '.join(sorted(JOBS))}")
    log = log_of("job", job=name, instance=settings.instance)
    began = clock()
    log("started")
    try:
        done = JOBS[name].work(database, settings, order or Order())
    except CouponryError as error:
        log("failed", errorCode=error.code, ms=round((clock() - began) * 1000))
        raise
    seconds = clock() - began
    log(
        "skipped" if done.skipped else "done",
        items=done.items,
        ms=round(seconds * 1000),
        **done.details,
    )
    return Report(name, done.items, seconds, done.skipped, done.exit_code, done.details, done.rows)


def count(report: Report, metrics: Metrics) -> None:
    """Adds the figures of a run to those of the process."""
    drift = int(str(report.details.get("Drifted", 0))) if report.job == "reconcile" else None
    metrics.job(report.job, seconds=report.seconds, items=report.items, drift=drift)


# ---------------------------------------------------------------- the jobs


def _once(column: str, call: Callable[[Database, Order], Answer]) -> Work:
    """One call; the column says how much there was to do."""

    def work(database: Database, _: Settings, order: Order) -> Report:
        return _report(call(database, order), column)

    return work


def _until_none(column: str, call: Callable[[Database], Answer]) -> Work:
    """Calls until one finds nothing more."""

    def work(database: Database, _: Settings, __: Order) -> Report:
        total = 0
        while True:
            found = _report(call(database), column)
            total += found.items
            if found.skipped or found.items == 0:
                skipped = found.skipped and total == 0
                return Report("", total, skipped=skipped, details={column: total})

    return work


def _report(answer: Answer, column: str) -> Report:
    if answer.row["Message"] == "Skipped":
        return Report("", skipped=True)
    counts = {
        name: value
        for name, value in answer.row.items()
        if name not in ("Success", "ErrorCode", "Message")
    }
    items = sum(cast(int, value) for value in counts.values()) if column == "*" else 0
    return Report("", items if column == "*" else whole(answer.row, column), details=counts)


def _reconcile(database: Database, _: Settings, order: Order) -> Report:
    answer = procedures.reconcile_counters(database, fix=not order.check_only)
    found = _report(answer, "Checked")
    if found.skipped:
        return found
    drifted = whole(answer.row, "Drifted")
    return Report(
        "",
        found.items,
        exit_code=DRIFT if drifted else 0,
        details=found.details,
        rows=answer.set(2),
    )


def _requeue(database: Database, settings: Settings, order: Order) -> Report:
    """Requests whose message was lost, or whose worker died, get a message again."""
    if order.send is None:
        raise ConfigurationError("COUPONRY_QUEUE_ACCOUNT_URL is not set")
    recorded = procedures.start_job_run(database, job="requeue-pending", host=settings.instance)
    waiting = procedures.list_generation_requests(
        database, status="Pending", older_than_seconds=PENDING_SECONDS, page_size=1000
    )
    working = procedures.list_generation_requests(database, status="Processing", page_size=1000)
    names = [str(row["RequestId"]) for row in waiting]
    names += [str(row["RequestId"]) for row in working if row["IsStalled"]]
    problem = None
    try:
        for name in names:
            order.send(settings.queue, json.dumps({"requestId": name}, ensure_ascii=False))
    except CouponryError as error:
        problem = error
        raise
    finally:
        procedures.end_job_run(
            database,
            run=whole(recorded.row, "JobRunId"),
            status="Failed" if problem else "Succeeded",
            items=len(names),
            error=f"{problem.code}: {problem.message}"[:2000] if problem else None,
        )
    return Report("", len(names), details={"Requeued": len(names)})


def _dispatch(database: Database, settings: Settings, order: Order) -> Report:
    done = delivery.run(database, settings, send=order.send)
    details = {"Delivered": done.delivered, "Failed": done.failed, "Left": done.left}
    return Report("", done.delivered, details=details)


JOBS: Mapping[str, Job] = {
    "expire-reservations": Job(
        "*/5 * * * *", _until_none("Expired", procedures.expire_reservations)
    ),
    "outbox-dispatch": Job("* * * * *", _dispatch),
    "refresh-counters": Job(
        "* * * * *", _once("Refreshed", lambda db, _: procedures.refresh_campaign_counters(db))
    ),
    "requeue-pending": Job("*/5 * * * *", _requeue),
    "fraud-scan": Job(
        "*/10 * * * *", _once("EventsRaised", lambda db, _: procedures.run_fraud_scan(db))
    ),
    "expiry-sweep": Job("5 * * * *", _once("*", lambda db, _: procedures.run_expiry_sweep(db))),
    "expire-credits": Job("10 * * * *", _until_none("Expired", procedures.expire_credits)),
    "snapshot": Job(
        "15 0 * * *",
        _once("Rows", lambda db, order: procedures.create_analytics_snapshot(db, day=order.day)),
    ),
    "usage-summary": Job(
        "30 0 * * *",
        _once("Rows", lambda db, order: procedures.summarise_usage(db, day=order.day)),
    ),
    "reconcile": Job("0 2 * * *", _reconcile),
    "cleanup": Job("0 3 * * *", _once("*", lambda db, _: procedures.cleanup_data(db))),
    "archive": Job(
        "30 3 1 1,4,7,10 *", _until_none("Moved", procedures.archive_redemption_history)
    ),
}
