/*
dbo.fn_CouponState: where a code stands in its life, and what an admin list calls it.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_CouponState(@CouponId bigint, @Now datetime2(3))
RETURNS TABLE
AS
RETURN
    SELECT
        CASE
            WHEN c.IsRedeemed = 1 THEN N'Redeemed'
            WHEN c.ExpiresAt < @Now OR p.EndDate < @Now THEN N'Expired'
            WHEN c.MaxUses = 1 AND c.ReservedCount = 1 THEN N'Reserved'
            WHEN c.AssignedTo IS NOT NULL THEN N'Assigned'
            ELSE N'Available'
        END AS LifecycleState,
        CASE
            WHEN c.IsActive = 0 OR c.DeletedAt IS NOT NULL THEN N'inactive'
            WHEN p.IsActive = 0 OR p.DeletedAt IS NOT NULL THEN N'inactive'
            WHEN c.ExpiresAt < @Now OR p.EndDate < @Now THEN N'expired'
            WHEN c.ValidFrom > @Now OR p.StartDate > @Now THEN N'scheduled'
            WHEN u.RemainingUses <= 0 THEN N'limit_reached'
            WHEN t.RemainingRedemptions <= 0 THEN N'limit_reached'
            WHEN c.IsFlagged = 1 THEN N'flagged'
            ELSE N'active'
        END AS DisplayStatus
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS p
        ON p.CampaignId = c.CampaignId
    CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS u
    CROSS APPLY dbo.fn_CampaignCounters(c.CampaignId) AS t
    WHERE c.CouponId = @CouponId;
GO
