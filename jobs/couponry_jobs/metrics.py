"""Figures for Prometheus: what this process has done, and how the database and the queues stand.

A process counts for itself. The state is read when somebody asks for it, and only as far as the
identity may read it: a worker in coupon_job may not look into the views, one in coupon_ops may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Summary,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from couponry_jobs import views
from couponry_jobs.connection import Database
from couponry_jobs.errors import BusinessFailure, CouponryError, DatabaseFault, PermissionDenied
from couponry_jobs.logs import log_of
from couponry_jobs.views import where

if TYPE_CHECKING:
    from couponry_jobs.queues import Queues

Measure = Callable[[], list[GaugeMetricFamily]]

# When a counter was made tells nobody anything here.
disable_created_metrics()


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"couponry_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"couponry_{name}", text, labels, registry=self.registry)

        self._seconds = gauge("job_duration_seconds", "How long the last run took.", "job")
        self._items = counter("job_items", "What jobs have worked on.", "job")
        self._failures = counter("job_failures", "Runs that failed.", "job")
        self._codes = counter("generation_codes", "Codes that were made.")
        self._collisions = counter("generation_collisions", "Codes that were there already.")
        self._batches = Summary(
            "couponry_generation_batch_seconds",
            "How long a batch of codes takes.",
            registry=self.registry,
        )
        self._retries = counter("sql_retries", "Calls made again, by the error.", "number")
        self._drift = gauge("counter_drift", "Counters that differed at the last comparison.")
        self._errors = gauge("error_rate_percent", "Calls of this process that ended in a fault.")
        self._lock = Lock()
        self._calls = self._faults = 0

    def job(self, name: str, *, seconds: float, items: int, drift: int | None = None) -> None:
        """A run that ended well."""
        self._failures.labels(name)
        self._seconds.labels(name).set(seconds)
        self._items.labels(name).inc(items)
        if drift is not None:
            self._drift.set(drift)

    def failed(self, name: str) -> None:
        self._failures.labels(name).inc()

    def batch(self, *, inserted: int, refused: int, seconds: float) -> None:
        self._codes.inc(inserted)
        self._collisions.inc(refused)
        self._batches.observe(seconds)

    def repeated(self, error: CouponryError) -> None:
        """A call is made once more because of this."""
        number = str(error.number) if isinstance(error, DatabaseFault) else error.code
        self._retries.labels(number).inc()

    def called(self, error: CouponryError | None) -> None:
        """A call has come to its end, well or not. A refusal is an answer, no fault."""
        with self._lock:
            self._calls += 1
            self._faults += error is not None and not isinstance(error, BusinessFailure)
            self._errors.set(100 * self._faults / self._calls)

    def text(self) -> str:
        return generate_latest(self.registry).decode()

    @contextmanager
    def served(self, port: int) -> Iterator[int]:
        """Answers GET /metrics meanwhile; gives the port, which 0 leaves to the system."""
        server, thread = start_http_server(port, registry=self.registry)
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class State(Collector):
    """How things stand at the moment somebody asks."""

    def __init__(self, database: Database, queues: Queues | None = None) -> None:
        self._database = database
        self._queues = queues
        self._sources: list[Measure] = [
            self._outbox,
            self._reservations,
            self._fraud,
            self._procedures,
        ]
        if queues is not None:
            self._sources.append(self._lengths)
        self._log = log_of("metrics")

    def describe(self) -> Sequence[GaugeMetricFamily]:
        """Nothing is asked of the database only to register this."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for source in tuple(self._sources):
            try:
                yield from source()
            except PermissionDenied:
                # It will not be allowed the next time either.
                self._sources.remove(source)
            except CouponryError as error:
                self._log("not measured", errorCode=error.code)

    def _outbox(self) -> list[GaugeMetricFamily]:
        rows = list(views.select(self._database, "vw_OutboxBacklog"))

        def figures(name: str) -> list[float]:
            return [float(cast("int | None", row[name]) or 0) for row in rows]

        return [
            _gauge("outbox_pending", sum(figures("Pending"))),
            _gauge("outbox_dead", sum(figures("Dead"))),
            _gauge("outbox_oldest_seconds", max(figures("OldestPendingSeconds"), default=0)),
        ]

    def _reservations(self) -> list[GaugeMetricFamily]:
        overdue = views.count(
            self._database, "vw_ActiveReservations", filters=[where("IsOverdue", "=", True)]
        )
        return [_gauge("reservations_overdue", overdue)]

    def _fraud(self) -> list[GaugeMetricFamily]:
        waiting = views.count(
            self._database,
            "vw_FraudQueue",
            filters=[where("Severity", "IN", "high", "critical")],
        )
        return [_gauge("fraud_open_high", waiting)]

    def _procedures(self) -> list[GaugeMetricFamily]:
        found = GaugeMetricFamily(
            "couponry_procedure_avg_ms", "How long a procedure takes.", labels=["procedure"]
        )
        for row in views.select(self._database, "vw_ProcedurePerformance"):
            found.add_metric([str(row["ProcedureName"])], float(str(row["AvgMs"])))
        return [found]

    def _lengths(self) -> list[GaugeMetricFamily]:
        assert self._queues is not None
        return [
            _gauge("queue_length", self._queues.generation.length()),
            _gauge("poison_length", self._queues.poison.length()),
        ]


def _gauge(name: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"couponry_{name}", name.replace("_", " "), value=value)
