"""Subscriptions: how they begin and what their first charge is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.billing import Billing
from tests.spec.subscribing import STANDARD, code_of, fault_of, months_after, redeem, set_status
from tests.world import now

START = ("subscription_id", "first_charge", "credits_allocated", "is_replay")


def test_a_subscription_begins_at_its_list_price_with_the_credits_of_a_month(
    billing: Billing,
) -> None:
    done = billing.start("pro", stripe_customer_id=billing.world.id("cus"))

    assert tuple(done.values) == STANDARD + START
    assert (done.ok, done.error, done.is_replay) == (True, None, False)
    assert (done.first_charge, done.credits_allocated) == (Decimal("19.00"), 20_000)
    (made,) = billing.subscriptions()
    assert made.subscription_id == done.subscription_id
    assert (made.tier, made.status, made.billing_cycle) == ("pro", "active", "monthly")
    assert (made.base_price_usd, made.monthly_credit_allocation) == (19, 20_000)
    assert made.current_period_end == months_after(billing, made.current_period_start, 1)
    (given,) = billing.allocations()
    assert (given.credit_type, given.source, given.amount) == ("subscription", "pro", 20_000)
    assert (given.subscription_id, given.expires_at) == (made.subscription_id, None)
    assert given.allocation_period_end == made.current_period_end
    billing.assert_whole()


def test_a_year_costs_the_annual_price_and_brings_the_credits_of_its_first_month(
    billing: Billing,
) -> None:
    done = billing.start("pro", billing_cycle="annual", status="trial")

    assert (done.first_charge, done.credits_allocated) == (Decimal("190.00"), 20_000)
    (made,) = billing.subscriptions()
    assert (made.status, made.trial_ends_at) == ("trial", made.current_period_end)
    assert made.current_period_end == months_after(billing, made.current_period_start, 12)
    (given,) = billing.allocations()
    assert given.allocation_period_end == months_after(billing, made.current_period_start, 1)


def test_a_tier_without_credits_allocates_none(billing: Billing) -> None:
    done = billing.start("perpetual")

    assert (done.ok, done.credits_allocated, billing.allocations()) == (True, 0, [])
    (made,) = billing.subscriptions()
    assert made.current_period_end.year == made.current_period_start.year + 100


@pytest.mark.parametrize("live", ["trial", "active", "past_due"])
def test_a_user_has_one_live_subscription(billing: Billing, live: str) -> None:
    billing.subscription("pro", live)

    refused = billing.start("pro_max")

    assert (refused.ok, refused.error) == (False, "SUBSCRIPTION_EXISTS")
    assert refused.subscription_id is refused.first_charge is refused.credits_allocated is None
    assert (len(billing.subscriptions()), billing.allocations()) == (1, [])


@pytest.mark.parametrize("ended", ["cancelled", "expired", "suspended"])
def test_a_customer_keeps_one_row_and_begins_anew_in_it(billing: Billing, ended: str) -> None:
    customer = billing.world.id("cus")
    first = billing.subscription(
        "pro", ended, stripe_customer_id=customer, cancelled_at=now(), billing_cycle="annual"
    )

    done = billing.start("pro_max", stripe_customer_id=customer, stripe_subscription_id=customer)

    assert (done.ok, done.subscription_id) == (True, first)
    (row,) = billing.subscriptions()
    assert (row.tier, row.status, row.cancelled_at) == ("pro_max", "active", None)
    assert (row.billing_cycle, row.base_price_usd) == ("monthly", 49)
    assert row.stripe_subscription_id == customer
    assert billing.balance() == 60_000


def test_a_stripe_id_of_another_subscription_is_refused(billing: Billing) -> None:
    world = billing.world
    other = Billing(world, billing.user.swapcase())
    world.insert("UserProfiles", user_id=other.user)
    other.subscription("pro", "cancelled", stripe_customer_id=world.id("cus"))
    other.subscription("pro", "expired", stripe_subscription_id=world.id("sub"))

    for given in (
        {"stripe_customer_id": world.id("cus")},
        {"stripe_subscription_id": world.id("sub")},
    ):
        refused = billing.start("pro", request=str(*given), **given)
        assert (refused.ok, refused.error) == (False, "SUBSCRIPTION_EXISTS")
    assert billing.subscriptions() == []


def test_the_first_charge_is_what_the_redemption_left(billing: Billing) -> None:
    code = code_of(billing, ("percentage", 25))
    paid = redeem(billing, code, 19)

    done = billing.start("pro", redemption_id=paid.redemption_id)

    assert (done.first_charge, done.credits_allocated) == (Decimal("14.25"), 20_000)
    (made,) = billing.subscriptions()
    assert (made.base_price_usd, made.coupon_redemption_id) == (19, paid.redemption_id)
    (row,) = billing.world.ledger(billing.user)
    assert row.subscription_id == done.subscription_id


@pytest.mark.ec("EC-021")
def test_ec_021_a_subscription_for_nothing_has_a_first_charge_of_zero(billing: Billing) -> None:
    paid = redeem(billing, code_of(billing, ("percentage", 100)), 19)

    done = billing.start("pro", redemption_id=paid.redemption_id)

    assert (paid.final_amount, paid.is_zero_payment) == (0, True)
    assert (done.ok, done.first_charge) == (True, 0)


def test_a_redemption_without_an_order_leaves_the_list_price(billing: Billing) -> None:
    paid = redeem(billing, code_of(billing, ("months_free", 1), coupon_type="duration_bonus"))

    assert billing.start("pro", redemption_id=paid.redemption_id).first_charge == 19


def test_waiting_months_are_added_once(billing: Billing) -> None:
    code = code_of(billing, ("months_free", 2), coupon_type="duration_bonus", max_uses_per_user=3)
    waiting = [redeem(billing, code, 19), redeem(billing, code, 19)]

    done = billing.start("pro", redemption_id=waiting[0].redemption_id)

    (made,) = billing.subscriptions()
    end = months_after(billing, made.current_period_start, 1)
    assert made.current_period_end == months_after(billing, end, 4)
    assert billing.allocations()[-1].allocation_period_end == made.current_period_end
    assert {row.subscription_id for row in billing.world.ledger(billing.user)} == {
        done.subscription_id
    }

    set_status(billing, done.subscription_id, "cancelled")
    assert billing.start("pro", request="start-2").ok
    latest = billing.subscriptions()[-1]
    assert latest.current_period_end == months_after(billing, latest.current_period_start, 1)


def test_months_that_came_to_a_subscription_are_taken_back_from_it(billing: Billing) -> None:
    code = code_of(billing, ("months_free", 2), coupon_type="duration_bonus")
    waiting = redeem(billing, code, 19)
    billing.start("pro")

    billing.revoke(waiting.redemption_id)

    (made,) = billing.subscriptions()
    assert made.current_period_end == months_after(billing, made.current_period_start, 1)


def test_months_of_an_earlier_life_are_not_taken_from_the_new_one(billing: Billing) -> None:
    customer = billing.world.id("cus")
    held = billing.start("pro", stripe_customer_id=customer).subscription_id
    code = code_of(billing, ("months_free", 1), coupon_type="duration_bonus")
    earlier = redeem(billing, code, 19)
    set_status(billing, held, "cancelled")
    billing.start("pro", request="start-2", stripe_customer_id=customer)

    billing.revoke(earlier.redemption_id)

    (made,) = billing.subscriptions()
    assert made.subscription_id == held
    assert made.current_period_end == months_after(billing, made.current_period_start, 1)


def test_reversed_months_do_not_wait(billing: Billing) -> None:
    code = code_of(billing, ("months_free", 2), coupon_type="duration_bonus")
    waiting = redeem(billing, code, 19)
    assert billing.world.call(
        "sp_ReverseRedemption",
        redemption_id=waiting.redemption_id,
        reversal_reason="admin",
        key=billing.world.id("reverse"),
    ).ok

    billing.start("pro")

    (made,) = billing.subscriptions()
    assert made.current_period_end == months_after(billing, made.current_period_start, 1)


def test_the_same_request_starts_once(billing: Billing) -> None:
    first = billing.start("pro")

    again = billing.start("pro")
    other = billing.start("pro_max")
    billing.world.run(
        "DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", billing.world.id("start-1")
    )
    late = billing.start("pro")

    assert dict(again.values) | {"is_replay": False} == first.values
    assert again.is_replay
    assert [one.error for one in (other, late)] == ["IDEMPOTENCY_KEY_REUSED"] * 2
    assert (len(billing.subscriptions()), billing.balance()) == (1, 20_000)


def test_a_refused_start_is_replayed_too(billing: Billing) -> None:
    standing = billing.subscription("pro")
    billing.start("pro_max")
    set_status(billing, standing, "cancelled")

    again = billing.start("pro_max")

    assert (again.error, again.is_replay) == ("SUBSCRIPTION_EXISTS", True)


def test_a_tier_that_is_not_offered_has_no_price(billing: Billing) -> None:
    world = billing.world
    held = billing.subscription("pro")
    world.run("UPDATE dbo.SubscriptionTierConfigs SET IsActive = 0 WHERE Tier = N'pro_max'")
    try:
        changed = billing.change(held)
        set_status(billing, held, "cancelled")
        started = billing.start("pro_max")
    finally:
        world.run("UPDATE dbo.SubscriptionTierConfigs SET IsActive = 1 WHERE Tier = N'pro_max'")

    assert [one.error for one in (changed, started)] == ["PRICING_NOT_FOUND"] * 2


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"user_id": " "}),
        (50001, {"tier": None}),
        (50001, {"request_id": ""}),
        (50003, {"tier": "Pro"}),
        (50003, {"billing_cycle": "weekly"}),
        (50003, {"status": "cancelled"}),
        (50006, {"period_start": datetime(2027, 2, 1), "period_end": datetime(2027, 2, 1)}),
        (50006, {"period_end": datetime(2020, 1, 1)}),
        (50008, {"user_id": "u" * 101}),
        (50008, {"stripe_customer_id": "c" * 101}),
        (50008, {"stripe_subscription_id": "s" * 101}),
        (50008, {"request_id": "r" * 101}),
        (50009, {"redemption_id": 0}),
    ],
)
def test_a_broken_start_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    right = {"user_id": billing.user, "tier": "pro", "request_id": billing.world.id("start-1")}

    assert fault_of(billing, "sp_StartSubscription", **(right | wrong)) == number

    assert billing.subscriptions() == []
    assert billing.start("pro").ok


def test_only_a_free_success_of_the_user_discounts_a_start(billing: Billing) -> None:
    world = billing.world
    code = code_of(billing, ("percentage", 25), max_uses_per_user=2)
    others = world.redeem(code, world.user("u2"), 19)
    assert others.ok
    world.setting("redemptions_enabled", 0)
    failed = world.redeem(code, billing.user, 19)
    world.setting("redemptions_enabled", 1)
    used = redeem(billing, code, 19)
    first = billing.start("pro", redemption_id=used.redemption_id)
    set_status(billing, first.subscription_id, "cancelled")

    for number, one in enumerate((others, failed, used)):
        assert (
            fault_of(
                billing,
                "sp_StartSubscription",
                user_id=billing.user,
                tier="pro",
                redemption_id=one.redemption_id,
                request_id=world.id(f"again-{number}"),
            )
            == 50009
        )
