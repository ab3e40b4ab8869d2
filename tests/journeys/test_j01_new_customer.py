from __future__ import annotations

from tests.spec.billing import Billing
from tests.world import World


def test_j1_a_new_customer_subscribes_and_pays_for_the_first_use(seeded: World) -> None:
    """J1: a new customer."""
    customer = Billing(seeded, "u-j1")
    profile = seeded.call("sp_UpsertUserProfile", user_id="u-j1", email="j1@example.com")
    assert (profile.ok, profile.is_new) == (True, True)

    subscribed = customer.start("pro")
    assert (subscribed.ok, subscribed.first_charge) == (True, 19)
    assert customer.balance() == 20_000

    used = customer.use("r1", provider_id="demo", model_id="demo-1")
    assert (used.ok, used.credits_deducted) == (True, 32)
    assert (used.balance_before, used.balance_after) == (20_000, 19_968)
    assert customer.balance() == 19_968

    again = customer.use("r1", provider_id="demo", model_id="demo-1")
    assert (again.is_replay, again.deduction_id) == (True, used.deduction_id)
    assert customer.balance() == 19_968

    (usage,), (deduction,) = customer.usage(), customer.deductions()
    assert (usage.usage_id, deduction.usage_id) == (used.usage_id, used.usage_id)
    assert usage.request_id == deduction.request_id == seeded.id("r1")
    customer.assert_whole()
