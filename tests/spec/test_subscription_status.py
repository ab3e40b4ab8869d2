"""Subscriptions: how their status changes, what an end leaves, and what the views show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.answers import Fault
from tests.spec.billing import Billing
from tests.spec.subscribing import code_of, fault_of, months_after, redeem, set_status
from tests.world import now

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
