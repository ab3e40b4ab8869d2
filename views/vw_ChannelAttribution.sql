/*
dbo.vw_ChannelAttribution: which channel and which link brought the redemptions, as the ledger noted
it. SharePercent is the part of all successes.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ChannelAttribution
AS
SELECT
    c.MarketingChannel,
    c.UtmSource,
    c.UtmMedium,
    c.UtmCampaign,
    SUM(a.Successes) AS Successes,
    COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
    CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
    CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
    CAST(
        100.0 * SUM(a.Successes) / NULLIF(SUM(SUM(a.Successes)) OVER (), 0) AS decimal(7, 4)
    ) AS SharePercent
FROM dbo.fn_Activity() AS a
CROSS APPLY (
    SELECT
        ISNULL(a.MarketingChannel, N'(none)') AS MarketingChannel,
        ISNULL(a.UtmSource, N'(none)') AS UtmSource,
        ISNULL(a.UtmMedium, N'(none)') AS UtmMedium,
        ISNULL(a.UtmCampaign, N'(none)') AS UtmCampaign
) AS c
WHERE a.Counted = 1
GROUP BY
    c.MarketingChannel,
    c.UtmSource,
    c.UtmMedium,
    c.UtmCampaign;
GO
