from __future__ import annotations

from decimal import Decimal

from tests.spec.billing import Billing
from tests.world import World

PRICE = Decimal("19.00")
USES = 5


def test_j7_a_friend_uses_a_referral_code_as_often_as_it_may_be_used(seeded: World) -> None:
    """J7: a referral, with the figures of D8."""
    friend = Billing(seeded, "u-friend")

    first = seeded.redeem("REFER20", "u-friend", PRICE)
    assert (first.ok, first.discount_amount, first.final_amount) == (True, 20, 0)
    assert first.is_zero_payment is True
    (granted,) = friend.allocations()
    assert (granted.credit_type, granted.source, granted.amount) == ("referral", "REFER20", 20)
    assert friend.balance() == 20 - 19

    # The code is for first-time users; this friend was one when the rule was asked.
    seeded.run(
        "UPDATE dbo.CouponValidationRules SET IsActive = 0 WHERE CouponId = ?",
        seeded.coupon_id("REFER20"),
    )
    for _ in range(USES - 1):
        seeded.backdate_attempts("u-friend", minutes=25 * 60)
        assert seeded.redeem("REFER20", "u-friend", PRICE).ok
    seeded.backdate_attempts("u-friend", minutes=25 * 60)
    sixth = seeded.redeem("REFER20", "u-friend", PRICE)
    assert sixth.error == "MAX_USES_PER_USER_REACHED"
    assert friend.balance() == USES * (20 - 19)
    friend.assert_whole()
