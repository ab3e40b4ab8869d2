/*
dbo.vw_CouponList: the admin list of codes with their state, effective discount and results in the
live ledger. Trend compares the successes of the last 7 days with the 7 before.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CouponList
AS
SELECT
    c.CouponId,
    m.CouponCode,
    c.InternalName,
    c.Description,
    c.CampaignId,
    COALESCE(c.CampaignSource, p.CampaignSource) AS CampaignSource,
    c.CouponType,
    d.DiscountType,
    d.DiscountValue,
    c.ApplicableTo,
    s.DisplayStatus,
    s.LifecycleState,
    u.UsedCount,
    c.MaxUses,
    CONCAT(u.UsedCount, N'/', ISNULL(CAST(c.MaxUses AS nvarchar(10)), NCHAR(8734))) AS UsageText,
    CAST(100.0 * u.UsedCount / c.MaxUses AS decimal(5, 2)) AS UsagePercent,
    CAST(ISNULL(h.RevenueTotal, 0) AS decimal(14, 2)) AS RevenueTotal,
    r.ConversionRate,
    r.SuccessRate,
    t.Trend,
    c.CreatedAt,
    c.ExpiresAt,
    c.LastUsedAt,
    c.GenerationBatchId,
    c.DeletedAt
FROM dbo.Coupons AS c
INNER JOIN dbo.Campaigns AS p
    ON p.CampaignId = c.CampaignId
CROSS APPLY dbo.fn_CouponState(c.CouponId, SYSUTCDATETIME()) AS s
CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS u
CROSS APPLY dbo.fn_EffectiveDiscount(c.CouponId, NULL) AS d
CROSS APPLY dbo.fn_ShownCode(c.CouponCode, c.GenerationBatchId, c.IsRedeemed) AS m
CROSS APPLY (
    SELECT
        ISNULL(SUM(a.Views), 0) AS Views,
        ISNULL(SUM(a.Attempts), 0) AS Attempts,
        ISNULL(SUM(a.Successes), 0) AS Successes,
        ISNULL(SUM(a.Failures), 0) AS Failures,
        SUM(a.RevenueTotal) AS RevenueTotal,
        ISNULL(
            SUM(IIF(a.OccurredAt >= DATEADD(DAY, -7, SYSUTCDATETIME()), a.Successes, 0)), 0
        ) AS Recent,
        ISNULL(
            SUM(IIF(
                a.OccurredAt >= DATEADD(DAY, -14, SYSUTCDATETIME())
                AND a.OccurredAt < DATEADD(DAY, -7, SYSUTCDATETIME()),
                a.Successes, 0
            )), 0
        ) AS Earlier
    FROM dbo.fn_Activity() AS a
    WHERE a.CouponId = c.CouponId
) AS h
CROSS APPLY dbo.fn_Rates(h.Views, h.Attempts, h.Successes, h.Failures) AS r
CROSS APPLY dbo.fn_Trend(h.Recent, h.Earlier) AS t;
GO
