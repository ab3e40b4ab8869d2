"""Generation of codes: who works on a request, and what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.spec.office import Office, fresh, fresh_codes, now

FINAL = ("Completed", "Failed", "Cancelled")


# ---------------------------------------------------------------- leases


def test_the_oldest_request_is_claimed_first(office: Office) -> None:
    office.clear_queue()
    older, newer = office.request(), office.request()
    office.write(
        "UPDATE dbo.GenerationRequests SET CreatedAt = DATEADD(hour, -1, CreatedAt)"
        " WHERE RequestId = ?;",
        older,
    )

    first, second, third = office.claim("w-1"), office.claim("w-2"), office.claim("w-3")

    assert (first["RequestId"], second["RequestId"]) == (older, newer)
    assert third.code == "NO_WORK"


def test_a_claim_tells_what_there_is_to_do(office: Office) -> None:
    request = office.request(12, prefix="AB", batch_size=5, code_length=14)

    answer = office.claim("w-1", request, lease_seconds=60)

    assert answer["RemainingAmount"] == answer["RequestedAmount"] == 12
    assert (answer["Prefix"], answer["CodeLength"], answer["BatchSize"]) == ("AB", 14, 5)
    assert (answer["NextBatchNo"], answer["AttemptCount"]) == (1, 1)
    assert now() < answer["LeaseExpiresAt"] <= now() + timedelta(seconds=62)
    assert office.stored(request)["Status"] == "Processing"


@pytest.mark.ec("EC-035")
def test_a_request_is_leased_to_one_worker_only(office: Office) -> None:
    office.clear_queue()
    request = office.request()

    assert office.claim("w-1", request).success
    assert office.claim("w-2", request).code == "REQUEST_NOT_CLAIMABLE"
    assert office.claim("w-2").code == "NO_WORK"


def test_the_holder_renews_its_lease_without_counting_an_attempt(office: Office) -> None:
    office.clear_queue()
    request = office.request()
    first = office.claim("w-1", request, lease_seconds=10)

    by_name = office.claim("w-1", request, lease_seconds=600)
    by_worker = office.claim("w-1", lease_seconds=900)

    assert by_name["AttemptCount"] == by_worker["AttemptCount"] == 1
    assert by_worker["RequestId"] == request
    assert by_worker["LeaseExpiresAt"] > by_name["LeaseExpiresAt"] > first["LeaseExpiresAt"]


def test_a_lease_that_ran_out_goes_to_the_next_worker(office: Office) -> None:
    office.clear_queue()
    request = office.claimed(worker="w-1")
    office.let_lease_run_out(request)
    office.request()

    answer = office.claim("w-2")

    assert (answer["RequestId"], answer["AttemptCount"]) == (request, 2)


def test_a_request_claimed_too_often_fails(office: Office) -> None:
    office.set("generation_max_attempts", 2)
    request = office.request()
    for worker in ("w-1", "w-2"):
        assert office.claim(worker, request).success
        office.let_lease_run_out(request)

    answer = office.claim("w-3", request)

    stored = office.stored(request)
    assert answer.code == "REQUEST_NOT_CLAIMABLE"
    assert (stored["Status"], stored["AttemptCount"]) == ("Failed", 2)
    assert stored["LeaseOwner"] is None and stored["CompletedAt"] is not None
    assert office.events(request)[-1] == "generation_finished"


def test_a_worker_passes_over_requests_that_fail_and_takes_the_next(office: Office) -> None:
    office.clear_queue()
    office.set("generation_max_attempts", 1)
    spent, waiting = office.claimed(worker="w-1"), office.request()
    office.let_lease_run_out(spent)

    answer = office.claim("w-2")

    assert answer["RequestId"] == waiting
    assert office.stored(spent)["Status"] == "Failed"


@pytest.mark.parametrize("status", FINAL)
def test_a_final_request_is_not_claimable(office: Office, status: str) -> None:
    request = office.request()
    office.write(
        "UPDATE dbo.GenerationRequests SET Status = ? WHERE RequestId = ?;", status, request
    )

    assert office.claim("w-1", request).code == "REQUEST_NOT_CLAIMABLE"


def test_an_unknown_request_is_not_found(office: Office) -> None:
    name = fresh("gen")

    assert office.claim("w-1", name).code == "REQUEST_NOT_FOUND"
    assert office.update(name, "Failed").code == "REQUEST_NOT_FOUND"
    assert office.store(name, 1, fresh_codes(1)).code == "REQUEST_NOT_FOUND"
    for procedure in (
        "sp_CancelGenerationRequest",
        "sp_RetryGenerationRequest",
        "sp_GetGenerationRequest",
        "sp_ExportBatchCodes",
    ):
        answer = office.call(procedure, request_id=name)
        assert answer.code == "REQUEST_NOT_FOUND", procedure
        assert not answer.success


# ---------------------------------------------------------------- status changes

CHANGES = {
    ("Processing", "Processing"): True,
    ("Processing", "Completed"): False,
    ("Processing", "Failed"): True,
    ("Processing", "Cancelled"): True,
    ("Processing", "Pending"): True,
    ("Pending", "Pending"): False,
    ("Pending", "Processing"): False,
    ("Pending", "Completed"): False,
    ("Pending", "Failed"): True,
    ("Pending", "Cancelled"): True,
    **{(final, other): final == other for final in FINAL for other in FINAL},
    **{(final, other): False for final in FINAL for other in ("Pending", "Processing")},
}


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_request_changes_status_only_as_allowed(office: Office, before: str, after: str) -> None:
    request = office.request(3)
    if before == "Processing":
        office.claim("worker-a", request)
    elif before != "Pending":
        office.write(
            "UPDATE dbo.GenerationRequests SET Status = ? WHERE RequestId = ?;", before, request
        )

    answer = office.update(request, after, lease_owner="worker-a")

    allowed = CHANGES[before, after]
    assert answer.code == (None if allowed else "INVALID_STATUS_TRANSITION")
    assert office.stored(request)["Status"] == (after if allowed else before)


def test_a_request_is_completed_when_all_its_codes_exist(office: Office) -> None:
    request = office.claimed(2)
    office.store(request, 1, fresh_codes(2))

    answer = office.update(request, "Completed", lease_owner="worker-a")

    stored = office.stored(request)
    assert (answer["Status"], answer["GeneratedAmount"]) == ("Completed", 2)
    assert stored["CompletedAt"] is not None and stored["LeaseOwner"] is None
    assert office.events(request) == ["generation_requested", "generation_finished"]
    payload = office.value(
        "SELECT PayloadJson FROM dbo.OutboxEvents"
        " WHERE EntityId = ? AND EventType = N'generation_finished';",
        request,
    )
    assert json.loads(payload) == {
        "requestId": request,
        "campaignId": stored["CampaignId"],
        "status": "Completed",
        "requested": 2,
        "generated": 2,
        "collisions": 0,
    }


def test_a_final_status_said_again_writes_nothing(office: Office) -> None:
    request = office.claimed()
    office.update(request, "Failed", lease_owner="worker-a", failure_reason="disk full")
    before = office.stored(request), office.actions(request), office.events(request)

    answer = office.update(request, "Failed", failure_reason="something else")

    assert answer.success
    assert (office.stored(request), office.actions(request), office.events(request)) == before


def test_only_the_holder_of_the_lease_may_change_a_request(office: Office) -> None:
    request = office.claimed(worker="w-1")

    for status in ("Processing", "Pending", "Failed", "Cancelled"):
        assert office.update(request, status, lease_owner="w-2").code == "LEASE_LOST"
        assert office.update(request, status).code == "LEASE_LOST"
    office.let_lease_run_out(request)
    assert office.update(request, "Processing", lease_owner="w-1").code == "LEASE_LOST"
    assert office.stored(request)["LeaseOwner"] == "w-1"


def test_operators_end_a_request_whose_lease_has_run_out(office: Office) -> None:
    request = office.claimed()

    assert office.update(request, "Failed", role="ops").code == "LEASE_LOST"
    office.let_lease_run_out(request)
    assert office.update(request, "Pending", role="ops").code == "LEASE_LOST"
    assert office.update(request, "Failed", role="job").code == "LEASE_LOST"
    assert office.update(request, "Failed", role="ops").success


def test_a_heartbeat_keeps_the_lease(office: Office) -> None:
    request = office.claimed()
    before = office.stored(request)

    answer = office.update(request, "Processing", lease_owner="worker-a", lease_seconds=3600)

    assert answer["LeaseExpiresAt"] > before["LeaseExpiresAt"] + timedelta(minutes=30)
    assert office.actions(request) == ["generation.create"]


def test_work_given_back_is_claimed_by_another(office: Office) -> None:
    request = office.claimed(worker="w-1")

    assert office.update(request, "Pending", lease_owner="w-1").success
    answer = office.claim("w-2", request)

    assert (answer["RequestId"], answer["AttemptCount"]) == (request, 2)
