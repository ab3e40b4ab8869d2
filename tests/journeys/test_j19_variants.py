"""J19: two variants of a code are tried side by side; which one wins, and is it chance?"""

from __future__ import annotations

import json
from decimal import Decimal

from tests.spec.office import Office, fresh


def use(office: Office, code: str, *, views: int, successes: int) -> None:
    """So many visitors look at a code, and so many of them use it."""
    visitors = [fresh("visitor") for _ in range(views)]
    for visitor in visitors:
        office.call(
            "sp_RecordFunnelEvent", event_type="coupon_view", coupon_code=code, user_id=visitor
        )
    for visitor in visitors[:successes]:
        redeemed = office.call(
            "sp_RedeemCoupon", coupon_code=code, user_id=visitor, order_amount=Decimal("100.00")
        )
        assert redeemed.success


def test_j19_the_better_variant_is_told_from_chance(office: Office) -> None:
    campaign = office.campaign()
    a = office.coupon(campaign, variant_label="A")
    b = office.coupon(campaign, variant_label="B")

    use(office, a, views=100, successes=20)
    use(office, b, views=100, successes=30)

    variants = office.rows(
        "SELECT VariantLabel, Views, Successes, ConversionRate FROM dbo.vw_VariantPerformance"
        " WHERE CampaignId = ? ORDER BY VariantLabel;",
        campaign,
    )
    assert [tuple(row.values()) for row in variants] == [
        ("A", 100, 20, Decimal("20.0000")),
        ("B", 100, 30, Decimal("30.0000")),
    ]

    first, second = office.call("sp_CompareCoupons", codes_json=json.dumps([a, b])).sets[0]
    assert (first["ConversionDifference"], first["ZValue"]) == (None, None)
    assert second["CouponCode"] == b
    assert second["ConversionDifference"] == Decimal("10.00")
    # Below 1.96: ten points over a hundred visitors each may still be chance.
    assert second["ZValue"] == Decimal("1.63")
