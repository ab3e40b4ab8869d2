"""Generation of codes: requests, leases, batches."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.office import Office, as_json, fresh, fresh_code, fresh_codes, now

FINAL = ("Completed", "Failed", "Cancelled")


# ---------------------------------------------------------------- asking for codes


def test_a_request_waits_audited_and_announced(office: Office) -> None:
    campaign = office.campaign()

    answer = office.call(
        "sp_CreateGenerationRequest",
        campaign_id=campaign,
        requested_amount=1_000_000,
        prefix=" spr ",
        requested_by="ann",
    )

    stored = office.stored(answer["RequestId"])
    assert answer["Status"] == stored["Status"] == "Pending"
    assert answer["EffectiveBits"] == Decimal("39.52")
    assert answer["RequestId"].startswith("gen-") and len(answer["RequestId"]) == 36
    assert (stored["Prefix"], stored["CodeLength"], stored["BatchSize"]) == ("SPR", 12, 5000)
    assert (stored["RequestedBy"], stored["GeneratedAmount"]) == ("ann", 0)
    assert office.actions(answer["RequestId"]) == ["generation.create"]
    assert office.events(answer["RequestId"]) == ["generation_requested"]


def test_the_same_request_again_is_the_stored_one(office: Office) -> None:
    campaign, request = office.campaign(), fresh("gen")
    first = office.call(
        "sp_CreateGenerationRequest",
        campaign_id=campaign,
        requested_amount=50,
        request_id=request,
        coupon_defaults_json='{"maxUses": 2}',
    )
    office.set("generation_batch_size", 100)

    second = office.call(
        "sp_CreateGenerationRequest",
        campaign_id=campaign,
        requested_amount=50,
        request_id=request,
        coupon_defaults_json='{"maxUses": 2}',
    )

    assert second.success
    assert second["RequestId"] == request
    assert second["EffectiveBits"] == first["EffectiveBits"]
    assert office.actions(request) == ["generation.create"]


@pytest.mark.parametrize(
    "changed",
    [{"requested_amount": 51}, {"prefix": "X"}, {"coupon_defaults_json": '{"maxUses": 3}'}],
)
def test_a_request_id_does_not_stand_for_two_requests(
    office: Office, changed: dict[str, Any]
) -> None:
    given = {"campaign_id": office.campaign(), "requested_amount": 50, "request_id": fresh("gen")}
    office.call("sp_CreateGenerationRequest", **given)

    answer = office.call("sp_CreateGenerationRequest", **(given | changed))

    assert answer.code == "IDEMPOTENCY_KEY_REUSED"
    assert office.stored(str(given["request_id"]))["RequestedAmount"] == 50


def test_a_request_needs_a_campaign_that_is_not_deleted(office: Office) -> None:
    deleted = office.campaign()
    office.write(
        "UPDATE dbo.Campaigns SET DeletedAt = SYSUTCDATETIME(), IsActive = 0 WHERE CampaignId = ?;",
        deleted,
    )

    for campaign in (deleted, fresh("none")):
        answer = office.call("sp_CreateGenerationRequest", campaign_id=campaign, requested_amount=5)
        assert answer.code == "CAMPAIGN_NOT_FOUND"


def test_an_inactive_campaign_may_have_codes_made(office: Office) -> None:
    assert office.request(5, office.campaign(is_active=0))


def test_codes_too_easy_to_guess_are_refused(office: Office) -> None:
    campaign = office.campaign()

    answer = office.call(
        "sp_CreateGenerationRequest",
        campaign_id=campaign,
        requested_amount=5_000_000,
        code_length=8,
    )

    assert answer.code == "INSUFFICIENT_ENTROPY"
    assert answer["RequestId"] is None and answer["EffectiveBits"] is None


def test_codes_of_earlier_requests_weaken_later_ones(office: Office) -> None:
    campaign = office.campaign()
    office.request(500_000, campaign)
    office.coupon(campaign)

    answer = office.call(
        "sp_CreateGenerationRequest", campaign_id=campaign, requested_amount=500_000
    )

    assert answer["EffectiveBits"] == Decimal("39.52")


def test_codes_without_any_discount_are_refused(office: Office) -> None:
    campaign = office.campaign(discount_percentage=None)

    answer = office.call("sp_CreateGenerationRequest", campaign_id=campaign, requested_amount=5)
    with_template = office.call(
        "sp_CreateGenerationRequest",
        campaign_id=campaign,
        requested_amount=5,
        coupon_defaults_json='{"discountType": "percentage", "discountValue": 15}',
    )

    assert answer.code == "NO_DISCOUNT_CONFIGURED"
    assert with_template.success


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


# ---------------------------------------------------------------- batches


def test_a_batch_becomes_coupons_of_the_campaign(office: Office) -> None:
    campaign, expires = office.campaign(), now() + timedelta(days=9)
    template = {
        "couponType": "fixed_amount_discount",
        "discountType": "fixed_amount",
        "discountValue": "7.50",
        "maxUses": 3,
        "maxUsesPerUser": 2,
        "minimumOrderAmount": 20,
        "internalName": "Spring mailing",
        "isActive": False,
    }
    request = office.claimed(
        3, campaign=campaign, expiration_date=expires, coupon_defaults_json=json.dumps(template)
    )
    plain, personal, early = fresh_codes(3)

    answer = office.store(
        request,
        1,
        [
            {"code": plain, "assignedTo": None, "expiresAt": None},
            {"code": personal, "assignedTo": "u-7"},
            {"code": early, "expiresAt": (expires - timedelta(days=1)).isoformat()},
        ],
    )

    assert answer.success
    assert (answer["InsertedCount"], answer["CollisionCount"]) == (3, 0)
    assert (answer["GeneratedAmount"], answer["RemainingAmount"]) == (3, 0)
    assert (answer["NextBatchNo"], answer["IsReplay"]) == (2, False)
    assert answer.sets[1] == ()
    rows = {
        row["CouponCode"]: row
        for row in office.rows("SELECT * FROM dbo.Coupons WHERE GenerationBatchId = ?;", request)
    }
    for row in rows.values():
        assert row["CampaignId"] == campaign
        assert (row["CouponType"], row["DiscountType"]) == (
            "fixed_amount_discount",
            "fixed_amount",
        )
        assert row["DiscountValue"] == Decimal("7.50")
        assert (row["MaxUses"], row["MaxUsesPerUser"]) == (3, 2)
        assert row["MinimumOrderAmount"] == 20
        assert (row["InternalName"], row["IsActive"]) == ("Spring mailing", False)
    assert [rows[code]["AssignedTo"] for code in (plain, personal, early)] == [None, "u-7", None]
    assert [rows[code]["ExpiresAt"] for code in (plain, personal, early)] == [
        expires,
        expires,
        expires - timedelta(days=1),
    ]


def test_generated_codes_are_single_use_and_active_unless_told_otherwise(office: Office) -> None:
    request = office.claimed(1)
    office.store(request, 1, [code := fresh_code()])

    row = office.row("SELECT * FROM dbo.Coupons WHERE CouponCode = ?;", code)

    assert (row["MaxUses"], row["MaxUsesPerUser"], row["IsActive"]) == (1, 1, True)
    assert (row["CouponType"], row["DiscountType"]) == ("percentage_discount", None)
    assert (row["ApplicableTo"], row["MinimumOrderAmount"]) == ("all", 0)


def test_a_batch_renews_the_lease(office: Office) -> None:
    request = office.claimed(4)
    office.write(
        "UPDATE dbo.GenerationRequests SET LeaseExpiresAt = DATEADD(second, 20, SYSUTCDATETIME())"
        " WHERE RequestId = ?;",
        request,
    )

    office.store(request, 1, fresh_codes(2))

    stored = office.stored(request)
    assert stored["LeaseExpiresAt"] > now() + timedelta(seconds=200)
    assert (stored["LastBatchNo"], stored["GeneratedAmount"]) == (1, 2)
    assert stored["LastProgressAt"] is not None


def test_a_batch_sent_twice_is_stored_once(office: Office) -> None:
    request, codes = office.claimed(10), fresh_codes(4)
    first = office.store(request, 1, codes)
    before = office.stored(request)

    second = office.store(request, 1, codes)

    assert second["IsReplay"] is True
    for column in ("InsertedCount", "CollisionCount", "GeneratedAmount", "NextBatchNo"):
        assert second[column] == first[column]
    assert office.stored(request) == before
    assert office.codes_of(request) == sorted(codes)


def test_a_batch_sent_twice_is_answered_even_after_the_lease_was_lost(office: Office) -> None:
    request, codes = office.claimed(10, worker="w-1"), fresh_codes(4)
    office.store(request, 1, codes, "w-1")
    office.let_lease_run_out(request)
    office.claim("w-2", request)

    assert office.store(request, 1, codes, "w-1")["IsReplay"] is True


def test_a_batch_number_does_not_stand_for_two_batches(office: Office) -> None:
    request = office.claimed(10)
    office.store(request, 1, fresh_codes(2))

    answer = office.store(request, 1, fresh_codes(2))

    assert answer.code == "IDEMPOTENCY_KEY_REUSED"
    assert answer["InsertedCount"] is None
    assert len(office.codes_of(request)) == 2


def test_batch_numbers_have_no_gap(office: Office) -> None:
    request = office.claimed(10)

    message = office.refuses(
        50002,
        "sp_BulkInsertCoupons",
        request_id=request,
        lease_owner="worker-a",
        batch_no=2,
        coupons_json=as_json(fresh_codes(1)),
    )

    assert "ARG_OUT_OF_RANGE: @BatchNo" in message
    assert office.codes_of(request) == []


@pytest.mark.ec("EC-037")
def test_codes_that_exist_anywhere_are_collisions(office: Office) -> None:
    by_hand, deleted = office.coupon(), office.coupon()
    office.write(
        "UPDATE dbo.Coupons SET DeletedAt = SYSUTCDATETIME(), IsActive = 0 WHERE CouponCode = ?;",
        deleted,
    )
    earlier = office.claimed(2)
    office.store(earlier, 1, [generated := fresh_code()])
    request, new = office.claimed(5), fresh_code()

    answer = office.store(request, 1, [by_hand, new, deleted, generated])

    assert (answer["InsertedCount"], answer["CollisionCount"]) == (1, 3)
    assert [row["CouponCode"] for row in answer.sets[1]] == sorted([by_hand, deleted, generated])
    assert answer["RemainingAmount"] == 4
    assert office.codes_of(request) == [new]
    assert office.stored(request)["CollisionCount"] == 3


def test_the_first_occurrence_of_a_code_in_a_batch_counts(office: Office) -> None:
    request, code, other = office.claimed(5), fresh_code(), fresh_code()

    answer = office.store(
        request,
        1,
        [
            {"code": code, "assignedTo": "u-first"},
            {"code": other},
            {"code": code, "assignedTo": "u-second"},
        ],
    )

    assert (answer["InsertedCount"], answer["CollisionCount"]) == (2, 0)
    owner = office.value("SELECT AssignedTo FROM dbo.Coupons WHERE CouponCode = ?;", code)
    assert owner == "u-first"
    received = office.value(
        "SELECT ReceivedCount FROM dbo.GenerationBatches WHERE RequestId = ?;", request
    )
    assert received == 3


def test_no_more_codes_are_stored_than_were_asked_for(office: Office) -> None:
    request = office.claimed(3)

    answer = office.store(request, 1, fresh_codes(5))

    assert (answer["InsertedCount"], answer["RemainingAmount"]) == (3, 0)
    assert len(office.codes_of(request)) == 3
    assert office.store(request, 2, fresh_codes(1)).code == "REQUEST_COMPLETE"


def test_without_the_lease_nothing_is_stored(office: Office) -> None:
    request = office.claimed(10, worker="w-1")

    assert office.store(request, 1, fresh_codes(1), "w-2").code == "LEASE_LOST"
    office.let_lease_run_out(request)
    assert office.store(request, 1, fresh_codes(1), "w-1").code == "LEASE_LOST"
    office.claim("w-2", request)
    assert office.store(request, 1, fresh_codes(1), "w-1").code == "LEASE_LOST"
    assert office.codes_of(request) == []
    assert office.store(request, 1, fresh_codes(1), "w-2").success


BAD_BATCHES = [
    (50004, "no json"),
    (50004, '{"code":"ABC"}'),
    (50004, '["ABCDEF"]'),
    (50004, '[{"kode":"ABCDEF"}]'),
    (50004, '[{"code":"ABCDEF","expiresAt":"soon"}]'),
    (50005, '[{"code":"ABCDEF"},{"code":"AB"}]'),
    (50005, '[{"code":"ABC DEF"}]'),
    (50005, '[{"code":"abcdef"}]'),
    (50005, json.dumps([{"code": "A" * 51}])),
    (50008, json.dumps([{"code": "ABCDEF", "assignedTo": "u" * 101}])),
]


@pytest.mark.parametrize(("number", "text"), BAD_BATCHES)
def test_a_bad_batch_is_refused_as_a_whole(office: Office, number: int, text: str) -> None:
    request = office.claimed(10)

    message = office.refuses(
        number,
        "sp_BulkInsertCoupons",
        request_id=request,
        lease_owner="worker-a",
        batch_no=1,
        coupons_json=text,
    )

    assert message.startswith("ARG_") and ": @CouponsJson" in message
    assert office.codes_of(request) == []
    assert office.stored(request)["LastBatchNo"] == 0


def test_a_batch_holds_20000_codes_at_most(office: Office) -> None:
    request = office.claimed(30_000)

    message = office.refuses(
        50004,
        "sp_BulkInsertCoupons",
        request_id=request,
        lease_owner="worker-a",
        batch_no=1,
        coupons_json=as_json(f"C{number:06}" for number in range(20_001)),
    )

    assert "20,000" in message


def test_an_own_end_before_the_start_is_refused(office: Office) -> None:
    start = now() + timedelta(days=3)
    request = office.claimed(3, coupon_defaults_json=json.dumps({"validFrom": start.isoformat()}))

    office.refuses(
        50006,
        "sp_BulkInsertCoupons",
        request_id=request,
        lease_owner="worker-a",
        batch_no=1,
        coupons_json=as_json([{"code": fresh_code(), "expiresAt": now().isoformat()}]),
    )


@pytest.mark.ec("EC-034")
def test_a_request_is_finished_by_the_next_worker_after_a_crash(office: Office) -> None:
    request = office.request(12, batch_size=5)
    office.claim("w-1", request)
    codes = [fresh_codes(5), fresh_codes(5), fresh_codes(2)]
    office.store(request, 1, codes[0], "w-1")
    lost = office.connection("job")
    lost.autocommit = False
    office.call(
        "sp_BulkInsertCoupons",
        role="job",
        request_id=request,
        lease_owner="w-1",
        batch_no=2,
        coupons_json=as_json(fresh_codes(5)),
    )
    lost.rollback()
    lost.autocommit = True
    office.let_lease_run_out(request)

    answer = office.claim("w-2", request)
    assert (answer["NextBatchNo"], answer["RemainingAmount"]) == (2, 7)
    assert (answer["AttemptCount"], answer["GeneratedAmount"]) == (2, 5)
    office.store(request, 2, codes[1], "w-2")
    office.store(request, 3, codes[2], "w-2")
    done = office.update(request, "Completed", lease_owner="w-2")

    assert (done["Status"], done["GeneratedAmount"]) == ("Completed", 12)
    assert office.codes_of(request) == sorted(code for batch in codes for code in batch)
    batches = office.call("sp_GetGenerationRequest", request_id=request).sets[1]
    assert [row["BatchNo"] for row in batches] == [1, 2, 3]


# ---------------------------------------------------------------- cancelling and retrying


def test_a_waiting_request_is_cancelled_at_once(office: Office) -> None:
    request = office.request()

    answer = office.call("sp_CancelGenerationRequest", request_id=request, actor="ann")

    stored = office.stored(request)
    assert (answer["Status"], stored["Status"]) == ("Cancelled", "Cancelled")
    assert stored["CancelledBy"] == "ann"
    assert office.events(request)[-1] == "generation_finished"


def test_a_worker_is_told_to_stop_at_its_next_batch(office: Office) -> None:
    request = office.claimed(10)
    office.store(request, 1, fresh_codes(4))

    answer = office.call("sp_CancelGenerationRequest", request_id=request)
    again = office.call("sp_CancelGenerationRequest", request_id=request)
    refused = office.store(request, 2, fresh_codes(4))
    ended = office.update(request, "Cancelled", lease_owner="worker-a")

    assert (answer["Status"], answer["GeneratedAmount"]) == ("Processing", 4)
    assert again.success
    assert refused.code == "CANCEL_REQUESTED"
    assert (ended["Status"], ended["GeneratedAmount"]) == ("Cancelled", 4)
    assert len(office.codes_of(request)) == 4
    assert office.actions(request).count("generation.request_cancel") == 1


def test_a_request_without_a_living_worker_is_cancelled_at_once(office: Office) -> None:
    request = office.claimed()
    office.let_lease_run_out(request)

    answer = office.call("sp_CancelGenerationRequest", request_id=request)

    assert answer["Status"] == "Cancelled"


@pytest.mark.parametrize(("deactivate", "active"), [(0, 3), (1, 0)])
def test_codes_of_a_cancelled_request_stay_unless_switched_off(
    office: Office, deactivate: int, active: int
) -> None:
    request = office.claimed(10)
    office.store(request, 1, fresh_codes(3))

    office.call("sp_CancelGenerationRequest", request_id=request, deactivate_codes=deactivate)

    left = office.value(
        "SELECT COUNT(*) FROM dbo.Coupons WHERE GenerationBatchId = ? AND IsActive = 1;", request
    )
    assert left == active


@pytest.mark.parametrize("status", FINAL)
def test_a_final_request_is_not_cancelled(office: Office, status: str) -> None:
    request = office.request()
    office.write(
        "UPDATE dbo.GenerationRequests SET Status = ? WHERE RequestId = ?;", status, request
    )

    answer = office.call("sp_CancelGenerationRequest", request_id=request)

    assert answer.code == "INVALID_STATUS_TRANSITION"


def test_a_failed_request_is_retried_from_where_it_was(office: Office) -> None:
    request = office.claimed(5)
    office.store(request, 1, fresh_codes(2))
    office.update(request, "Failed", lease_owner="worker-a", failure_reason="disk full")

    answer = office.call("sp_RetryGenerationRequest", request_id=request)
    again = office.call("sp_RetryGenerationRequest", request_id=request)
    claim = office.claim("w-2", request)

    assert (answer["Status"], again["Status"]) == ("Pending", "Pending")
    assert (claim["GeneratedAmount"], claim["NextBatchNo"], claim["AttemptCount"]) == (2, 2, 1)
    assert office.stored(request)["FailureReason"] is None
    assert office.actions(request).count("generation.retry") == 1
    before = office.value(
        "SELECT BeforeJson FROM dbo.AuditLog WHERE EntityId = ? AND Action = N'generation.retry';",
        request,
    )
    assert json.loads(before)["failureReason"] == "disk full"


@pytest.mark.parametrize("status", ["Processing", "Completed", "Cancelled"])
def test_only_failed_requests_are_retried(office: Office, status: str) -> None:
    request = office.claimed()
    if status != "Processing":
        office.write(
            "UPDATE dbo.GenerationRequests SET Status = ?, LeaseOwner = NULL,"
            " LeaseExpiresAt = NULL WHERE RequestId = ?;",
            status,
            request,
        )

    answer = office.call("sp_RetryGenerationRequest", request_id=request)

    assert answer.code == "INVALID_STATUS_TRANSITION"


# ---------------------------------------------------------------- reading


def test_a_request_shows_its_progress(office: Office) -> None:
    request = office.claimed(8)
    office.store(request, 1, fresh_codes(3))

    answer = office.call("sp_GetGenerationRequest", request_id=request)

    assert (answer["Status"], answer["ProgressPercent"]) == ("Processing", Decimal("37.50"))
    (batch,) = answer.sets[1]
    assert (batch["BatchNo"], batch["ReceivedCount"], batch["InsertedCount"]) == (1, 3, 3)


def test_requests_are_listed_page_by_page(office: Office) -> None:
    campaign = office.campaign()
    requests = [office.request(1, campaign) for _ in range(5)]
    office.claim("w-1", requests[0])

    pages = [
        office.call(
            "sp_ListGenerationRequests", campaign_id=campaign, page_size=2, page_no=number
        ).sets[0]
        for number in (1, 2, 3, 4)
    ]
    pending = office.call("sp_ListGenerationRequests", campaign_id=campaign, status="Pending").sets[
        0
    ]

    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert {row["RequestId"] for page in pages for row in page} == set(requests)
    assert all(row["TotalRows"] == 5 for page in pages for row in page)
    assert {row["RequestId"] for row in pending} == set(requests[1:])


def test_the_safety_net_finds_what_nobody_works_on(office: Office) -> None:
    campaign = office.campaign()
    old, new, dead = (office.request(1, campaign) for _ in range(3))
    office.write(
        "UPDATE dbo.GenerationRequests SET UpdatedAt = DATEADD(second, -300, UpdatedAt)"
        " WHERE RequestId = ?;",
        old,
    )
    office.claim("w-1", dead)
    office.let_lease_run_out(dead)

    waiting = office.call(
        "sp_ListGenerationRequests",
        campaign_id=campaign,
        status="Pending",
        older_than_seconds=120,
    ).sets[0]
    listed = office.call("sp_ListGenerationRequests", campaign_id=campaign).sets[0]

    assert [row["RequestId"] for row in waiting] == [old]
    assert {row["RequestId"]: row["IsStalled"] for row in listed} == {
        old: False,
        new: False,
        dead: True,
    }


def test_codes_are_exported_page_by_page_and_the_export_is_audited_once(office: Office) -> None:
    request, codes = office.claimed(5), fresh_codes(5)
    office.store(request, 1, codes)

    first = office.call("sp_ExportBatchCodes", request_id=request, page_size=3)
    last = first.sets[1][-1]["CouponId"]
    second = office.call(
        "sp_ExportBatchCodes", request_id=request, page_size=3, after_coupon_id=last
    )

    exported = [row["CouponCode"] for row in (*first.sets[1], *second.sets[1])]
    assert first["TotalCodes"] == second["TotalCodes"] == 5
    assert sorted(exported) == sorted(codes)
    assert office.actions(request).count("generation.export") == 1
    assert office.stored(request)["ExportedAt"] is not None


def test_redeemed_codes_may_be_left_out_of_an_export(office: Office) -> None:
    request, (used, unused) = office.claimed(2), fresh_codes(2)
    office.store(request, 1, [used, unused])
    office.write(
        "UPDATE dbo.Coupons SET UsedCount = 1, IsRedeemed = 1, RedeemedAt = SYSUTCDATETIME(),"
        " RedeemedBy = N'u-1' WHERE CouponCode = ?;",
        used,
    )

    answer = office.call("sp_ExportBatchCodes", request_id=request, only_unredeemed=1)

    assert answer["TotalCodes"] == 1
    assert [row["CouponCode"] for row in answer.sets[1]] == [unused]
    # The counter was set by hand, not by a redemption: back to what the ledger says.
    office.write(
        "UPDATE dbo.Coupons SET UsedCount = 0, IsRedeemed = 0, RedeemedAt = NULL,"
        " RedeemedBy = NULL WHERE CouponCode = ?;",
        used,
    )
