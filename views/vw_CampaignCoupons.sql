/*
dbo.vw_CampaignCoupons: the coupons attached to each campaign, side by side. Figures are those of
the coupon, wherever it is attached: its uses always count for its home campaign.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CampaignCoupons
AS
SELECT
    k.CampaignId,
    p.Name AS CampaignName,
    m.CouponCode,
    k.Role,
    k.Priority,
    CAST(IIF(c.CampaignId = k.CampaignId, 1, 0) AS bit) AS IsHome,
    a.Successes,
    a.RevenueTotal,
    r.ConversionRate
FROM dbo.CampaignCoupons AS k
INNER JOIN dbo.Campaigns AS p
    ON p.CampaignId = k.CampaignId
INNER JOIN dbo.Coupons AS c
    ON c.CouponId = k.CouponId
CROSS APPLY dbo.fn_ShownCode(c.CouponCode, c.GenerationBatchId, c.IsRedeemed) AS m
CROSS APPLY (
    SELECT
        ISNULL(SUM(v.Views), 0) AS Views,
        ISNULL(SUM(v.Attempts), 0) AS Attempts,
        ISNULL(SUM(v.Successes), 0) AS Successes,
        ISNULL(SUM(v.Failures), 0) AS Failures,
        CAST(ISNULL(SUM(v.RevenueTotal), 0) AS decimal(14, 2)) AS RevenueTotal
    FROM dbo.fn_Activity() AS v
    WHERE v.CouponId = c.CouponId
) AS a
CROSS APPLY dbo.fn_Rates(a.Views, a.Attempts, a.Successes, a.Failures) AS r;
GO
