"""The views of operations: jobs that are late, events under way, what is slow, what is big."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.spec.calls import Row
from tests.spec.office import Office, fresh, now

LATE_AFTER = {
    "expire-reservations": 600, "outbox-dispatch": 300, "refresh-counters": 300,
    "requeue-pending": 900, "fraud-scan": 1800, "expiry-sweep": 7200, "expire-credits": 7200,
    "snapshot": 172800, "usage-summary": 172800, "reconcile": 172800, "cleanup": 172800,
    "archive": 184 * 86400,
}  # fmt: skip


def status(office: Office, job: str) -> Row:
    return office.row("SELECT * FROM dbo.vw_JobStatus WHERE JobName = ?;", job)


def ran(office: Office, job: str, seconds_ago: int, end: str = "Succeeded", **more: object) -> None:
    given = {"ItemsProcessed": 3} | more
    started = now() - timedelta(seconds=seconds_ago + 2)
    columns = "".join(f", {name}" for name in given)
    marks = ", ?" * len(given)
    office.write(
        f"INSERT INTO dbo.JobRuns (JobName, Status, StartedAt, FinishedAt{columns})"
        f" VALUES (?, ?, ?, ?{marks});",
        job,
        end,
        started,
        None if end == "Running" else started + timedelta(seconds=2),
        *given.values(),
    )


@pytest.fixture
def no_runs(office: Office) -> Iterator[Office]:
    """The runs of other tests are long ago, as long as the test lasts."""
    connection = office.connection()
    connection.execute("BEGIN TRANSACTION; DELETE FROM dbo.JobRuns;")
    yield office
    connection.execute("ROLLBACK TRANSACTION;")


def test_each_job_is_late_after_its_own_time(no_runs: Office) -> None:
    office = no_runs
    for job, seconds in LATE_AFTER.items():
        assert (status(office, job)["IsLate"], status(office, job)["LastStatus"]) == (True, None)
        ran(office, job, seconds + 60)
        assert status(office, job)["IsLate"], job
        ran(office, job, seconds - 60)
        assert not status(office, job)["IsLate"], job


def test_the_last_run_and_the_last_success_are_told_apart(no_runs: Office) -> None:
    ran(no_runs, "cleanup", 500)
    ran(no_runs, "cleanup", 100, "Failed", Error="1205: deadlock")
    ran(no_runs, "cleanup", 10, "Skipped")
    ran(no_runs, "of-mine", 5, "Running")

    row, mine = status(no_runs, "cleanup"), status(no_runs, "of-mine")

    assert (row["LastStatus"], row["LastError"], row["LastItems"]) == (
        "Failed",
        "1205: deadlock",
        3,
    )
    assert float(row["LastDurationSeconds"]) == 2.0
    assert 500 <= row["SecondsSinceSuccess"] < 560
    assert (mine["LastStatus"], mine["LastDurationSeconds"], mine["IsLate"]) == (
        "Running",
        None,
        False,
    )


def test_recent_events_are_those_of_a_day(office: Office) -> None:
    code = office.coupon()
    redeemed = str(
        office.call("sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"))["RedemptionId"]
    )
    seen = (
        "SELECT EventType FROM dbo.vw_RecentEvents"
        " WHERE EntityType = N'redemption' AND EntityId = ?;"
    )
    assert [row["EventType"] for row in office.rows(seen, redeemed)] == ["coupon_used"]

    office.write(
        "UPDATE dbo.OutboxEvents SET OccurredAt = DATEADD(HOUR, -25, OccurredAt)"
        " WHERE EntityId = ?;",
        redeemed,
    )

    assert office.rows(seen, redeemed) == ()


def test_the_backlog_tells_what_waits_and_why(office: Office) -> None:
    office.write("UPDATE dbo.OutboxEvents SET FannedOutAt = SYSUTCDATETIME();")
    hook = office.call(
        "sp_SetWebhook", name=fresh("hook"), channel="webhook", target="https://shop.example/hook",
        event_types_json='["coupon_used"]',
    )["WebhookId"]  # fmt: skip
    for _ in range(3):
        office.call("sp_RedeemCoupon", coupon_code=office.coupon(), user_id=fresh("u"))
    taken = [
        row
        for row in office.call("sp_DequeueOutbox", lease_owner="w", max_events=100).sets[0]
        if row["WebhookId"] == hook
    ]
    for row in taken[:2]:
        office.call(
            "sp_CompleteOutbox", event_id=row["EventId"], webhook_id=hook, lease_owner="w",
            delivered=0, error="503",
        )  # fmt: skip
    office.write(
        "UPDATE dbo.OutboxDeliveries SET Status = N'Dead' WHERE EventId = ? AND WebhookId = ?;",
        taken[0]["EventId"],
        hook,
    )

    row = office.row("SELECT * FROM dbo.vw_OutboxBacklog WHERE WebhookId = ?;", hook)

    assert (row["Pending"], row["Leased"], row["Dead"], row["LastError"]) == (1, 1, 1, "503")
    assert 0 <= row["OldestPendingSeconds"] < 60
    assert row["IsActive"]
    office.write("UPDATE dbo.WebhookSubscriptions SET IsActive = 0 WHERE WebhookId = ?;", hook)


def test_sizes_name_every_table_once(office: Office) -> None:
    found = office.rows("SELECT * FROM dbo.vw_TableSizes;")
    tables = office.rows("SELECT name FROM sys.tables WHERE schema_id = SCHEMA_ID(N'dbo');")

    assert sorted(row["TableName"] for row in found) == sorted(row["name"] for row in tables)
    (settings,) = [row for row in found if row["TableName"] == "Settings"]
    assert settings["Rows"] == office.value("SELECT COUNT(*) FROM dbo.Settings;")
    assert settings["ReservedMB"] > 0
    assert settings["IndexMB"] >= 0


def test_performance_is_by_procedure_and_slow_by_the_setting(office: Office) -> None:
    """What a server has measured is its own affair; the view adds nothing to it."""
    found = office.rows("SELECT * FROM dbo.vw_ProcedurePerformance;")
    names = [row["ProcedureName"] for row in found]

    assert len(names) == len(set(names))
    assert all(row["IsSlow"] == (row["AvgMs"] > 100) for row in found)
