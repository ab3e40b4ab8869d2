"""What a redemption grants besides a price."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.answers import Fault
from tests.spec.benefits import (
    code_of,
    credits_code,
    migration_code,
    months_code,
    period_end,
    redeem,
)
from tests.spec.billing import Billing
from tests.world import now

KEY = re.compile(r"CPN(-[ABCDEFGHJKMNPQRSTUVWXYZ23456789]{5}){5}")


# ---------------------------------------------------------------- credits


@pytest.mark.parametrize(
    ("amount", "final", "applied", "net"),
    [
        pytest.param("19.00", "0.00", 19, 1, id="D8"),
        pytest.param("25.00", "5.00", 20, 0, id="D9"),
        pytest.param(None, None, 0, 20, id="D10"),
    ],
)
def test_credits_are_granted_and_what_paid_for_the_order_is_taken_back_at_once(
    billing: Billing, amount: str | None, final: str | None, applied: int, net: int
) -> None:
    code = credits_code(billing)

    done = redeem(billing, code, amount and Decimal(amount))

    assert (done.ok, done.discount_amount, done.credits_granted) == (True, 20, 20)
    assert done.final_amount == (final and Decimal(final))
    (allocation,) = billing.allocations()
    assert (allocation.credit_type, allocation.source, allocation.amount) == ("coupon", code, 20)
    assert (allocation.remaining_amount, allocation.expires_at) == (net, None)
    assert allocation.redemption_id == done.redemption_id
    assert [(row.reason, row.request_id, row.amount) for row in billing.deductions()] == (
        [("order", f"redemption-{done.redemption_id}", applied)] if applied else []
    )
    assert billing.source("coupon") == (20, applied, 0, 0)
    assert billing.balance() == net
    events = billing.world.events("credits_granted", str(allocation.allocation_id))
    assert len(events) == 1
    billing.assert_whole()


def test_credits_of_a_referral_campaign_are_of_type_referral(billing: Billing) -> None:
    code = credits_code(billing, campaign_type="referral")

    redeem(billing, code, 19)

    assert [row.credit_type for row in billing.allocations()] == ["referral"]
    assert billing.source("referral") == (20, 19, 0, 0)


def test_the_order_is_paid_from_the_granted_credits_and_not_from_older_ones(
    billing: Billing,
) -> None:
    billing.grant(50, days=1)

    redeem(billing, credits_code(billing), 19)

    assert [row.remaining_amount for row in billing.allocations()] == [50, 1]
    assert billing.balance() == 51
    billing.assert_whole()


def test_coupon_credits_expire_when_the_setting_says_so(billing: Billing) -> None:
    billing.world.setting("coupon_credit_expiry_days", 30)

    redeem(billing, credits_code(billing))

    (allocation,) = billing.allocations()
    assert timedelta(days=29) < allocation.expires_at - now() < timedelta(days=31)


def test_the_rate_of_coupon_credits_is_a_setting_and_parts_are_rounded_up(
    billing: Billing,
) -> None:
    billing.world.setting("coupon_credits_per_usd", 10)

    done = redeem(billing, credits_code(billing, "2.55"), Decimal("1.01"))

    # 25.5 credits are 26; 10.1 of them pay for the order, which takes 11.
    assert (done.credits_granted, billing.balance()) == (26, 15)
    billing.assert_whole()


# ---------------------------------------------------------------- months


def test_d11_a_free_month_extends_the_live_subscription_and_its_last_allocation(
    billing: Billing,
) -> None:
    subscription = billing.subscription("pro")
    before = period_end(billing)
    billing.grant(20_000)
    billing.world.run(
        "UPDATE dbo.CreditAllocations SET SubscriptionId = ?, AllocationPeriodEnd = ?"
        " WHERE UserId = ?",
        subscription,
        before,
        billing.user,
    )

    done = redeem(billing, months_code(billing), 19)

    assert (done.ok, done.discount_amount, done.final_amount) == (True, 0, 19)
    assert done.months_granted == 1
    expected = billing.world.rows("SELECT DATEADD(MONTH, 1, ?) AS At", before)[0].at
    assert period_end(billing) == expected
    assert billing.allocations()[-1].allocation_period_end == expected
    (row,) = billing.world.ledger(billing.user)
    assert row.subscription_id == subscription


def test_months_go_to_the_named_subscription(billing: Billing) -> None:
    first = billing.subscription("pro", end=now() + timedelta(days=5))
    billing.subscription("pro_max", end=now() + timedelta(days=9))
    ends = [row.current_period_end for row in billing.subscriptions()]

    redeem(billing, months_code(billing), subscription_id=first)

    moved = [
        row.current_period_end > end for row, end in zip(billing.subscriptions(), ends, strict=True)
    ]
    assert moved == [True, False]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.ec("EC-041")
def test_ec_041_a_subscription_that_has_ended_gets_no_months(billing: Billing, named: bool) -> None:
    ended = billing.subscription("pro", "cancelled")
    before = period_end(billing)

    done = redeem(billing, months_code(billing), **({"subscription_id": ended} if named else {}))

    assert (done.ok, done.months_granted) == (True, 1)
    assert period_end(billing) == before
    (row,) = billing.world.ledger(billing.user)
    assert (row.months_granted, row.subscription_id) == (1, None)


# ---------------------------------------------------------------- licences


def test_d13_a_migration_code_grants_a_licence_and_moves_the_subscription(
    billing: Billing,
) -> None:
    subscription = billing.subscription("enterprise_pro")
    code = migration_code(billing, minimum_order_amount=199)

    done = redeem(billing, code, 199, tier="enterprise_pro", key=billing.world.id("key"))

    assert (done.ok, done.final_amount, done.is_zero_payment) == (True, 0, True)
    assert KEY.fullmatch(done.license_key)
    (license_,) = billing.licenses()
    assert (license_.license_key, license_.status) == (done.license_key, "active")
    assert (license_.byok_enabled, license_.acquisition_coupon_code) == (True, code)
    assert (license_.purchase_price, license_.redemption_id) == (0, done.redemption_id)
    (moved,) = billing.subscriptions()
    assert (moved.subscription_id, moved.tier, moved.status) == (
        subscription,
        "perpetual",
        "active",
    )
    (row,) = billing.world.ledger(billing.user)
    assert (row.license_id, row.subscription_id) == (license_.license_id, subscription)
    assert len(billing.world.events("license_granted", str(license_.license_id))) == 1

    again = redeem(billing, code, 199, tier="enterprise_pro", key=billing.world.id("key"))
    assert (again.is_replay, again.license_key) == (True, done.license_key)
    assert len(billing.licenses()) == 1


def test_a_migration_without_a_subscription_makes_one(billing: Billing) -> None:
    done = redeem(billing, migration_code(billing), 199)

    (made,) = billing.subscriptions()
    assert (made.tier, made.status, made.coupon_redemption_id) == (
        "perpetual",
        "active",
        done.redemption_id,
    )


@pytest.mark.ec("EC-043")
def test_ec_043_a_licence_holder_cannot_migrate_again(billing: Billing) -> None:
    billing.world.insert(
        "PerpetualLicenses",
        user_id=billing.user,
        license_key=billing.world.id("KEY"),
        status="active",
        purchase_price=199,
        purchased_version="1.0",
    )
    code = migration_code(billing)

    done = redeem(billing, code, 199)

    assert (done.ok, done.error, done.license_key) == (False, "ALREADY_LICENSED", None)
    assert len(billing.licenses()) == 1
    assert billing.subscriptions() == []
    assert [row.failure_reason for row in billing.world.ledger(billing.user)] == [
        "ALREADY_LICENSED"
    ]
    assert billing.world.counters(code, billing.user).used == 0


def test_price_discounts_have_no_licence_key_and_no_benefit(billing: Billing) -> None:
    done = redeem(billing, code_of(billing, ("percentage", 10)), 100)

    assert (done.ok, done.license_key, done.credits_granted) == (True, None, 0)
    assert billing.allocations() == billing.licenses() == []


def test_a_licence_without_its_tier_is_a_fault_and_writes_nothing(billing: Billing) -> None:
    code = migration_code(billing)
    world = billing.world
    world.run("BEGIN TRANSACTION")
    world.run("DELETE FROM dbo.ProrationEvents")
    world.run("UPDATE dbo.Subscriptions SET Tier = N'free' WHERE Tier = N'perpetual'")
    world.run("DELETE FROM dbo.SubscriptionTierConfigs WHERE Tier = N'perpetual'")

    with pytest.raises(Fault) as caught:
        redeem(billing, code, 199)

    world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
    assert caught.value.number == 50203
    assert world.ledger(billing.user) == billing.licenses() == []


def test_license_keys_are_made_of_the_whole_safe_alphabet(billing: Billing) -> None:
    seen: dict[str, int] = {}
    for _ in range(20):
        text = billing.world.sets_of(
            "DECLARE @Text nvarchar(100); EXEC dbo.sp_i_MakeRandomText @Length = 100,"
            " @Text = @Text OUTPUT; SELECT @Text AS Text;"
        )[0][0].text
        assert len(text) == 100
        for letter in text:
            seen[letter] = seen.get(letter, 0) + 1

    # 2000 characters: about 65 of each. A modulo of all 256 bytes favours the first eight by 1/8.
    assert set(seen) == set("ABCDEFGHJKMNPQRSTUVWXYZ23456789")
    assert min(seen.values()) > 20
