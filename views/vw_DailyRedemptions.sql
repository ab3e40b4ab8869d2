/*
dbo.vw_DailyRedemptions: the timeline: what happened on each UTC day in each campaign. Attempts with
an unknown code belong to no campaign.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_DailyRedemptions
AS
SELECT
    a.OccurredOn AS UsageDate,
    a.CampaignId,
    SUM(a.Views) AS Views,
    SUM(a.Attempts) AS Attempts,
    SUM(a.Successes) AS Successes,
    SUM(a.Failures) AS Failures,
    SUM(a.Reversals) AS Reversals,
    COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
    CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
    CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
    CAST(SUM(a.CashTotal) AS decimal(14, 2)) AS CashTotal
FROM dbo.fn_Activity() AS a
GROUP BY
    a.OccurredOn,
    a.CampaignId;
GO
