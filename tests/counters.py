"""The counters of a code, its campaign and a user, in one row."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tests.answers import Result

COUNTERS = """
SELECT k.UsedCount, k.ReservedCount, c.UniqueUsers, c.TotalDiscountApplied,
       c.IsRedeemed, g.CurrentRedemptions, n.UsedCount AS CampaignUsed,
       n.ReservedCount AS CampaignReserved, n.BudgetUsed,
       COALESCE(r.RedemptionCount + r.ReservedCount, 0) AS UserCampaignUses,
       COALESCE(u.UsedCount + u.ReservedCount, 0) AS UserCouponUses
FROM dbo.Coupons AS c
INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS k
CROSS APPLY dbo.fn_CampaignCounters(c.CampaignId) AS n
LEFT OUTER JOIN dbo.UserRedemptions AS r
    ON r.CampaignId = c.CampaignId AND r.UserId = ?
LEFT OUTER JOIN dbo.CouponUserUsage AS u
    ON u.CouponId = c.CouponId AND u.UserId = ?
WHERE c.CouponCode = ?
"""
"""For a user, the same user, and a code."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Everything that a claim may move."""

    used: int
    reserved: int
    unique_users: int
    discount: Decimal
    is_redeemed: bool
    campaign: int
    campaign_used: int
    campaign_reserved: int
    budget_used: Decimal
    user_campaign_uses: int
    user_coupon_uses: int

    @classmethod
    def of(cls, row: Result) -> Counters:
        return cls(
            used=row.used_count,
            reserved=row.reserved_count,
            unique_users=row.unique_users,
            discount=row.total_discount_applied,
            is_redeemed=row.is_redeemed,
            campaign=row.current_redemptions,
            campaign_used=row.campaign_used,
            campaign_reserved=row.campaign_reserved,
            budget_used=row.budget_used,
            user_campaign_uses=row.user_campaign_uses,
            user_coupon_uses=row.user_coupon_uses,
        )
