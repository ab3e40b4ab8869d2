/*
dbo.vw_CampaignPerformance: what each campaign brought in and cost, by the home campaign of the
codes. A new user is one whose first use ever fell into the campaign.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CampaignPerformance
AS
SELECT
    p.CampaignId,
    p.Name,
    p.CampaignType,
    p.MarketingChannel,
    p.UtmSource,
    p.UtmMedium,
    p.UtmCampaign,
    k.Coupons,
    a.Attempts,
    a.Successes,
    a.Failures,
    r.SuccessRate,
    r.ConversionRate,
    a.UniqueUsers,
    a.NewUsers,
    a.DiscountTotal,
    a.RevenueTotal,
    a.CashTotal,
    m.NetRevenue,
    p.MarketingCost,
    m.ROI,
    m.CAC,
    CAST(100.0 * n.UsedCount / p.MaxTotalRedemptions AS decimal(5, 2)) AS RedemptionPercent
FROM dbo.Campaigns AS p
CROSS APPLY (
    SELECT COUNT(*) AS Coupons
    FROM dbo.Coupons AS c
    WHERE
        c.CampaignId = p.CampaignId
        AND c.DeletedAt IS NULL
) AS k
CROSS APPLY (
    SELECT
        ISNULL(SUM(v.Views), 0) AS Views,
        ISNULL(SUM(v.Attempts), 0) AS Attempts,
        ISNULL(SUM(v.Successes), 0) AS Successes,
        ISNULL(SUM(v.Failures), 0) AS Failures,
        ISNULL(SUM(v.Counted), 0) AS Counted,
        ISNULL(SUM(v.PaidSuccesses), 0) AS PaidSuccesses,
        COUNT(DISTINCT v.CountedUser) AS UniqueUsers,
        COUNT(v.FirstUser) AS NewUsers,
        CAST(ISNULL(SUM(v.DiscountTotal), 0) AS decimal(14, 2)) AS DiscountTotal,
        CAST(ISNULL(SUM(v.RevenueTotal), 0) AS decimal(14, 2)) AS RevenueTotal,
        CAST(ISNULL(SUM(v.CashTotal), 0) AS decimal(14, 2)) AS CashTotal
    FROM dbo.fn_Activity() AS v
    WHERE v.CampaignId = p.CampaignId
) AS a
CROSS APPLY dbo.fn_CampaignCounters(p.CampaignId) AS n
CROSS APPLY dbo.fn_Rates(a.Views, a.Attempts, a.Successes, a.Failures) AS r
CROSS APPLY dbo.fn_Returns(
    a.Counted, a.DiscountTotal, a.RevenueTotal, a.CashTotal, a.PaidSuccesses, p.MarketingCost,
    a.NewUsers
) AS m;
GO
