from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from tests.spec.billing import Billing
from tests.world import World, now


def test_j2_a_subscriber_upgrades_in_the_middle_of_a_month(seeded: World) -> None:
    """J2: an upgrade, with the figures of D21."""
    customer = Billing(seeded, "u-j2")
    moment, half = now(), timedelta(days=15)
    held = customer.start("pro", period_start=moment - half, period_end=moment + half)
    assert (held.ok, customer.balance()) == (True, 20_000)

    changed = customer.change(held.subscription_id, "pro_max")
    assert (changed.unused_credit, changed.new_tier_cost) == (Decimal("9.50"), Decimal("24.50"))
    assert (changed.net_amount, changed.credits_allocated) == (Decimal("15.00"), 20_000)
    assert [row.tier for row in customer.subscriptions()] == ["pro_max"]
    assert [(row.from_tier, row.to_tier, row.status) for row in customer.prorations()] == [
        ("pro", "pro_max", "applied")
    ]
    assert customer.balance() == 40_000

    again = customer.change(held.subscription_id, "pro_max")
    assert (again.ok, again.is_replay, again.proration_id) == (True, True, changed.proration_id)
    assert (len(customer.prorations()), customer.balance()) == (1, 40_000)
    customer.assert_whole()
