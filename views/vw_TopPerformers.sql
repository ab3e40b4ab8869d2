/*
dbo.vw_TopPerformers: the codes that were used in the last 30 days, ranked by revenue and by
successes; equals share a rank.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_TopPerformers
AS
SELECT
    m.CouponCode,
    t.Successes,
    t.RevenueTotal,
    r.ConversionRate,
    RANK() OVER (ORDER BY t.RevenueTotal DESC) AS RankByRevenue,
    RANK() OVER (ORDER BY t.Successes DESC) AS RankBySuccesses
FROM (
    SELECT
        a.CouponId,
        SUM(a.Views) AS Views,
        SUM(a.Attempts) AS Attempts,
        SUM(a.Successes) AS Successes,
        SUM(a.Failures) AS Failures,
        CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
    FROM dbo.fn_Activity() AS a
    WHERE a.OccurredAt >= DATEADD(DAY, -30, SYSUTCDATETIME())
    GROUP BY a.CouponId
    HAVING SUM(a.Successes) > 0
) AS t
INNER JOIN dbo.Coupons AS c
    ON c.CouponId = t.CouponId
CROSS APPLY dbo.fn_ShownCode(c.CouponCode, c.GenerationBatchId, c.IsRedeemed) AS m
CROSS APPLY dbo.fn_Rates(t.Views, t.Attempts, t.Successes, t.Failures) AS r;
GO
