"""Jobs: one instance at a time, and one row for each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.endpoint import Target
from tests.spec.calls import call, run
from tests.spec.office import Office, fresh


def runs(office: Office, job: str) -> list[tuple[object, ...]]:
    """Status, items and whether it has ended, of each run, oldest first."""
    found = office.rows(
        "SELECT Status, ItemsProcessed, IIF(FinishedAt IS NULL, 0, 1) AS Ended FROM dbo.JobRuns"
        " WHERE JobName = ? ORDER BY JobRunId;",
        job,
    )
    return [tuple(row.values()) for row in found]


@contextmanager
def busy(database: Target, job: str) -> Iterator[None]:
    """Another session runs this job."""
    with closing(database.connect()) as other:
        run(
            other,
            "EXEC sys.sp_getapplock @Resource = ?, @LockMode = N'Exclusive',"
            " @LockOwner = N'Session', @LockTimeout = 0;",
            [f"couponry:{job}"],
        )
        yield
        # Given back in words: a server may notice a closed connection only later.
        run(
            other,
            "EXEC sys.sp_releaseapplock @Resource = ?, @LockOwner = N'Session';",
            [f"couponry:{job}"],
        )


def test_a_run_leaves_its_row(office: Office) -> None:
    before = len(runs(office, "refresh-counters"))

    answer = office.call("sp_RefreshCampaignCounters")

    assert answer.success
    assert runs(office, "refresh-counters")[before:] == [("Succeeded", answer["Refreshed"], 1)]


def test_a_second_instance_ends_quietly_and_says_so(office: Office, database: Target) -> None:
    before = len(runs(office, "refresh-counters"))

    with busy(database, "refresh-counters"):
        answer = office.call("sp_RefreshCampaignCounters", role="job")

    assert (answer.success, answer.code, answer["Message"]) == (True, None, "Skipped")
    assert answer["Refreshed"] == 0
    assert runs(office, "refresh-counters")[before:] == [("Skipped", 0, 1)]
    assert office.call("sp_RefreshCampaignCounters", role="job")["Message"] != "Skipped"


def test_the_lock_is_given_back_at_the_end_of_a_run(office: Office, database: Target) -> None:
    assert office.call("sp_RefreshCampaignCounters").success

    with closing(database.connect()) as other:
        answer = call(other, "sp_RefreshCampaignCounters")

    assert answer["Message"] != "Skipped"


def test_a_run_that_was_killed_is_closed_by_the_next_one(office: Office) -> None:
    office.write("INSERT INTO dbo.JobRuns (JobName) VALUES (N'refresh-counters');")

    office.call("sp_RefreshCampaignCounters")

    last = office.rows(
        "SELECT TOP (2) Status, Error FROM dbo.JobRuns WHERE JobName = N'refresh-counters'"
        " ORDER BY JobRunId DESC;"
    )
    assert [row["Status"] for row in last] == ["Succeeded", "Failed"]
    assert last[1]["Error"] == "The run ended without a report."


# ---------------------------------------------------------------- work done outside the database


def test_work_outside_the_database_is_recorded(office: Office) -> None:
    job = fresh("job")
    started = office.call("sp_StartJobRun", role="job", job_name=job, host="box-1")

    ended = office.call(
        "sp_EndJobRun",
        role="job",
        job_run_id=started["JobRunId"],
        status="Failed",
        items_processed=7,
        details_json='{"files":2}',
        error="disk full",
    )

    row = office.row("SELECT * FROM dbo.JobRuns WHERE JobRunId = ?;", started["JobRunId"])
    assert (started.success, ended.success) == (True, True)
    assert (row["JobName"], row["Host"], row["Status"]) == (job, "box-1", "Failed")
    assert (row["ItemsProcessed"], row["DetailsJson"]) == (7, '{"files":2}')
    assert row["Error"] == "disk full"
    assert row["FinishedAt"] >= row["StartedAt"]


def test_a_run_ends_once(office: Office) -> None:
    run_id = office.call("sp_StartJobRun", job_name=fresh("job"), host="box-1")["JobRunId"]
    assert office.call("sp_EndJobRun", job_run_id=run_id, status="Succeeded").success

    again = office.call("sp_EndJobRun", job_run_id=run_id, status="Succeeded")
    otherwise = office.call("sp_EndJobRun", job_run_id=run_id, status="Failed")

    assert again.success
    assert otherwise.code == "INVALID_STATUS_TRANSITION"
    assert office.call("sp_EndJobRun", job_run_id=0, status="Failed").code == "ENTRY_NOT_FOUND"


@pytest.mark.parametrize(
    ("number", "procedure", "arguments"),
    [
        (50001, "sp_StartJobRun", {"job_name": " ", "host": "box"}),
        (50001, "sp_StartJobRun", {"job_name": "job", "host": None}),
        (50001, "sp_EndJobRun", {"job_run_id": None, "status": "Failed"}),
        (50001, "sp_EndJobRun", {"job_run_id": 1, "status": None}),
        (50003, "sp_EndJobRun", {"job_run_id": 1, "status": "Running"}),
        (50002, "sp_EndJobRun", {"job_run_id": 1, "status": "Failed", "items_processed": -1}),
        (50004, "sp_EndJobRun", {"job_run_id": 1, "status": "Failed", "details_json": "{"}),
        (50008, "sp_RefreshCampaignCounters", {"campaign_id": "c" * 101}),
    ],
)
def test_broken_calls_are_thrown(
    office: Office, number: int, procedure: str, arguments: dict[str, object]
) -> None:
    office.refuses(number, procedure, **arguments)
