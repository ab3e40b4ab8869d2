"""Subscriptions: how they begin, change their tier within a period, and end."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.spec.billing import Billing
from tests.world import Fault, Result, now

START = ("subscription_id", "first_charge", "credits_allocated", "is_replay")
CHANGE = (
    "proration_id",
    "unused_credit",
    "new_tier_cost",
    "discount_amount",
    "net_amount",
    "credits_allocated",
    "is_replay",
)
STANDARD = ("success", "error_code", "message")


def code_of(billing: Billing, discount: tuple[str, object], **columns: Any) -> str:
    billing.world.campaign()
    return billing.world.coupon("SUB", None, discount, **columns)


def redeem(billing: Billing, code: str, amount: object = None, **more: Any) -> Result:
    done = billing.world.redeem(code, billing.user, amount, **more)
    assert done.ok, done.values
    return done


def fault_of(billing: Billing, procedure: str, **arguments: Any) -> int:
    with pytest.raises(Fault) as caught:
        billing.world.call(procedure, **arguments)
    return caught.value.number


def set_status(billing: Billing, subscription: int, status: str, **more: Any) -> Result:
    return billing.world.call(
        "sp_SetSubscriptionStatus", subscription_id=subscription, status=status, **more
    )


def months_after(billing: Billing, moment: datetime, months: int) -> datetime:
    text = "SELECT CAST(DATEADD(MONTH, ?, CAST(? AS datetime2(3))) AS datetime2(3)) AS At"
    return billing.world.rows(text, months, moment)[0].at


# ---------------------------------------------------------------- the beginning


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


# ---------------------------------------------------------------- another tier


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
    held = billing.subscription(
        "pro",
        billing_cycle="annual",
        base_price_usd=190,
        start=now() - timedelta(days=182),
        end=now() + timedelta(days=182),
    )

    done = billing.change(held, "pro_max")

    assert (done.unused_credit, done.new_tier_cost) == (95, 245)


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


# ---------------------------------------------------------------- the status

WAYS = {
    "trial": {"active", "cancelled", "expired"},
    "active": {"past_due", "cancelled", "suspended", "expired"},
    "past_due": {"active", "cancelled", "suspended"},
    "suspended": {"active", "cancelled"},
    "cancelled": {"active", "expired"},
    "expired": set[str](),
}


@pytest.mark.parametrize("old", WAYS)
def test_a_status_changes_along_the_allowed_ways_only(billing: Billing, old: str) -> None:
    for new in WAYS:
        held = billing.subscription("pro", old)

        answer = set_status(billing, held, new, actor="tester", reason="a test")

        entity = str(held)
        told = billing.world.audit("subscription.status", entity)
        if new == old or new in WAYS[old]:
            assert (answer.ok, answer.error) == (True, None), (old, new)
            assert billing.subscriptions()[-1].status == new
            assert [row.actor for row in told] == ([] if new == old else ["tester"])
        else:
            assert (answer.ok, answer.error) == (False, "INVALID_STATUS_TRANSITION"), (old, new)
            assert (billing.subscriptions()[-1].status, told) == (old, [])
        billing.world.run(
            "UPDATE dbo.Subscriptions SET Status = N'expired' WHERE SubscriptionId = ?", held
        )


def test_a_cancelled_subscription_comes_back_before_its_end_only(billing: Billing) -> None:
    over = billing.subscription("pro", "cancelled", end=now() - timedelta(days=1))
    held = billing.subscription("pro")
    set_status(billing, held, "cancelled")
    assert billing.subscriptions()[-1].cancelled_at is not None

    assert set_status(billing, over, "active").error == "INVALID_STATUS_TRANSITION"
    assert set_status(billing, held, "active").ok
    assert billing.subscriptions()[-1].cancelled_at is None


def test_a_subscription_does_not_come_back_beside_a_live_one(billing: Billing) -> None:
    old = billing.subscription("pro", "suspended")
    billing.subscription("pro_max")

    assert set_status(billing, old, "active").error == "SUBSCRIPTION_EXISTS"
    assert set_status(billing, 0, "active").error == "SUBSCRIPTION_NOT_FOUND"


@pytest.mark.ec("EC-041")
@pytest.mark.parametrize("end", ["cancelled", "suspended"])
def test_ec_041_an_ended_subscription_keeps_what_it_had_and_gets_nothing_new(
    billing: Billing, end: str
) -> None:
    world = billing.world
    code = code_of(billing, ("months_free", 1), coupon_type="duration_bonus", max_uses_per_user=2)
    held = billing.start("pro").subscription_id
    redeem(billing, code, 19)
    before = billing.subscriptions()[0]

    assert set_status(billing, held, end).ok
    redeem(billing, code, 19)
    refused = billing.change(held)

    (row,) = billing.subscriptions()
    assert (row.status, row.current_period_end) == (end, before.current_period_end)
    assert billing.balance() == 20_000
    assert [one.subscription_id for one in world.ledger(billing.user)] == [held, None]
    assert refused.error == "SUBSCRIPTION_NOT_FOUND"
    shown = world.rows("SELECT * FROM dbo.vw_CouponSubscriptions WHERE UserId = ?", billing.user)
    assert [(one.coupon_code, one.subscription_status) for one in shown] == [(code, end)]

    # What was redeemed meanwhile waits until a subscription is live again.
    assert set_status(billing, held, "active").ok
    (row,) = billing.subscriptions()
    assert row.current_period_end == months_after(billing, before.current_period_end, 1)
    assert {one.subscription_id for one in world.ledger(billing.user)} == {held}


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"subscription_id": None}),
        (50001, {"status": ""}),
        (50003, {"status": "Active"}),
        (50008, {"actor": "a" * 101}),
        (50008, {"correlation_id": "c" * 101}),
    ],
)
def test_a_broken_status_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    right = {"subscription_id": billing.subscription("pro"), "status": "cancelled"}

    assert fault_of(billing, "sp_SetSubscriptionStatus", **(right | wrong)) == number


@pytest.mark.parametrize(
    ("procedure", "arguments"),
    [
        ("sp_StartSubscription", "@UserId = N'u', @Tier = N'pro', @RequestId = N'r'"),
        ("sp_ChangeSubscriptionTier", "@SubscriptionId = 1, @NewTier = N'pro', @RequestId = N'r'"),
        ("sp_SetSubscriptionStatus", "@SubscriptionId = 1, @Status = N'active'"),
    ],
)
def test_nothing_is_written_in_a_doomed_transaction(
    billing: Billing, procedure: str, arguments: str
) -> None:
    with pytest.raises(Fault) as caught:
        billing.world.sets_of(
            "SET XACT_ABORT ON; BEGIN TRANSACTION; BEGIN TRY THROW 50001, N'x', 1; END TRY"
            f" BEGIN CATCH EXEC dbo.{procedure} {arguments}; END CATCH;"
        )
    billing.world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")

    assert caught.value.number == 50102


# ---------------------------------------------------------------- views


def test_plans_show_balance_and_use_within_the_period(billing: Billing) -> None:
    billing.model()
    held = billing.start("pro").subscription_id
    billing.use()
    billing.world.run(
        "UPDATE dbo.TokenUsageLedger SET CreatedAt = DATEADD(DAY, -40, CreatedAt) WHERE UserId = ?",
        billing.user,
    )
    billing.use("use-2")
    text = "SELECT * FROM dbo.vw_SubscriptionCredits WHERE UserId = ?"

    (row,) = billing.world.rows(text, billing.user)

    assert (row.subscription_id, row.tier, row.status) == (held, "pro", "active")
    assert (row.monthly_credit_allocation, row.current_balance) == (20_000, 19_936)
    assert row.used_this_period == 32
    set_status(billing, held, "suspended")
    assert billing.world.rows(text, billing.user) == []


def test_the_timeline_shows_every_change(billing: Billing) -> None:
    held = billing.subscription("pro")
    billing.change(held, "pro_max")
    billing.change(held, "pro", request="change-2")

    shown = billing.world.rows(
        "SELECT * FROM dbo.vw_ProrationTimeline WHERE SubscriptionId = ? ORDER BY EffectiveDate",
        held,
    )

    assert [(row.from_tier, row.to_tier, row.net_amount, row.status) for row in shown] == [
        ("pro", "pro_max", 15, "applied"),
        ("pro_max", "pro", -15, "applied"),
    ]
