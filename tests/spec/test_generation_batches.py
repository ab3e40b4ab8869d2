"""Generation of codes: batches are stored once, wholly or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.spec.office import Office, as_json, fresh_code, fresh_codes, now


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


def test_a_batch_of_several_portions_is_stored_as_one(office: Office) -> None:
    """The database works at 2,000 codes at a time, for the sake of the shop beside it."""
    codes = sorted(fresh_codes(4_600))
    taken = [codes[0], codes[3_000], codes[-1]]
    assert office.store(office.claimed(3), 1, taken).success
    request = office.claimed(4_500)

    answer = office.store(request, 1, codes)

    assert (answer["InsertedCount"], answer["CollisionCount"]) == (4_500, 3)
    assert (answer["GeneratedAmount"], answer["RemainingAmount"]) == (4_500, 0)
    assert [row["CouponCode"] for row in answer.sets[1]] == taken
    stored = office.codes_of(request)
    assert len(stored) == len(set(stored)) == 4_500
    assert set(stored) < set(codes) - set(taken)


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
