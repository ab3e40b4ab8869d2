"""What a redemption grants besides a price, and how it is taken back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.billing import Billing
from tests.world import now

KEY = re.compile(r"CPN(-[ABCDEFGHJKMNPQRSTUVWXYZ23456789]{5}){5}")


def code_of(billing: Billing, discount: tuple[str, object], **columns: Any) -> str:
    campaign = {name: columns.pop(name) for name in ("campaign_type",) if name in columns}
    billing.world.campaign(**campaign)
    return billing.world.coupon("BENEFIT", None, discount, **columns)


def credits_code(billing: Billing, value: object = 20, **columns: Any) -> str:
    return code_of(billing, ("credits", value), **columns)


def months_code(billing: Billing, months: int = 1) -> str:
    return code_of(billing, ("months_free", months), coupon_type="duration_bonus")


def migration_code(billing: Billing, **columns: Any) -> str:
    return code_of(billing, ("percentage", 100), coupon_type="byok_migration", **columns)


def redeem(billing: Billing, code: str, amount: object = None, **more: Any) -> Result:
    return billing.world.redeem(code, billing.user, amount, **more)


def period_end(billing: Billing) -> datetime:
    return billing.subscriptions()[-1].current_period_end


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


# ---------------------------------------------------------------- through a checkout

PAID = "payment_intent.succeeded"


def hold(billing: Billing, code: str, amount: object) -> Result:
    held = billing.world.call(
        "sp_ReserveCoupon",
        coupon_code=code,
        user_id=billing.user,
        amount=amount,
        order=billing.world.id("order"),
    )
    assert held.ok, held.values
    return held


def pay(billing: Billing, held: Result, way: str, event: str = "paid") -> Result:
    """The payment of a checkout, told by the service itself or by the payment provider."""
    world = billing.world
    if way == "confirm":
        return world.call(
            "sp_ConfirmReservation", reservation_id=held.reservation_id, key=world.id(event)
        )
    return world.call(
        "sp_ProcessPaymentEvent",
        event_id=world.id(event),
        event_type=PAID,
        reservation_id=held.reservation_id,
        Amount=held.final_amount,
    )


def let_expire(billing: Billing, held: Result) -> None:
    billing.world.run(
        "UPDATE dbo.Reservations SET ReservedAt = DATEADD(MINUTE, -20, ReservedAt),"
        " ExpiresAt = DATEADD(MINUTE, -20, ExpiresAt) WHERE ReservationId = ?",
        held.reservation_id,
    )
    assert billing.world.call("sp_ExpireReservations").ok


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("way", ["confirm", "event"])
def test_credits_of_a_checkout_come_with_its_payment_and_once(
    billing: Billing, way: str, late: bool
) -> None:
    code = credits_code(billing)
    held = hold(billing, code, 19)
    assert (held.credits_granted, billing.allocations()) == (20, [])
    if late:
        let_expire(billing, held)

    done, again = pay(billing, held, way), pay(billing, held, way)

    assert (done.ok, again.ok, again.redemption_id) == (True, True, done.redemption_id)
    assert (held.redemption_id == done.redemption_id) == (not late)
    (given,) = billing.allocations()
    assert (given.source, given.amount, given.remaining_amount) == (code, 20, 1)
    assert given.redemption_id == done.redemption_id
    assert [(row.reason, row.amount) for row in billing.deductions()] == [("order", 19)]
    billing.assert_whole()


@pytest.mark.parametrize("way", ["confirm", "event"])
def test_months_of_a_checkout_come_with_its_payment_and_once(billing: Billing, way: str) -> None:
    subscription = billing.subscription("pro")
    before = period_end(billing)
    held = hold(billing, months_code(billing), 19)
    assert (held.months_granted, period_end(billing)) == (1, before)

    done, again = pay(billing, held, way), pay(billing, held, way)

    assert (done.ok, again.ok) == (True, True)
    (expected,) = billing.world.rows("SELECT DATEADD(MONTH, 1, ?) AS At", before)
    assert period_end(billing) == expected.at
    (row,) = billing.world.ledger(billing.user)
    assert (row.status, row.subscription_id) == ("success", subscription)


@pytest.mark.parametrize("way", ["confirm", "event"])
def test_a_licence_of_a_checkout_comes_with_its_payment_and_once(
    billing: Billing, way: str
) -> None:
    held = hold(billing, migration_code(billing), 199)
    assert billing.licenses() == []

    done, again = pay(billing, held, way), pay(billing, held, way)

    (license_,) = billing.licenses()
    assert (license_.status, license_.redemption_id) == ("active", done.redemption_id)
    assert [(row.tier, row.status) for row in billing.subscriptions()] == [("perpetual", "active")]
    if way == "confirm":
        assert done.license_key == again.license_key == license_.license_key
        billing.world.run(
            "DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", billing.world.id("paid")
        )
        assert pay(billing, held, way).license_key == license_.license_key


@pytest.mark.ec("EC-043")
def test_ec_043_a_licence_holder_cannot_hold_a_migration(billing: Billing) -> None:
    billing.licensed()
    code = migration_code(billing)

    refused = billing.world.call(
        "sp_ReserveCoupon", coupon_code=code, user_id=billing.user, amount=199
    )

    assert (refused.ok, refused.error) == (False, "ALREADY_LICENSED")
    assert refused.reservation_id is None
    assert billing.world.counters(code, billing.user).reserved == 0


# ---------------------------------------------------------------- taking back


@pytest.mark.ec("EC-042")
@pytest.mark.parametrize(
    ("amount", "spent", "revoked", "shortfall"),
    [
        pytest.param(None, 0, 20, 0, id="nothing spent"),
        pytest.param(None, 15, 5, 15, id="some spent"),
        pytest.param(None, 20, 0, 20, id="all spent"),
        pytest.param(19, 0, 1, 0, id="what paid for the order is no shortfall"),
        pytest.param(19, 1, 0, 1, id="the rest spent"),
    ],
)
def test_ec_042_the_unspent_part_is_revoked_and_the_spent_part_told(
    billing: Billing, amount: object, spent: int, revoked: int, shortfall: int
) -> None:
    done = redeem(billing, credits_code(billing), amount)
    if spent:
        assert billing.spend(spent)

    assert billing.revoke(done.redemption_id) == (revoked, shortfall, False)

    assert billing.balance() == 0
    reversals = [row for row in billing.deductions() if row.reason == "reversal"]
    assert [(row.request_id, row.amount) for row in reversals] == (
        [(f"reversal-{done.redemption_id}", revoked)] if revoked else []
    )
    assert billing.source("coupon")[3] == revoked
    billing.assert_whole()


@pytest.mark.ec("EC-042")
def test_ec_042_a_shortfall_is_not_taken_from_other_credits(billing: Billing) -> None:
    done = redeem(billing, credits_code(billing))
    billing.spend(20)
    billing.grant(100)

    assert billing.revoke(done.redemption_id) == (0, 20, False)

    assert billing.balance() == 100
    billing.assert_whole()


@pytest.mark.ec("EC-042")
def test_ec_042_expired_credits_are_no_shortfall(billing: Billing) -> None:
    billing.world.setting("coupon_credit_expiry_days", 1)
    done = redeem(billing, credits_code(billing))
    billing.spend(5)
    billing.expire()

    assert billing.revoke(done.redemption_id) == (0, 5, False)

    assert billing.source("coupon") == (20, 5, 15, 0)
    billing.assert_whole()


@pytest.mark.parametrize("day", [15, 28, 29, 30, 31])
def test_months_are_taken_back_to_the_day_they_were_given_on(billing: Billing, day: int) -> None:
    start, end = datetime(2027, 12, day, 9, 30), datetime(2028, 1, day, 9, 30)
    billing.subscription("pro", start=start, end=end)
    done = redeem(billing, months_code(billing))
    assert period_end(billing) == datetime(2028, 2, min(day, 29), 9, 30)

    assert billing.revoke(done.redemption_id) == (0, 0, False)

    assert period_end(billing) == end


def test_months_that_wait_are_not_taken_from_a_later_subscription(billing: Billing) -> None:
    done = redeem(billing, months_code(billing))
    billing.subscription("pro")
    before = period_end(billing)

    billing.revoke(done.redemption_id)

    assert period_end(billing) == before


def test_a_licence_is_revoked_and_its_subscription_cancelled(billing: Billing) -> None:
    done = redeem(billing, migration_code(billing), 199)

    assert billing.revoke(done.redemption_id) == (0, 0, True)

    (license_,) = billing.licenses()
    assert license_.status == "revoked"
    assert license_.revoked_at is not None
    assert [(row.tier, row.status) for row in billing.subscriptions()] == [
        ("perpetual", "cancelled")
    ]
    assert billing.revoke(done.redemption_id) == (0, 0, False)


def test_benefits_need_a_transaction_and_a_success(billing: Billing) -> None:
    with pytest.raises(Fault) as caught:
        billing.world.sets_of(
            "DECLARE @A int, @B int, @C bit, @Now datetime2(3) = SYSUTCDATETIME();"
            " EXEC dbo.sp_i_RevokeBenefits @RedemptionId = 0, @Now = @Now,"
            " @CreditsRevoked = @A OUTPUT, @CreditsShortfall = @B OUTPUT,"
            " @LicenseRevoked = @C OUTPUT;"
        )
    assert caught.value.number == 50102

    with pytest.raises(Fault) as caught:
        billing.world.sets_of("EXEC dbo.sp_i_ApplyBenefits @RedemptionId = 0;")
    assert caught.value.number == 50203


# ---------------------------------------------------------------- spending


def test_credits_are_spent_by_earliest_expiry_and_those_without_expiry_last(
    billing: Billing,
) -> None:
    billing.grant(10)
    billing.grant(10, days=9)
    billing.grant(10, days=2)
    billing.grant(10, days=2)

    assert billing.spend(25)

    assert [row.remaining_amount for row in billing.allocations()] == [10, 5, 0, 0]
    (row,) = billing.deductions()
    assert (row.balance_before, row.balance_after) == (40, 15)
    numbers = [one.allocation_id for one in billing.allocations()]
    assert row.allocations_json.replace(" ", "") == (
        f'[{{"allocationId":{numbers[1]},"amount":5}},'
        f'{{"allocationId":{numbers[2]},"amount":10}},'
        f'{{"allocationId":{numbers[3]},"amount":10}}]'
    )
    billing.assert_whole()


@pytest.mark.parametrize("granted", [0, 9])
def test_a_balance_is_never_overdrawn(billing: Billing, granted: int) -> None:
    if granted:
        billing.grant(granted)

    assert not billing.spend(10)

    assert (billing.balance(), billing.deductions()) == (granted, [])
    billing.assert_whole()


def test_a_balance_beyond_its_allocations_is_a_fault_and_not_spent(billing: Billing) -> None:
    billing.grant(10)
    billing.world.run(
        "UPDATE dbo.UserCreditBalances SET Amount = 15 WHERE UserId = ?", billing.user
    )

    with pytest.raises(Fault) as caught:
        billing.spend(12)

    assert caught.value.number == 50200
    assert (billing.balance(), billing.deductions()) == (15, [])
