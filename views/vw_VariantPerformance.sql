/*
dbo.vw_VariantPerformance: the coupons of a campaign that carry a variant label, summed by label:
which side of an A/B test wins.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_VariantPerformance
AS
SELECT
    v.CampaignId,
    v.VariantLabel,
    v.Coupons,
    v.Views,
    v.Attempts,
    v.Successes,
    r.ConversionRate,
    m.AvgDiscount,
    v.RevenueTotal,
    CAST(v.RevenueTotal / NULLIF(v.Successes, 0) AS decimal(14, 2)) AS RevenuePerSuccess
FROM (
    SELECT
        c.CampaignId,
        c.VariantLabel,
        COUNT(DISTINCT c.CouponId) AS Coupons,
        ISNULL(SUM(a.Views), 0) AS Views,
        ISNULL(SUM(a.Attempts), 0) AS Attempts,
        ISNULL(SUM(a.Successes), 0) AS Successes,
        ISNULL(SUM(a.Failures), 0) AS Failures,
        ISNULL(SUM(a.Counted), 0) AS Counted,
        CAST(ISNULL(SUM(a.DiscountTotal), 0) AS decimal(14, 2)) AS DiscountTotal,
        CAST(ISNULL(SUM(a.RevenueTotal), 0) AS decimal(14, 2)) AS RevenueTotal
    FROM dbo.Coupons AS c
    LEFT JOIN dbo.fn_Activity() AS a
        ON a.CouponId = c.CouponId
    WHERE c.VariantLabel IS NOT NULL
    GROUP BY
        c.CampaignId,
        c.VariantLabel
) AS v
CROSS APPLY dbo.fn_Rates(v.Views, v.Attempts, v.Successes, v.Failures) AS r
CROSS APPLY dbo.fn_Returns(v.Counted, v.DiscountTotal, v.RevenueTotal, 0, 0, 0, 0) AS m;
GO
