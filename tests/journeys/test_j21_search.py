"""J21: an operator looks for codes by what is remembered of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.spec.calls import Row
from tests.spec.office import Office, fresh, fresh_code, now


def redeem(office: Office, code: str, times: int, amount: str) -> None:
    for _ in range(times):
        redeemed = office.call(
            "sp_RedeemCoupon", coupon_code=code, user_id=fresh("u"), order_amount=Decimal(amount)
        )
        assert redeemed.success


def test_j21_codes_are_found_by_look_by_beginning_by_state_and_by_revenue(office: Office) -> None:
    """The demo list of the specification: free sessions, 30 percent, and 15.00 for new customers.

    A tail that only this test knows keeps its codes apart from those of others.
    """
    campaign, tail = office.campaign(max_redemptions_per_user=5), fresh_code("-")
    free, save, new = (f"{name}{tail}" for name in ("FREE24", "SAVE30", "NEW15"))
    office.coupon(campaign, coupon_code=free, discount_type="free_session", max_uses=None)
    office.coupon(
        campaign,
        coupon_code=save,
        discount_type="percentage",
        discount_value=30,
        max_uses=50,
    )
    office.coupon(
        campaign,
        coupon_code=new,
        coupon_type="fixed_amount_discount",
        discount_type="fixed_amount",
        discount_value=15,
        max_uses=25,
    )
    redeem(office, free, 45, "30.00")
    redeem(office, save, 22, "130.00")
    redeem(office, save, 1, "140.00")
    redeem(office, new, 12, "30.00")
    office.write(
        "UPDATE dbo.Coupons SET ExpiresAt = ? WHERE CouponCode = ?;",
        now() - timedelta(hours=1),
        new,
    )

    def search(**filters: Any) -> list[Row]:
        return list(office.call("sp_SearchCoupons", campaign_id=campaign, **filters).sets[0])

    def codes(**filters: Any) -> set[str]:
        return {row["CouponCode"] for row in search(**filters)}

    (alike,) = search(search=f"SAVE3O{tail}")
    assert (alike["CouponCode"], alike["MatchRank"]) == (save, 4)

    (begun,) = search(search="save")
    assert (begun["CouponCode"], begun["MatchRank"]) == (save, 2)

    assert codes(status_json='["active"]') == {free, save}
    assert codes(status_json='["expired"]') == {new}
    assert codes(status_json='["active","expired"]') == {free, save, new}

    (rich,) = search(revenue_min=1000, revenue_max=2000)
    assert (rich["CouponCode"], rich["UsageText"]) == (free, "45/∞")
    assert rich["RevenueTotal"] == Decimal("1350.00")
