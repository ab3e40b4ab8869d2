"""Generation of codes: requests that are made, cancelled, retried and read."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.office import Office, fresh, fresh_codes

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


def test_codes_by_the_thousand_are_switched_off_with_their_request(office: Office) -> None:
    request = office.claimed(5_000)
    office.store(request, 1, fresh_codes(4_100))

    office.call("sp_CancelGenerationRequest", request_id=request, deactivate_codes=1)

    states = office.row(
        "SELECT COUNT(*) AS Codes, SUM(CAST(IsActive AS int)) AS Active FROM dbo.Coupons"
        " WHERE GenerationBatchId = ?;",
        request,
    )
    assert (states["Codes"], states["Active"]) == (4_100, 0)


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
