"""An order that holds a slot is redeemed at once: the hold becomes the use, and never blocks it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.spec.calls import Answer
from tests.spec.checkout import confirm, counters, drift, ledger, let_expire, reserve, stored, sweep
from tests.spec.office import Office, fresh

TEN = Decimal("10.00")
NOTHING = Decimal("0.00")


def redeem(office: Office, code: str, user: str, order: str, **more: Any) -> Answer:
    given: dict[str, Any] = {"order_amount": Decimal("100.00"), "order_id": order} | more
    return office.call("sp_RedeemCoupon", coupon_code=code, user_id=user, **given)


@pytest.mark.parametrize("stripes", [1, 4])
def test_the_held_slot_is_the_one_that_is_used(office: Office, stripes: int) -> None:
    campaign = office.campaign(stripe_count=stripes, budget_amount=1000)
    code, user, order = office.coupon(campaign, max_uses=1), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)

    done = redeem(office, code, user, order)

    assert done.success, done.row
    assert (done["RedemptionId"], done["DiscountAmount"]) == (held["RedemptionId"], TEN)
    assert (done["RemainingUses"], done["RemainingUsesForUser"]) == (0, 0)
    assert stored(office, held["ReservationId"])["Status"] == "Confirmed"
    (row,) = ledger(office, held["ReservationId"])
    assert (row["Status"], row["Success"]) == ("success", True)
    assert counters(office, campaign) == (1, 0, TEN, NOTHING)
    assert "coupon_used" in office.events(str(held["RedemptionId"]))
    assert drift(office, campaign) == []


def test_a_payment_that_comes_after_it_finds_the_reservation_confirmed(office: Office) -> None:
    campaign = office.campaign()
    code, user, order = office.coupon(campaign, max_uses=5), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)
    assert redeem(office, code, user, order).success

    late = confirm(office, held["ReservationId"])

    assert late.code == "RESERVATION_ALREADY_CONFIRMED"
    assert counters(office, campaign)[:2] == (1, 0)


def test_the_same_key_again_replays_the_use_of_the_hold(office: Office) -> None:
    campaign, key = office.campaign(), fresh("k")
    code, user, order = office.coupon(campaign, max_uses=5), fresh("u"), fresh("o")
    reserve(office, code, user, order_id=order)

    first = redeem(office, code, user, order, idempotency_key=key)
    again = redeem(office, code, user, order, idempotency_key=key)

    assert (first["IsReplay"], again["IsReplay"]) == (False, True)
    assert again["RedemptionId"] == first["RedemptionId"]
    assert counters(office, campaign)[:2] == (1, 0)


def test_a_cart_that_has_changed_is_quoted_anew(office: Office) -> None:
    campaign = office.campaign(budget_amount=1000)
    code, user, order = office.coupon(campaign, max_uses=5), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)

    done = redeem(office, code, user, order, order_amount=Decimal("150.00"))

    assert (done["DiscountAmount"], done["FinalAmount"]) == (Decimal("15.00"), Decimal("135.00"))
    (row,) = ledger(office, held["ReservationId"])
    assert (row["DiscountAmount"], row["OrderAmount"]) == (Decimal("15.00"), Decimal("150.00"))
    assert counters(office, campaign) == (1, 0, Decimal("15.00"), NOTHING)


def test_a_new_quote_above_the_budget_is_refused_and_the_hold_stays(office: Office) -> None:
    campaign = office.campaign(budget_amount=12)
    code, user, order = office.coupon(campaign, max_uses=5), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)

    done = redeem(office, code, user, order, order_amount=Decimal("150.00"))

    assert done.code == "CAMPAIGN_BUDGET_EXCEEDED"
    assert stored(office, held["ReservationId"])["Status"] == "Reserved"
    assert counters(office, campaign) == (0, 1, NOTHING, TEN)


def test_an_overdue_hold_that_nobody_swept_is_used_and_the_sweep_passes_it_by(
    office: Office,
) -> None:
    campaign = office.campaign()
    code, user, order = office.coupon(campaign, max_uses=1), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)
    let_expire(office, held["ReservationId"])

    assert redeem(office, code, user, order).success
    sweep(office)

    assert stored(office, held["ReservationId"])["Status"] == "Confirmed"
    assert counters(office, campaign)[:2] == (1, 0)


def test_the_hold_of_another_order_keeps_its_slot(office: Office) -> None:
    campaign = office.campaign(max_redemptions_per_user=2)
    code, user = office.coupon(campaign, max_uses=1), fresh("u")
    held = reserve(office, code, user, order_id=fresh("o"))

    other = redeem(office, code, user, fresh("o"))

    assert other.code == "COUPON_RESERVED"
    assert stored(office, held["ReservationId"])["Status"] == "Reserved"


def test_a_hold_that_an_operator_has_ended_is_not_used(office: Office) -> None:
    campaign = office.campaign()
    code, user, order = office.coupon(campaign, max_uses=1), fresh("u"), fresh("o")
    held = reserve(office, code, user, order_id=order)
    office.write(
        "UPDATE dbo.Reservations SET CloseReason = N'admin' WHERE ReservationId = ?;",
        held["ReservationId"],
    )

    assert redeem(office, code, user, order).code == "COUPON_RESERVED"
    assert stored(office, held["ReservationId"])["Status"] == "Reserved"
