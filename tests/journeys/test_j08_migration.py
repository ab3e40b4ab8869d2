from __future__ import annotations

from decimal import Decimal

from tests.spec.billing import Billing
from tests.world import World

PRICE = Decimal("199.00")


def subscriber(world: World, user: str, *, payment_method: bool = True) -> Billing:
    """A subscriber of enterprise_pro."""
    assert world.call(
        "sp_UpsertUserProfile",
        user_id=user,
        email=f"{user}@acme.com",
        has_payment_method=payment_method,
    ).ok
    customer = Billing(world, user)
    assert customer.start("enterprise_pro").ok
    return customer


def test_j8_a_subscriber_moves_to_a_licence_with_own_keys(seeded: World) -> None:
    """J8: a migration."""
    customer = subscriber(seeded, "u-j8")

    moved = seeded.redeem("BYOK2025", "u-j8", PRICE)
    assert (moved.ok, moved.final_amount, moved.is_zero_payment) == (True, 0, True)
    (license_,) = customer.licenses()
    assert (license_.status, license_.byok_enabled) == ("active", True)
    assert license_.acquisition_coupon_code == "BYOK2025"
    assert license_.license_key == moved.license_key
    assert [(row.tier, row.status) for row in customer.subscriptions()] == [("perpetual", "active")]

    before = customer.balance()
    free = customer.use("r1", provider_id="demo", model_id="demo-1")
    assert (free.ok, free.is_byok, free.credits_deducted) == (True, True, 0)
    assert customer.balance() == before

    hybrid = seeded.call("sp_SetLicenseMode", license_key=license_.license_key, byok_enabled=False)
    paid = customer.use("r2", provider_id="demo", model_id="demo-1")
    assert (hybrid.ok, paid.is_byok, paid.credits_deducted) == (True, False, 32)
    assert customer.balance() == before - 32
    customer.assert_whole()


def test_j8_a_cent_below_the_minimum_moves_nobody(seeded: World) -> None:
    customer = subscriber(seeded, "u-j8-cent")

    refused = seeded.redeem("BYOK2025", "u-j8-cent", Decimal("198.99"))

    assert (refused.ok, refused.error) == (False, "MINIMUM_PURCHASE_NOT_MET")
    assert customer.licenses() == []
    assert [row.tier for row in customer.subscriptions()] == ["enterprise_pro"]


def test_j8_without_a_payment_method_nobody_moves(seeded: World) -> None:
    customer = subscriber(seeded, "u-j8-cash", payment_method=False)

    refused = seeded.redeem("BYOK2025", "u-j8-cash", PRICE)

    assert (refused.ok, refused.error) == (False, "PAYMENT_METHOD_REQUIRED")
    assert customer.licenses() == []
