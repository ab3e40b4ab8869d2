/*
dbo.fn_ActiveCoupons: the coupons whose display status is active at a moment (fn_CouponState), found
for all at once: the campaigns are looked at first, each of them once.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_ActiveCoupons(@Now datetime2(3))
RETURNS TABLE
AS
RETURN
    SELECT
        c.CouponId,
        c.CampaignId
    FROM dbo.Campaigns AS p
    CROSS APPLY dbo.fn_CampaignCounters(p.CampaignId) AS n
    INNER JOIN dbo.Coupons AS c
        ON c.CampaignId = p.CampaignId
    WHERE
        p.IsActive = 1
        AND p.DeletedAt IS NULL
        AND p.StartDate <= @Now
        AND (p.EndDate IS NULL OR p.EndDate >= @Now)
        AND (n.RemainingRedemptions IS NULL OR n.RemainingRedemptions > 0)
        AND c.IsActive = 1
        AND c.DeletedAt IS NULL
        AND c.IsRedeemed = 0
        AND c.IsFlagged = 0
        AND (c.ValidFrom IS NULL OR c.ValidFrom <= @Now)
        AND (c.ExpiresAt IS NULL OR c.ExpiresAt >= @Now)
        AND (c.MaxUses IS NULL OR c.UsedCount + c.ReservedCount < c.MaxUses);
GO
