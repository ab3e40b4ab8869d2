"""The maintenance jobs: by name, with their procedures, figures and ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from couponry_jobs import delivery, maintenance
from couponry_jobs.connection import Database
from couponry_jobs.errors import ConfigurationError, QueueUnreachable, UsageError
from couponry_jobs.maintenance import Order
from couponry_jobs.metrics import Metrics
from couponry_jobs.settings import Settings
from tests.endpoint import Target
from tests.spec.calls import run as execute
from tests.spec.checkout import forget_hand_made, let_expire, reserve
from tests.spec.office import Office, fresh

NO_QUEUE = ("outbox-dispatch", "requeue-pending", "reconcile")


@pytest.fixture
def office(database: Target) -> Iterator[Office]:
    with Office(database) as made:
        forget_hand_made(made)
        yield made
        made.reset_settings()


@pytest.fixture
def settings(database: Target) -> Settings:
    return replace(database.settings, instance="tester")


def runs(office: Office, job: str) -> list[tuple[str, int]]:
    found = office.rows(
        "SELECT Status, ItemsProcessed FROM dbo.JobRuns WHERE JobName = ? ORDER BY JobRunId;", job
    )
    return [(row["Status"], row["ItemsProcessed"]) for row in found]


@pytest.mark.parametrize("job", sorted(set(maintenance.JOBS) - set(NO_QUEUE)))
def test_a_job_runs_leaves_a_row_and_is_skipped_while_another_runs(
    office: Office, opened: Database, settings: Settings, database: Target, job: str
) -> None:
    before = len(runs(office, job))

    done = maintenance.run(opened, settings, job)
    with closing(database.connect()) as other:
        execute(
            other,
            "EXEC sys.sp_getapplock @Resource = ?, @LockMode = N'Exclusive',"
            " @LockOwner = N'Session';",
            [f"couponry:{job}"],
        )
        busy = maintenance.run(opened, settings, job)
        # Given back in words: a server may notice a closed connection only later.
        execute(
            other,
            "EXEC sys.sp_releaseapplock @Resource = ?, @LockOwner = N'Session';",
            [f"couponry:{job}"],
        )

    assert (done.job, done.skipped, done.exit_code) == (job, False, 0)
    assert (busy.skipped, busy.items, busy.exit_code) == (True, 0, 0)
    found = [status for status, _ in runs(office, job)[before:]]
    assert found[0] == "Succeeded"
    assert found[-1] == "Skipped"
    assert re.fullmatch(r"[\d*/,]+( [\d*/,]+){4}", maintenance.JOBS[job].schedule)


def test_the_database_knows_every_job(office: Office) -> None:
    known = office.rows("SELECT JobName FROM dbo.vw_JobStatus;")

    assert set(maintenance.JOBS) <= {row["JobName"] for row in known}


def test_slots_are_freed_until_none_is_overdue(
    office: Office, opened: Database, settings: Settings
) -> None:
    code = office.coupon()
    for _ in range(3):
        let_expire(office, reserve(office, code)["ReservationId"])

    done = maintenance.run(opened, settings, "expire-reservations")

    assert done.items >= 3
    assert maintenance.run(opened, settings, "expire-reservations").items == 0


def test_drift_is_told_by_the_exit_code_and_in_rows(
    office: Office, opened: Database, settings: Settings
) -> None:
    code = office.coupon()
    office.write("UPDATE dbo.Coupons SET UsedCount = 2 WHERE CouponCode = ?;", code)

    checked = maintenance.run(opened, settings, "reconcile", Order(check_only=True))
    corrected = maintenance.run(opened, settings, "reconcile")
    clean = maintenance.run(opened, settings, "reconcile")

    assert checked.exit_code == corrected.exit_code == 6
    assert checked.details["Corrected"] == 0
    mended = {(row["EntityId"], row["CounterName"]) for row in corrected.rows if row["Corrected"]}
    assert "UsedCount" in {counter for _, counter in mended}
    # What nobody can correct stays: other tests may have left some.
    left = {(row["EntityId"], row["CounterName"]) for row in clean.rows}
    assert not left & mended
    assert clean.exit_code == (6 if left else 0)
    metrics = Metrics()
    maintenance.count(corrected, metrics)
    assert f"couponry_counter_drift {corrected.details['Drifted']}.0\n" in metrics.text()
    maintenance.count(clean, metrics)
    assert f"couponry_counter_drift {len(left)}.0\n" in metrics.text()
    assert 'couponry_job_failures_total{job="reconcile"} 0.0\n' in metrics.text()


def test_requests_whose_message_was_lost_get_one_again(
    office: Office, opened: Database, settings: Settings
) -> None:
    office.clear_queue()
    lost, dead, young = office.request(5), office.claimed(5), office.request(5)
    office.write(
        "UPDATE dbo.GenerationRequests SET CreatedAt = DATEADD(MINUTE, -5, CreatedAt),"
        " UpdatedAt = NULL WHERE RequestId = ?;",
        lost,
    )
    office.let_lease_run_out(dead)
    sent: list[tuple[str, str]] = []

    done = maintenance.run(
        opened,
        settings,
        "requeue-pending",
        Order(send=lambda queue, text: sent.append((queue, text))),
    )

    assert done.items == 2
    assert {json.loads(text)["requestId"] for _, text in sent} == {lost, dead}
    assert {queue for queue, _ in sent} == {"coupon-generation"}
    assert young not in str(sent)
    with pytest.raises(ConfigurationError):
        maintenance.run(opened, settings, "requeue-pending")
    office.clear_queue()


def test_events_for_queues_go_there_and_requests_for_codes_to_the_workers(
    office: Office, opened: Database, settings: Settings
) -> None:
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0;")
    for channel, target in (("queue", "events"), ("email", "shop@example.com")):
        assert office.call(
            "sp_SetWebhook",
            name=fresh("hook"),
            channel=channel,
            target=target,
            event_types_json='["generation_requested"]',
        ).success
    request = office.request(3)
    sent: dict[str, str] = {}

    failed = delivery.run(opened, settings)
    office.write("UPDATE dbo.OutboxDeliveries SET NextAttemptAt = SYSUTCDATETIME();")
    done = delivery.run(opened, settings, send=sent.__setitem__)

    assert (failed.failed, done) == (2, delivery.Report(delivered=2))
    assert json.loads(sent["coupon-events"])["data"]["requestId"] == request
    assert json.loads(sent["coupon-generation"]) == {"requestId": request}
    mail = json.loads(sent["coupon-email"])
    assert (mail["to"], mail["subject"]) == ("shop@example.com", "couponry: generation_requested")
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0;")
    office.clear_queue()


def test_a_queue_that_does_not_answer_is_told_in_the_run(
    office: Office, opened: Database, settings: Settings
) -> None:
    office.clear_queue()
    office.let_lease_run_out(office.claimed(5))

    def send(queue: str, text: str) -> None:
        raise QueueUnreachable("no such account")

    with pytest.raises(QueueUnreachable):
        maintenance.run(opened, settings, "requeue-pending", Order(send=send))

    assert runs(office, "requeue-pending")[-1][0] == "Failed"
    office.clear_queue()


def test_a_lease_that_was_lost_counts_as_left(
    office: Office, opened: Database, settings: Settings
) -> None:
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0;")
    assert office.call(
        "sp_SetWebhook",
        name=fresh("hook"),
        channel="queue",
        target="q",
        event_types_json='["generation_requested"]',
    ).success
    office.request(3)

    def send(queue: str, text: str) -> None:
        office.write("UPDATE dbo.OutboxDeliveries SET LeaseOwner = N'another';")

    done = delivery.run(opened, settings, send=send)

    assert done == delivery.Report(left=1)
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0;")
    office.clear_queue()


def test_an_unknown_job_is_a_wrong_usage(opened: Database, settings: Settings) -> None:
    with pytest.raises(UsageError):
        maintenance.run(opened, settings, "sweep-the-floor")


def test_a_worker_ends_when_nothing_came_for_so_long(
    opened: Database, settings: Settings, office: Office
) -> None:
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0;")
    seconds = iter(range(100))
    pauses: list[float] = []

    done = delivery.work(
        opened,
        settings,
        idle_exit=5,
        clock=lambda: float(next(seconds)),
        pause=pauses.append,
    )

    assert done == delivery.Report()
    assert pauses
