"""Subscriptions: another tier within a period, and what is paid for the days that are left."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault
from tests.spec.billing import Billing
from tests.spec.subscribing import STANDARD, code_of, fault_of, months_after
from tests.world import now

CHANGE = (
    "proration_id",
    "unused_credit",
    "new_tier_cost",
    "discount_amount",
    "net_amount",
    "credits_allocated",
    "is_replay",
)


def test_d21_an_upgrade_is_prorated_by_days(billing: Billing) -> None:
    held = billing.subscription("pro")

    done = billing.change(held, "pro_max")

    assert tuple(done.values) == STANDARD + CHANGE
    assert (done.ok, done.is_replay) == (True, False)
    assert (done.unused_credit, done.new_tier_cost) == (Decimal("9.50"), Decimal("24.50"))
    assert (done.discount_amount, done.net_amount) == (0, Decimal("15.00"))
    assert done.credits_allocated == 20_000
    (row,) = billing.prorations()
    assert row.proration_id == done.proration_id
    assert (row.from_tier, row.to_tier, row.change_type) == ("pro", "pro_max", "upgrade")
    assert (row.days_remaining, row.days_in_period, row.status) == (15, 30, "applied")
    (held_now,) = billing.subscriptions()
    assert (held_now.tier, held_now.base_price_usd) == ("pro_max", 49)
    assert held_now.monthly_credit_allocation == 60_000
    assert [(one.credit_type, one.source) for one in billing.allocations()] == [
        ("subscription", "pro_max")
    ]
    billing.assert_whole()

    again = billing.change(held, "pro_max")
    assert dict(again.values) | {"is_replay": False} == done.values
    assert (again.is_replay, billing.balance()) == (True, 20_000)


def test_a_downgrade_gives_money_back_and_allocates_nothing(billing: Billing) -> None:
    held = billing.subscription("pro_max")

    done = billing.change(held, "pro")

    assert (done.net_amount, done.credits_allocated) == (Decimal("-15.00"), 0)
    assert [row.change_type for row in billing.prorations()] == ["downgrade"]
    assert billing.allocations() == []


@pytest.mark.parametrize(
    ("start", "end", "effective", "days"),
    [
        pytest.param(-15, 15, None, (15, 30), id="today"),
        pytest.param(-15, 15, -15, (30, 30), id="from the start"),
        pytest.param(-15, 15, 15, (0, 30), id="at the end"),
        pytest.param(-40, -10, None, (0, 30), id="overdue"),
        pytest.param(5, 35, None, (30, 30), id="not yet begun"),
        pytest.param(-0.25, 0.25, None, (1, 1), id="less than a day"),
        pytest.param(-15, 15.5, None, (16, 31), id="days that have begun count whole"),
    ],
)
def test_days_are_counted_within_the_period(
    billing: Billing, start: float, end: float, effective: float | None, days: tuple[int, int]
) -> None:
    moment = now()
    first, last = (moment + timedelta(days=one) for one in (start, end))
    held = billing.subscription("pro", "past_due", start=first, end=last)

    given = {} if effective is None else {"effective_date": moment + timedelta(days=effective)}
    done = billing.change(held, "pro_max", **given)

    (row,) = billing.prorations()
    assert (row.days_remaining, row.days_in_period) == days
    assert done.credits_allocated == -(-40_000 * days[0] // days[1])


def test_an_annual_subscription_is_prorated_by_annual_prices(billing: Billing) -> None:
    moment = now()
    held = billing.subscription(
        "pro",
        billing_cycle="annual",
        base_price_usd=190,
        start=moment - timedelta(days=182),
        end=moment + timedelta(days=182),
    )

    done = billing.change(held, "pro_max")

    assert (done.unused_credit, done.new_tier_cost) == (95, 245)


def test_half_a_cent_of_what_is_left_is_rounded_up(billing: Billing) -> None:
    moment = now()
    held = billing.subscription(
        "pro", start=moment - timedelta(days=7), end=moment + timedelta(days=1)
    )

    done = billing.change(held, "pro_max")

    # An eighth of 19.00 and of 49.00.
    assert (done.unused_credit, done.new_tier_cost) == (Decimal("2.38"), Decimal("6.13"))
    assert done.net_amount == Decimal("3.75")


@pytest.mark.ec("EC-053")
def test_ec_053_a_coupon_applies_to_the_prorated_new_cost_only(billing: Billing) -> None:
    held = billing.subscription("pro")
    code = code_of(billing, ("percentage", 20))

    done = billing.change(held, "pro_max", coupon_code=f" {code.lower()} ")

    assert (done.ok, done.new_tier_cost, done.discount_amount) == (
        True,
        Decimal("24.50"),
        Decimal("4.90"),
    )
    assert done.net_amount == Decimal("10.10")
    (used,) = billing.world.ledger(billing.user)
    assert (used.status, used.order_amount, used.final_amount) == (
        "success",
        Decimal("24.50"),
        Decimal("19.60"),
    )
    assert (used.subscription_id, used.user_tier) == (held, "pro_max")
    (row,) = billing.prorations()
    assert row.redemption_id == used.redemption_id
    assert billing.world.counters(code, billing.user).used == 1
    assert billing.balance() == 20_000


@pytest.mark.ec("EC-053")
def test_ec_053_a_refused_coupon_fails_the_change_and_leaves_its_attempt(billing: Billing) -> None:
    held = billing.subscription("pro")
    code = code_of(billing, ("percentage", 20), minimum_order_amount=25)

    refused = billing.change(held, "pro_max", coupon_code=code)

    assert (refused.ok, refused.error) == (False, "MINIMUM_PURCHASE_NOT_MET")
    assert {refused.values[name] for name in CHANGE[:-1]} == {None}
    (row,) = billing.subscriptions()
    assert (row.tier, row.base_price_usd) == ("pro", 19)
    assert billing.prorations() == billing.allocations() == []
    assert [one.failure_reason for one in billing.world.ledger(billing.user)] == [
        "MINIMUM_PURCHASE_NOT_MET"
    ]
    assert billing.world.counters(code, billing.user).used == 0

    again = billing.change(held, "pro_max", coupon_code=code)
    assert (again.error, again.is_replay) == ("MINIMUM_PURCHASE_NOT_MET", True)
    assert len(billing.world.ledger(billing.user)) == 1


@pytest.mark.ec("EC-053")
def test_ec_053_a_fault_behind_the_coupon_leaves_nothing_at_all(billing: Billing) -> None:
    held = billing.subscription("pro")
    code = code_of(billing, ("percentage", 20))
    billing.grant(1)
    billing.world.run(
        "UPDATE dbo.UserCreditBalances SET Amount = 2147483647 WHERE UserId = ?", billing.user
    )

    # The credits of the upgrade do not fit into the balance any more.
    with pytest.raises(Fault) as caught:
        billing.change(held, "pro_max", coupon_code=code)

    assert caught.value.number == 50002
    assert billing.world.ledger(billing.user) == billing.prorations() == []
    assert billing.world.counters(code, billing.user).used == 0
    assert [row.tier for row in billing.subscriptions()] == ["pro"]
    billing.world.run("UPDATE dbo.UserCreditBalances SET Amount = 1 WHERE UserId = ?", billing.user)


@pytest.mark.ec("EC-053")
def test_ec_053_coupon_credits_pay_no_more_than_the_new_tier_costs(billing: Billing) -> None:
    held = billing.subscription("pro")

    done = billing.change(held, "pro_max", coupon_code=code_of(billing, ("credits", 30)))

    # Of 30 credits 25 pay for 24.50, and 5 are left beside those of the upgrade.
    assert (done.discount_amount, done.net_amount) == (Decimal("24.50"), Decimal("-9.50"))
    assert billing.balance() == 20_005
    billing.assert_whole()


def test_months_of_a_coupon_do_not_change_the_proration(billing: Billing) -> None:
    held = billing.subscription("pro")
    end = billing.subscriptions()[0].current_period_end
    code = code_of(billing, ("months_free", 1), coupon_type="duration_bonus")

    done = billing.change(held, "pro_max", coupon_code=code)

    assert (done.net_amount, done.discount_amount) == (15, 0)
    (row,) = billing.subscriptions()
    assert (row.tier, row.current_period_end) == ("pro_max", months_after(billing, end, 1))


def test_a_migration_coupon_leads_to_the_tier_perpetual_only(billing: Billing) -> None:
    held = billing.subscription("enterprise_pro")
    code = code_of(billing, ("percentage", 100), coupon_type="byok_migration")

    with pytest.raises(Fault) as caught:
        billing.change(held, "enterprise_max", coupon_code=code)
    done = billing.change(held, "perpetual", coupon_code=code)

    assert caught.value.number == 50009
    assert (done.ok, done.new_tier_cost, done.discount_amount) == (True, 99.5, 99.5)
    assert [row.status for row in billing.licenses()] == ["active"]
    assert [(row.tier, row.status) for row in billing.subscriptions()] == [("perpetual", "active")]


@pytest.mark.parametrize("status", ["cancelled", "expired", "suspended"])
def test_a_subscription_that_is_not_live_changes_no_tier(billing: Billing, status: str) -> None:
    held = billing.subscription("pro", status)

    refused = billing.change(held)

    assert (refused.ok, refused.error) == (False, "SUBSCRIPTION_NOT_FOUND")


def test_a_change_needs_a_subscription_and_another_tier(billing: Billing) -> None:
    held = billing.subscription("pro")

    missing = billing.change(0, request="change-2")
    same = billing.change(held, "pro")
    reused = billing.change(held, "pro_max")

    assert (missing.error, same.error) == ("SUBSCRIPTION_NOT_FOUND", "SAME_TIER")
    assert reused.error == "IDEMPOTENCY_KEY_REUSED"


def test_a_request_is_known_longer_than_its_key(billing: Billing) -> None:
    held = billing.subscription("pro")
    billing.change(held)
    billing.world.run(
        "DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", billing.world.id("change-1")
    )

    assert billing.change(held, "enterprise_pro").error == "IDEMPOTENCY_KEY_REUSED"
    assert len(billing.prorations()) == 1


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"subscription_id": None}),
        (50001, {"new_tier": " "}),
        (50001, {"request_id": None}),
        (50003, {"new_tier": "gold"}),
        (50006, {"effective_date": datetime(2020, 1, 1)}),
        (50006, {"effective_date": datetime(2090, 1, 1)}),
        (50008, {"request_id": "r" * 101}),
    ],
)
def test_a_broken_change_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    right = {
        "subscription_id": billing.subscription("pro"),
        "new_tier": "pro_max",
        "request_id": billing.world.id("change-1"),
    }

    assert fault_of(billing, "sp_ChangeSubscriptionTier", **(right | wrong)) == number

    assert billing.prorations() == []
