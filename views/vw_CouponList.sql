/*
dbo.vw_CouponList: the admin list of codes with their state, effective discount and results in the
live ledger. A generated code that nobody redeemed yet is worth money: only operators see it whole
(coupon_ops, db_owner and dbo; IS_ROLEMEMBER knows no membership of dbo itself, and is NULL for a
role that does not exist). Trend compares the successes of the last 7 days with the 7 before.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CouponList
AS
SELECT
    c.CouponId,
    IIF(m.IsMasked = 1, CONCAT(LEFT(c.CouponCode, 3), NCHAR(8230)), c.CouponCode) AS CouponCode,
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
    CAST(
        100.0 * h.Successes / NULLIF(IIF(v.Views > h.Attempts, v.Views, h.Attempts), 0)
        AS decimal(7, 4)
    ) AS ConversionRate,
    CAST(100.0 * h.Successes / NULLIF(h.Successes + h.Failures, 0) AS decimal(7, 4))
        AS SuccessRate,
    CASE
        WHEN h.Recent = h.Earlier THEN N'stable'
        WHEN 100 * h.Recent >= (100 + t.Threshold) * h.Earlier THEN N'up'
        WHEN 100 * h.Recent <= (100 - t.Threshold) * h.Earlier THEN N'down'
        ELSE N'stable'
    END AS Trend,
    c.CreatedAt,
    c.ExpiresAt,
    c.LastUsedAt,
    c.GenerationBatchId,
    c.DeletedAt
FROM dbo.Coupons AS c
INNER JOIN dbo.Campaigns AS p
    ON p.CampaignId = c.CampaignId
CROSS JOIN (
    SELECT MAX(f.DecimalValue) AS Threshold
    FROM dbo.fn_Setting(N'trend_threshold_percent') AS f
) AS t
CROSS APPLY dbo.fn_CouponState(c.CouponId, SYSUTCDATETIME()) AS s
CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS u
CROSS APPLY dbo.fn_EffectiveDiscount(c.CouponId, NULL) AS d
CROSS APPLY (
    SELECT
        CASE
            WHEN c.GenerationBatchId IS NULL OR c.IsRedeemed = 1 THEN 0
            WHEN IS_ROLEMEMBER(N'coupon_ops') = 1 THEN 0
            WHEN IS_ROLEMEMBER(N'db_owner') = 1 OR USER_NAME() = N'dbo' THEN 0
            ELSE 1
        END AS IsMasked
) AS m
CROSS APPLY (
    SELECT COUNT(*) AS Views
    FROM dbo.FunnelEvents AS e
    WHERE
        e.CouponId = c.CouponId
        AND e.EventType = N'coupon_view'
) AS v
CROSS APPLY (
    SELECT
        COUNT(*) AS Attempts,
        ISNULL(SUM(IIF(r.Status = N'success', 1, 0)), 0) AS Successes,
        ISNULL(SUM(IIF(r.Status = N'failed', 1, 0)), 0) AS Failures,
        -- A session given away brings in the value attributed to it, its order amount.
        SUM(
            CASE
                WHEN r.Status <> N'success' THEN 0
                WHEN r.DiscountType = N'free_session' THEN ISNULL(r.OrderAmount, 0)
                ELSE ISNULL(r.FinalAmount, 0)
            END
            - IIF(r.Status = N'success', r.RefundedAmount, 0)
        ) AS RevenueTotal,
        ISNULL(
            SUM(IIF(
                r.Status = N'success' AND r.AttemptedAt >= DATEADD(DAY, -7, SYSUTCDATETIME()),
                1, 0
            )), 0
        ) AS Recent,
        ISNULL(
            SUM(IIF(
                r.Status = N'success'
                AND r.AttemptedAt >= DATEADD(DAY, -14, SYSUTCDATETIME())
                AND r.AttemptedAt < DATEADD(DAY, -7, SYSUTCDATETIME()),
                1, 0
            )), 0
        ) AS Earlier
    FROM dbo.RedemptionHistory AS r
    WHERE r.CouponId = c.CouponId
) AS h;
GO
