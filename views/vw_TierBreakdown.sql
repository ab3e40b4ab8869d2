/*
dbo.vw_TierBreakdown: which subscription tiers use codes; a ledger row without a tier is (none).
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_TierBreakdown
AS
SELECT
    t.UserTier,
    SUM(a.Successes) AS Successes,
    CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
    CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
FROM dbo.fn_Activity() AS a
CROSS APPLY (SELECT ISNULL(a.UserTier, N'(none)') AS UserTier) AS t
WHERE a.Counted = 1
GROUP BY t.UserTier;
GO
