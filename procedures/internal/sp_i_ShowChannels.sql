SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The channels of a report: which channel and link brought the redemptions of a campaign,
           or (NULL) of all.
Called by: sp_GetCampaignAnalytics, sp_GetSystemAnalytics
Locks:     none
Returns:   rows, the strongest first: MarketingChannel, UtmSource, UtmMedium, UtmCampaign,
           Successes, UniqueUsers, DiscountTotal, RevenueTotal, SharePercent
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShowChannels
    @CampaignId nvarchar(100) = NULL,
    @FromUtc datetime2(3),
    @ToUtc datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    WITH Channels AS (
        SELECT k.MarketingChannel, k.UtmSource, k.UtmMedium, k.UtmCampaign,
               SUM(a.Successes) AS Successes, COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
               CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
               CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
        FROM dbo.fn_Activity() AS a
        CROSS APPLY (SELECT COALESCE(a.MarketingChannel, N'(none)') AS MarketingChannel,
                            COALESCE(a.UtmSource, N'(none)') AS UtmSource,
                            COALESCE(a.UtmMedium, N'(none)') AS UtmMedium,
                            COALESCE(a.UtmCampaign, N'(none)') AS UtmCampaign) AS k
        WHERE a.Counted = 1 AND (@CampaignId IS NULL OR a.CampaignId = @CampaignId)
              AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
        GROUP BY k.MarketingChannel, k.UtmSource, k.UtmMedium, k.UtmCampaign
    )
    SELECT c.MarketingChannel, c.UtmSource, c.UtmMedium, c.UtmCampaign, c.Successes,
           c.UniqueUsers, c.DiscountTotal, c.RevenueTotal,
           CAST(100.0 * c.Successes / NULLIF(SUM(c.Successes) OVER (), 0) AS decimal(7, 4))
               AS SharePercent
    FROM Channels AS c
    ORDER BY c.Successes DESC, c.MarketingChannel, c.UtmSource, c.UtmMedium, c.UtmCampaign
    OPTION (RECOMPILE);
END;
