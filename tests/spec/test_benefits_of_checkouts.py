"""What a code grants comes with the payment of its checkout, and once."""

from __future__ import annotations

import pytest

from tests.answers import Result
from tests.spec.benefits import (
    credits_code,
    migration_code,
    months_code,
    period_end,
)
from tests.spec.billing import Billing

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
