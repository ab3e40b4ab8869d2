"""Figures for Prometheus, read back by its own parser."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from couponry_cli.main import couponry
from couponry_jobs import views
from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.errors import (
    BusinessFailure,
    DatabaseTimeout,
    DatabaseUnreachable,
    PermissionDenied,
    TransientFault,
)
from couponry_jobs.metrics import Metrics, State
from couponry_jobs.retry import Retry
from tests.endpoint import Target
from tests.jobs.post import Post, open_post


@pytest.fixture
def post(database: Target, opened: Database, storage: str) -> Iterator[Post]:
    with open_post(database, opened, storage) as made:
        yield made


def read(text: str) -> dict[str, float]:
    """Each sample by its name, with the value of its label behind it."""
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_process_counts_its_runs_batches_and_repeated_calls() -> None:
    metrics = Metrics()

    metrics.job("cleanup", seconds=1.5, items=3)
    metrics.job("cleanup", seconds=0.5, items=4)
    metrics.failed("archive")
    metrics.batch(inserted=90, refused=10, seconds=0.25)
    metrics.repeated(TransientFault(1205, "deadlock"))
    metrics.repeated(DatabaseUnreachable("gone"))

    assert read(metrics.text()) == {
        "couponry_job_duration_seconds cleanup": 0.5,
        "couponry_job_items_total cleanup": 7,
        "couponry_job_failures_total cleanup": 0,
        "couponry_job_failures_total archive": 1,
        "couponry_generation_codes_total": 90,
        "couponry_generation_collisions_total": 10,
        "couponry_generation_batch_seconds_count": 1,
        "couponry_generation_batch_seconds_sum": 0.25,
        "couponry_sql_retries_total 1205": 1,
        "couponry_sql_retries_total DATABASE_UNREACHABLE": 1,
        "couponry_counter_drift": 0,
        "couponry_error_rate_percent": 0,
    }


def test_the_error_rate_counts_faults_and_no_refusals() -> None:
    metrics = Metrics()
    retry = Retry(tries=1, ended=metrics.called)

    def failing(error: Exception) -> None:
        raise error

    retry.run(lambda: None)
    retry.run(lambda: None)
    for error in (BusinessFailure("COUPON_EXPIRED", "", {}), DatabaseTimeout("30 s")):
        with pytest.raises(type(error)):
            retry.run(lambda error=error: failing(error))

    assert read(metrics.text())["couponry_error_rate_percent"] == 25


def test_the_state_is_what_the_views_and_the_queues_say(post: Post) -> None:
    post.queues.poison.send("{}")
    metrics = Metrics()
    metrics.registry.register(State(post.database, post.queues))

    found = read(metrics.text())

    assert (found["couponry_queue_length"], found["couponry_poison_length"]) == (0, 1)
    for name in ("outbox_pending", "outbox_dead", "outbox_oldest_seconds"):
        assert found[f"couponry_{name}"] >= 0
    assert found["couponry_reservations_overdue"] >= 0
    assert found["couponry_fraud_open_high"] >= 0


def test_slow_procedures_and_the_worst_of_the_outbox_are_told(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {
        "vw_ProcedurePerformance": ResultSet(("ProcedureName", "AvgMs"), (("sp_A", 12.5),)),
        "vw_OutboxBacklog": ResultSet(
            ("Pending", "Dead", "OldestPendingSeconds"), ((2, 1, 30), (3, 0, None))
        ),
    }
    monkeypatch.setattr(views, "select", lambda _, view: rows[view])
    monkeypatch.setattr(views, "count", lambda *_, **__: 4)
    metrics = Metrics()
    metrics.registry.register(State(opened))

    found = read(metrics.text())

    assert found["couponry_procedure_avg_ms sp_A"] == 12.5
    assert found["couponry_outbox_pending"] == 5
    assert found["couponry_outbox_dead"] == 1
    assert found["couponry_outbox_oldest_seconds"] == 30
    assert found["couponry_reservations_overdue"] == found["couponry_fraud_open_high"] == 4


def test_what_an_identity_may_not_read_is_left_out_and_not_asked_for_again(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def denied(_: Database, view: str, **__: object) -> ResultSet:
        asked.append(view)
        raise PermissionDenied(229, view)

    monkeypatch.setattr(views, "select", denied)
    monkeypatch.setattr(views, "count", denied)
    state = State(opened)

    assert [list(state.collect()), list(state.collect())] == [[], []]
    assert len(asked) == len(set(asked)) == 4


def test_a_worker_answers_prometheus_while_it_works(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = post.request(amount=300, batch_size=200)
    told: list[dict[str, float]] = []
    batch = Metrics.batch

    def scrape(self: Metrics, **figures: float) -> None:
        batch(self, **figures)
        with urllib.request.urlopen(address(), timeout=60) as answer:
            told.append(read(answer.read().decode()))

    def address() -> str:
        return seen[-1]

    seen: list[str] = []
    monkeypatch.setattr(Metrics, "batch", scrape)
    monkeypatch.setattr(
        "couponry_cli.context.App.say", lambda _, text: seen.append(text.split()[-1])
    )

    done = CliRunner(env=post.environment()).invoke(
        couponry, ["worker", "generate", "--once", "--metrics-port", "0", "--format", "json"]
    )

    assert done.exit_code == 0, done.output
    assert re.fullmatch(r"http://localhost:\d+/metrics", seen[0])
    assert [one["couponry_generation_codes_total"] for one in told] == [200, 300]
    assert job.status == "Completed"
