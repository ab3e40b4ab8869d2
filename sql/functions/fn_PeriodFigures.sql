/*
dbo.fn_PeriodFigures: the columns of a snapshot for a period: one row for the system, one for every
campaign and every coupon with which something happened, and one for every campaign with coupons
that are active at @Moment. ScopeId is system, the CampaignId or the CouponId.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_PeriodFigures(
    @FromUtc datetime2(3),
    @ToUtc datetime2(3),
    @Moment datetime2(3)
)
RETURNS TABLE
AS
RETURN
    WITH Happened AS (
        SELECT
            s.ScopeKind,
            s.ScopeId,
            SUM(a.Views) AS Views,
            SUM(a.Attempts) AS Attempts,
            SUM(a.Successes) AS Successes,
            SUM(a.Failures) AS Failures,
            SUM(a.Reversals) AS Reversals,
            SUM(a.Counted) AS Counted,
            COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
            COUNT(a.FirstUser) AS NewUsers,
            SUM(a.BlockedAttempts) AS BlockedAttempts,
            CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
            CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
            CAST(SUM(a.CashTotal) AS decimal(14, 2)) AS CashTotal,
            CAST(SUM(a.RiskScore) / NULLIF(COUNT(a.RiskScore), 0) AS decimal(3, 2))
                AS AvgRiskScore
        FROM dbo.fn_Activity() AS a
        CROSS APPLY (
            VALUES
                (N'system', N'system'),
                (N'campaign', a.CampaignId),
                (N'coupon', CAST(a.CouponId AS nvarchar(20)))
        ) AS s(ScopeKind, ScopeId)
        WHERE
            a.OccurredAt >= @FromUtc
            AND a.OccurredAt < @ToUtc
            AND s.ScopeId IS NOT NULL
        GROUP BY
            s.ScopeKind,
            s.ScopeId
    ),

    Suspected AS (
        SELECT
            s.ScopeKind,
            s.ScopeId,
            COUNT(*) AS FraudEvents
        FROM dbo.FraudEvents AS e
        CROSS APPLY (
            VALUES
                (N'system', N'system'),
                (N'campaign', e.CampaignId),
                (N'coupon', CAST(e.CouponId AS nvarchar(20)))
        ) AS s(ScopeKind, ScopeId)
        WHERE
            e.DetectedAt >= @FromUtc
            AND e.DetectedAt < @ToUtc
            AND s.ScopeId IS NOT NULL
        GROUP BY
            s.ScopeKind,
            s.ScopeId
    ),

    Active AS (
        SELECT
            s.ScopeKind,
            s.ScopeId,
            COUNT(*) AS ActiveCoupons
        FROM dbo.fn_ActiveCoupons(@Moment) AS c
        CROSS APPLY (
            VALUES
                (N'system', N'system'),
                (N'campaign', c.CampaignId),
                (N'coupon', CAST(c.CouponId AS nvarchar(20)))
        ) AS s(ScopeKind, ScopeId)
        GROUP BY
            s.ScopeKind,
            s.ScopeId
    ),

    Scopes AS (
        SELECT
            h.ScopeKind,
            h.ScopeId
        FROM Happened AS h
        UNION
        SELECT
            e.ScopeKind,
            e.ScopeId
        FROM Suspected AS e
        UNION
        SELECT
            c.ScopeKind,
            c.ScopeId
        FROM Active AS c
        WHERE c.ScopeKind = N'campaign'
        UNION
        SELECT
            N'system' AS ScopeKind,
            N'system' AS ScopeId
    )

    SELECT
        k.ScopeKind,
        k.ScopeId,
        ISNULL(h.Views, 0) AS Views,
        ISNULL(h.Attempts, 0) AS Attempts,
        ISNULL(h.Successes, 0) AS Successes,
        ISNULL(h.Failures, 0) AS Failures,
        ISNULL(h.Reversals, 0) AS Reversals,
        ISNULL(h.UniqueUsers, 0) AS UniqueUsers,
        ISNULL(h.NewUsers, 0) AS NewUsers,
        ISNULL(e.FraudEvents, 0) AS FraudEvents,
        ISNULL(h.BlockedAttempts, 0) AS BlockedAttempts,
        ISNULL(c.ActiveCoupons, 0) AS ActiveCoupons,
        ISNULL(h.DiscountTotal, 0) AS DiscountTotal,
        ISNULL(h.RevenueTotal, 0) AS RevenueTotal,
        ISNULL(h.CashTotal, 0) AS CashTotal,
        m.AvgDiscount,
        h.AvgRiskScore,
        r.ConversionRate
    FROM Scopes AS k
    LEFT JOIN Happened AS h
        ON h.ScopeKind = k.ScopeKind AND h.ScopeId = k.ScopeId
    LEFT JOIN Suspected AS e
        ON e.ScopeKind = k.ScopeKind AND e.ScopeId = k.ScopeId
    LEFT JOIN Active AS c
        ON c.ScopeKind = k.ScopeKind AND c.ScopeId = k.ScopeId
    CROSS APPLY dbo.fn_Rates(h.Views, h.Attempts, h.Successes, h.Failures) AS r
    CROSS APPLY dbo.fn_Returns(h.Counted, h.DiscountTotal, 0, 0, 0, 0, 0) AS m;
GO
