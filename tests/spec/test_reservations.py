"""Reservations: a slot held for a checkout, and every way in which it ends."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import Answer
from tests.spec.checkout import (
    confirm,
    counters,
    drift,
    ledger,
    let_expire,
    release,
    reserve,
    stored,
    sweep,
    told,
)
from tests.spec.office import Office, fresh
from tests.spec.test_job_runs import busy

TEN = Decimal("10.00")
NOTHING = Decimal("0.00")
STRIPES = [1, 4]


@pytest.mark.parametrize("stripes", STRIPES)
def test_a_reservation_holds_slot_and_budget_and_a_confirmation_uses_them(
    office: Office, stripes: int
) -> None:
    campaign = office.campaign(
        stripe_count=stripes, max_total_redemptions=5 * stripes, budget_amount=1000
    )
    code, user = office.coupon(campaign, max_uses=5), fresh("u")

    held = reserve(office, code, user)

    assert (held.success, held["IsExisting"], held["IsReplay"]) == (True, False, False)
    assert (held["DiscountAmount"], held["FinalAmount"]) == (TEN, Decimal("90.00"))
    assert held["RemainingUses"] == 4
    assert counters(office, campaign) == (0, 1, NOTHING, TEN)
    (row,) = ledger(office, held["ReservationId"])
    assert (row["RedemptionId"], row["Status"]) == (held["RedemptionId"], "pending")

    done = confirm(office, held["ReservationId"], paid_amount=90)

    assert (done.success, done["WasLate"], done["IsReplay"]) == (True, False, False)
    assert (done["RedemptionId"], done["RemainingUses"]) == (held["RedemptionId"], 4)
    assert counters(office, campaign) == (1, 0, TEN, NOTHING)
    (row,) = ledger(office, held["ReservationId"])
    assert (row["Status"], row["Success"]) == ("success", True)
    assert row["CompletedAt"] is not None
    assert told(office, held["ReservationId"]) == ["reservation_created", "reservation_closed"]
    assert "coupon_used" in office.events(str(held["RedemptionId"]))
    assert drift(office, campaign) == []


@pytest.mark.parametrize("stripes", STRIPES)
def test_a_release_gives_everything_back_once(office: Office, stripes: int) -> None:
    campaign = office.campaign(stripe_count=stripes, budget_amount=1000)
    held = reserve(office, office.coupon(campaign, max_uses=1))

    first = release(office, held["ReservationId"], reason="payment_failed")
    second = release(office, held["ReservationId"])

    assert (first["Status"], first["WasOpen"]) == ("Released", True)
    assert (second.success, second["Status"], second["WasOpen"]) == (True, "Released", False)
    assert stored(office, held["ReservationId"])["CloseReason"] == "payment_failed"
    (row,) = ledger(office, held["ReservationId"])
    assert (row["Status"], row["FailureReason"]) == ("failed", "RESERVATION_RELEASED")
    assert told(office, held["ReservationId"]) == ["reservation_created", "reservation_closed"]
    assert counters(office, campaign) == (0, 0, NOTHING, NOTHING)
    assert drift(office, campaign) == []


@pytest.mark.ec("EC-005")
def test_ec_005_an_abandoned_checkout_gives_its_slot_back(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=1)
    held = reserve(office, code)
    living = reserve(office, office.coupon(campaign))["ReservationId"]
    assert reserve(office, code).code == "COUPON_RESERVED"
    let_expire(office, held["ReservationId"])

    swept = sweep(office)

    assert swept.success
    assert swept["Expired"] >= 1
    row = stored(office, held["ReservationId"])
    assert (row["Status"], row["CloseReason"]) == ("Expired", "timeout")
    (entry,) = ledger(office, held["ReservationId"])
    assert (entry["Status"], entry["FailureReason"]) == ("failed", "RESERVATION_EXPIRED")
    assert stored(office, living)["Status"] == "Reserved"
    assert reserve(office, code).success
    assert drift(office, campaign) == []


@pytest.mark.ec("EC-005")
def test_ec_005_who_comes_back_too_late_gets_a_new_reservation(office: Office) -> None:
    campaign = office.campaign()
    code, user, order = office.coupon(campaign, max_uses=1), fresh("u"), fresh("o")
    first = reserve(office, code, user, order_id=order)
    let_expire(office, first["ReservationId"])

    second = reserve(office, code, user, order_id=order)

    assert (second.success, second["IsExisting"]) == (True, False)
    assert second["ReservationId"] != first["ReservationId"]
    assert second["ExpiresAt"] > first["ExpiresAt"]
    assert stored(office, first["ReservationId"])["Status"] == "Expired"
    assert counters(office, campaign)[:2] == (0, 1)
    assert drift(office, campaign) == []


@pytest.mark.ec("EC-003")
def test_ec_003_an_overdue_reservation_that_nobody_swept_is_confirmed(office: Office) -> None:
    held = reserve(office, office.coupon(max_uses=1))
    let_expire(office, held["ReservationId"])

    done = confirm(office, held["ReservationId"])
    sweep(office)

    assert (done.success, done["WasLate"]) == (True, False)
    assert stored(office, held["ReservationId"])["Status"] == "Confirmed"


@pytest.mark.ec("EC-009")
@pytest.mark.parametrize("stripes", STRIPES)
def test_ec_009_a_late_payment_claims_a_slot_anew(office: Office, stripes: int) -> None:
    campaign = office.campaign(stripe_count=stripes, budget_amount=1000)
    held = reserve(office, office.coupon(campaign, max_uses=1))
    let_expire(office, held["ReservationId"])
    sweep(office)

    done = confirm(office, held["ReservationId"])

    assert (done.success, done["WasLate"]) == (True, True)
    old, new = ledger(office, held["ReservationId"])
    assert (old["Status"], new["Status"]) == ("failed", "success")
    assert done["RedemptionId"] == new["RedemptionId"] != held["RedemptionId"]
    assert stored(office, held["ReservationId"])["RedemptionId"] == new["RedemptionId"]
    assert counters(office, campaign) == (1, 0, TEN, NOTHING)
    assert drift(office, campaign) == []


@pytest.mark.ec("EC-009")
def test_ec_009_a_late_payment_without_a_free_slot_asks_for_a_refund(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign, max_uses=1)
    held, key = reserve(office, code), fresh("evt")
    let_expire(office, held["ReservationId"])
    sweep(office)
    assert reserve(office, code).success

    late = confirm(office, held["ReservationId"], key, paid_amount=90)
    again = confirm(office, held["ReservationId"], key, paid_amount=90)

    assert (late.code, again.code) == ("RESERVATION_EXPIRED", "RESERVATION_EXPIRED")
    assert (late["IsReplay"], again["IsReplay"]) == (False, True)
    assert told(office, held["ReservationId"]).count("late_payment") == 1
    assert drift(office, campaign) == []


@pytest.mark.ec("EC-010")
def test_ec_010_what_ends_during_checkout_is_honoured(office: Office) -> None:
    campaign = office.campaign()
    code = office.coupon(campaign)
    held = reserve(office, code)
    office.write(
        "UPDATE dbo.Coupons SET ExpiresAt = DATEADD(DAY, -1, SYSUTCDATETIME())"
        " WHERE CouponCode = ?;",
        code,
    )
    assert office.call("sp_SetCampaignStatus", campaign_id=campaign, is_active=0).success

    done = confirm(office, held["ReservationId"])

    assert (done.success, done["DiscountAmount"]) == (True, TEN)


@pytest.mark.ec("EC-050")
def test_ec_050_a_confirmation_that_was_lost_is_repeated_with_the_event(office: Office) -> None:
    held, key = reserve(office, office.coupon()), fresh("evt")
    let_expire(office, held["ReservationId"])
    overdue = office.row(
        "SELECT IsOverdue, SecondsLeft FROM dbo.vw_ActiveReservations WHERE ReservationId = ?;",
        held["ReservationId"],
    )
    assert (overdue["IsOverdue"], overdue["SecondsLeft"]) == (True, 0)

    first = confirm(office, held["ReservationId"], key)
    second = confirm(office, held["ReservationId"], key)
    office.write("DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?;", key)
    third = confirm(office, held["ReservationId"], key)

    assert [one["IsReplay"] for one in (first, second, third)] == [False, True, True]
    assert len({one["RedemptionId"] for one in (first, second, third)}) == 1


@pytest.mark.ec("EC-002")
def test_ec_002_the_second_tab_gets_the_reservation_of_the_first(office: Office) -> None:
    campaign = office.campaign()
    code, user, order = office.coupon(campaign, max_uses=1), fresh("u"), fresh("o")

    first = reserve(office, code, user, order_id=order)
    second = reserve(office, code, user, order_id=order)

    assert second.success
    assert (second["IsExisting"], second["ReservationId"]) == (True, first["ReservationId"])
    assert second["ExpiresAt"] == first["ExpiresAt"]
    assert counters(office, campaign)[:2] == (0, 1)
    assert len(ledger(office, first["ReservationId"])) == 1


def test_a_key_repeats_the_first_outcome_and_nothing_else(office: Office) -> None:
    code, user, order, key = office.coupon(), fresh("u"), fresh("o"), fresh("k")
    given: dict[str, Any] = {"order_id": order, "idempotency_key": key}

    first = reserve(office, code, user, **given)
    again = reserve(office, code, user, **given)
    other = reserve(office, code, user, order_amount=5, **given)

    assert (first["IsReplay"], again["IsReplay"]) == (False, True)
    assert {**first.row, "IsReplay": True} == dict(again.row)
    assert other.code == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.ec("EC-051")
def test_reserving_anew_over_an_overdue_hold_takes_the_stripes_that_it_gives_back(
    office: Office,
) -> None:
    """So no call holds one stripe of a campaign while it waits for another."""
    campaign = office.campaign(stripe_count=16, max_total_redemptions=320)
    code = office.coupon(campaign, max_uses=320)
    office.call("sp_SetCampaignStripes", campaign_id=campaign, stripe_count=8)
    places = []

    for _ in range(4):
        user, order = fresh("u"), fresh("o")
        first = reserve(office, code, user, order_id=order)
        let_expire(office, first["ReservationId"])
        second = reserve(office, code, user, order_id=order)
        places += [
            (row["CouponStripeNo"], row["CampaignStripeNo"])
            for row in (stored(office, one["ReservationId"]) for one in (first, second))
        ]

    assert places[0::2] == places[1::2]
    assert all(coupon is not None for coupon, _ in places)
    assert counters(office, campaign)[:2] == (0, 4)
    assert drift(office, campaign) == []


def test_ec_051_a_user_holds_three_slots_at_most(office: Office) -> None:
    office.set("velocity_limit_per_hour", 100)
    campaign, user = office.campaign(max_redemptions_per_user=0), fresh("u")

    ends = [reserve(office, office.coupon(campaign), user).code for _ in range(4)]

    assert ends == [None, None, None, "RESERVATION_LIMIT_REACHED"]


@pytest.mark.ec("EC-052")
@pytest.mark.parametrize("stripes", STRIPES)
def test_ec_052_a_changed_cart_is_quoted_anew(office: Office, stripes: int) -> None:
    campaign = office.campaign(stripe_count=stripes, budget_amount=20)
    code, user, order = office.coupon(campaign), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order, order_amount=40)

    quoted = reserve(office, code, user, order_id=order, order_amount=150)
    dear = reserve(office, code, user, order_id=order, order_amount=500)

    assert (quoted["IsExisting"], quoted["DiscountAmount"]) == (True, Decimal("15.00"))
    assert (quoted["ReservationId"], quoted["ExpiresAt"]) == (
        held["ReservationId"],
        held["ExpiresAt"],
    )
    assert dear.code == "CAMPAIGN_BUDGET_EXCEEDED"
    assert counters(office, campaign) == (0, 1, NOTHING, Decimal("15.00"))
    less = confirm(office, held["ReservationId"], paid_amount=Decimal("134.99"))
    assert less.code == "AMOUNT_MISMATCH"
    assert stored(office, held["ReservationId"])["Status"] == "Reserved"
    done = confirm(office, held["ReservationId"], paid_amount=135)
    assert (done.success, done["DiscountAmount"]) == (True, Decimal("15.00"))
    assert drift(office, campaign) == []


@pytest.mark.parametrize("mark", ["admin", "fraud"])
@pytest.mark.parametrize("end", ["confirm", "sweep"])
def test_a_reservation_marked_for_closing_is_released(office: Office, mark: str, end: str) -> None:
    campaign = office.campaign()
    held = reserve(office, office.coupon(campaign))
    office.write(
        "UPDATE dbo.Reservations SET CloseReason = ? WHERE ReservationId = ?;",
        mark,
        held["ReservationId"],
    )

    if end == "sweep":
        sweep(office)
    paid = confirm(office, held["ReservationId"])

    assert paid.code == "RESERVATION_RELEASED"
    row = stored(office, held["ReservationId"])
    assert (row["Status"], row["CloseReason"]) == ("Released", mark)
    assert ledger(office, held["ReservationId"])[0]["FailureReason"] == "RESERVATION_RELEASED"
    assert "late_payment" in told(office, held["ReservationId"])
    assert drift(office, campaign) == []


def test_what_is_over_cannot_be_confirmed_or_released_again(office: Office) -> None:
    user = fresh("u")
    held = reserve(office, office.coupon(), user)["ReservationId"]
    assert confirm(office, held, user_id="somebody").code == "RESERVATION_USER_MISMATCH"
    assert release(office, held, user_id="somebody").code == "RESERVATION_USER_MISMATCH"
    assert confirm(office, held, user_id=user).success

    assert confirm(office, held).code == "RESERVATION_ALREADY_CONFIRMED"
    assert release(office, held).code == "RESERVATION_ALREADY_CONFIRMED"
    assert confirm(office, 999_999_999).code == "RESERVATION_NOT_FOUND"
    assert release(office, 999_999_999).code == "RESERVATION_NOT_FOUND"


def test_a_reservation_can_be_looked_at(office: Office) -> None:
    held = reserve(office, office.coupon())["ReservationId"]

    found = office.call("sp_GetReservation", reservation_id=held)
    missing = office.call("sp_GetReservation", reservation_id=999_999_999)

    assert (found["Status"], found["ReservationId"]) == ("Reserved", held)
    assert 0 < found["SecondsLeft"] <= 900
    assert found["ExpiresAt"] - found["ReservedAt"] == timedelta(minutes=15)
    assert (missing.code, missing["SecondsLeft"]) == ("RESERVATION_NOT_FOUND", None)


def test_a_reservation_that_a_check_keeps_open_fails_the_run_after_the_others(
    office: Office,
) -> None:
    code = office.coupon()
    stuck, other = (reserve(office, code)["ReservationId"] for _ in range(2))
    for one in (stuck, other):
        let_expire(office, one)
    name = f"CK_Reservations_Stuck{stuck}"
    office.write(
        f"ALTER TABLE dbo.Reservations WITH NOCHECK ADD CONSTRAINT {name}"
        f" CHECK (ReservationId <> {stuck} OR Status = N'Reserved');"
    )

    try:
        message = office.refuses(50200, "sp_ExpireReservations")
    finally:
        office.write(f"ALTER TABLE dbo.Reservations DROP CONSTRAINT {name};")

    assert (name in message, f"reservation {stuck}" in message) == (True, True)
    assert [stored(office, one)["Status"] for one in (stuck, other)] == ["Reserved", "Expired"]
    run = office.rows(
        "SELECT TOP (1) Status, Error FROM dbo.JobRuns WHERE JobName = N'expire-reservations'"
        " ORDER BY JobRunId DESC;"
    )[0]
    assert (run["Status"], name in run["Error"]) == ("Failed", True)
    sweep(office)
    assert stored(office, stuck)["Status"] == "Expired"


def test_bad_arguments_are_thrown(office: Office) -> None:
    long = "x" * 101
    office.refuses(50001, "sp_ReserveCoupon", coupon_code=None, user_id="u")
    office.refuses(50002, "sp_ReserveCoupon", coupon_code="ABC", user_id="u", order_amount=-1)
    office.refuses(50001, "sp_ConfirmReservation", reservation_id=None, idempotency_key="k")
    office.refuses(50001, "sp_ConfirmReservation", reservation_id=1, idempotency_key=" ")
    office.refuses(50008, "sp_ConfirmReservation", reservation_id=1, idempotency_key=long)
    office.refuses(
        50002, "sp_ConfirmReservation", reservation_id=1, idempotency_key="k", paid_amount=-1
    )
    office.refuses(50001, "sp_ReleaseReservation", reservation_id=None)
    office.refuses(50003, "sp_ReleaseReservation", reservation_id=1, reason="confirmed")
    office.refuses(50001, "sp_GetReservation", reservation_id=None)
    office.refuses(50002, "sp_ExpireReservations", batch_size=0)


def test_the_sweep_records_its_run(office: Office) -> None:
    answer: Answer = sweep(office)

    run = office.row(
        "SELECT TOP (1) Status, ItemsProcessed FROM dbo.JobRuns"
        " WHERE JobName = N'expire-reservations' ORDER BY JobRunId DESC;"
    )
    assert (run["Status"], run["ItemsProcessed"]) == ("Succeeded", answer["Expired"])


def test_a_second_sweep_at_the_same_time_is_skipped(office: Office, database: Target) -> None:
    held = reserve(office, office.coupon())["ReservationId"]
    let_expire(office, held)

    with busy(database, "expire-reservations"):
        skipped = sweep(office, role="job")

    assert (skipped.success, skipped["Message"], skipped["Expired"]) == (True, "Skipped", 0)
    assert stored(office, held)["Status"] == "Reserved"
    run = office.row(
        "SELECT TOP (1) Status, ItemsProcessed FROM dbo.JobRuns"
        " WHERE JobName = N'expire-reservations' ORDER BY JobRunId DESC;"
    )
    assert (run["Status"], run["ItemsProcessed"]) == ("Skipped", 0)
    assert sweep(office, role="job")["Expired"] >= 1
    assert stored(office, held)["Status"] == "Expired"


# ---------------------------------------------------------------- stripes


@pytest.mark.parametrize(("before", "after"), [(4, 1), (1, 4), (4, 2)])
def test_open_reservations_survive_another_number_of_stripes(
    office: Office, before: int, after: int
) -> None:
    campaign = office.campaign(max_total_redemptions=40, budget_amount=1000)
    code = office.coupon(campaign)
    stripes = {"campaign_id": campaign}
    office.call("sp_SetCampaignStripes", stripe_count=before, **stripes)
    held = [reserve(office, code)["ReservationId"] for _ in range(6)]

    assert office.call("sp_SetCampaignStripes", stripe_count=after, **stripes).success

    assert counters(office, campaign) == (0, 6, NOTHING, Decimal("60.00"))
    assert drift(office, campaign) == []
    for one in held[:3]:
        assert confirm(office, one).success
    for one in held[3:5]:
        assert release(office, one)["WasOpen"] is True
    let_expire(office, held[5])
    sweep(office)
    assert confirm(office, held[5])["WasLate"] is True
    assert counters(office, campaign) == (4, 0, Decimal("40.00"), NOTHING)
    assert drift(office, campaign) == []
