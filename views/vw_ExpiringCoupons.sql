/*
dbo.vw_ExpiringCoupons: hand-made coupons in use that end within 30 days, by their own end or by
that of their campaign, whichever comes first. Two branches, because each end has an index of its
own.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ExpiringCoupons
AS
SELECT
    e.CouponCode,
    e.CampaignId,
    e.EffectiveExpiry,
    DATEDIFF(DAY, SYSUTCDATETIME(), e.EffectiveExpiry) AS DaysLeft,
    u.UsedCount,
    e.MaxUses
FROM (
    SELECT
        c.CouponId,
        c.CouponCode,
        c.CampaignId,
        c.MaxUses,
        c.ExpiresAt AS EffectiveExpiry
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS p
        ON p.CampaignId = c.CampaignId
    WHERE
        c.ExpiresAt >= SYSUTCDATETIME()
        AND c.ExpiresAt < DATEADD(DAY, 30, SYSUTCDATETIME())
        AND (p.EndDate IS NULL OR p.EndDate >= c.ExpiresAt)
        AND c.GenerationBatchId IS NULL
        AND c.IsActive = 1
        AND c.DeletedAt IS NULL
        AND p.IsActive = 1
        AND p.DeletedAt IS NULL
    UNION ALL
    SELECT
        c.CouponId,
        c.CouponCode,
        c.CampaignId,
        c.MaxUses,
        p.EndDate AS EffectiveExpiry
    FROM dbo.Campaigns AS p
    INNER JOIN dbo.Coupons AS c
        ON c.CampaignId = p.CampaignId
    WHERE
        p.EndDate >= SYSUTCDATETIME()
        AND p.EndDate < DATEADD(DAY, 30, SYSUTCDATETIME())
        AND (c.ExpiresAt IS NULL OR c.ExpiresAt > p.EndDate)
        AND c.GenerationBatchId IS NULL
        AND c.IsActive = 1
        AND c.DeletedAt IS NULL
        AND p.IsActive = 1
        AND p.DeletedAt IS NULL
) AS e
CROSS APPLY dbo.fn_CouponCounters(e.CouponId) AS u;
GO
