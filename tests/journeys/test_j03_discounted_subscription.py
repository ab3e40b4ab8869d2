from __future__ import annotations

from decimal import Decimal

from tests.spec.billing import Billing
from tests.world import World


def test_j3_a_new_user_subscribes_with_a_discount(seeded: World) -> None:
    """J3: a discounted subscription."""
    customer = Billing(seeded, "u-new")
    price = Decimal("19.00")

    offer = seeded.validate("BLACKFRIDAY25", "u-new", price, tier="pro")
    assert (offer.ok, offer.discount_amount, offer.final_amount) == (
        True,
        Decimal("4.75"),
        Decimal("14.25"),
    )

    used = seeded.redeem("BLACKFRIDAY25", "u-new", price, tier="pro")
    assert (used.ok, used.discount_amount, used.final_amount) == (
        True,
        Decimal("4.75"),
        Decimal("14.25"),
    )

    subscribed = customer.start("pro", redemption_id=used.redemption_id)
    assert (subscribed.ok, subscribed.first_charge) == (True, Decimal("14.25"))
    assert subscribed.credits_allocated == customer.balance() == 20_000
    (row,) = [one for one in seeded.ledger("u-new") if one.status == "success"]
    assert (row.redemption_id, row.subscription_id) == (
        used.redemption_id,
        subscribed.subscription_id,
    )
    (bought,) = customer.subscriptions()
    assert (bought.base_price_usd, bought.coupon_redemption_id) == (19, used.redemption_id)

    counted = seeded.counters("BLACKFRIDAY25", "u-new")
    assert (counted.used, counted.budget_used) == (2, Decimal("9.50"))
    (shown,) = seeded.rows("SELECT * FROM dbo.vw_CouponSubscriptions WHERE UserId = N'u-new'")
    assert (shown.coupon_code, shown.tier, shown.final_amount) == (
        "BLACKFRIDAY25",
        "pro",
        Decimal("14.25"),
    )
