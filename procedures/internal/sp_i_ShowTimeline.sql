SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The timeline of a report: of a coupon, of a campaign, or (both NULL) of the system; only
           days, weeks or months in which something happened.
Called by: sp_GetCouponAnalytics, sp_GetCampaignAnalytics, sp_GetSystemAnalytics
Locks:     none
Returns:   rows: PeriodStart (a week begins on Monday), Views, Attempts, Successes, Failures,
           Reversals, UniqueUsers, DiscountTotal, RevenueTotal, CashTotal
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShowTimeline
    @CouponId bigint = NULL,
    @CampaignId nvarchar(100) = NULL,
    @FromUtc datetime2(3),
    @ToUtc datetime2(3),
    @Grain nvarchar(5)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- RECOMPILE: what was not given is no filter.
    SELECT k.PeriodStart, SUM(a.Views) AS Views, SUM(a.Attempts) AS Attempts,
           SUM(a.Successes) AS Successes, SUM(a.Failures) AS Failures,
           SUM(a.Reversals) AS Reversals, COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
           CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
           CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
           CAST(SUM(a.CashTotal) AS decimal(14, 2)) AS CashTotal
    FROM dbo.fn_Activity() AS a
    CROSS APPLY dbo.fn_Calendar(a.OccurredAt, @Grain) AS k
    WHERE (@CouponId IS NULL OR a.CouponId = @CouponId)
          AND (@CampaignId IS NULL OR a.CampaignId = @CampaignId)
          AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
    GROUP BY k.PeriodStart
    ORDER BY k.PeriodStart
    OPTION (RECOMPILE);
END;
