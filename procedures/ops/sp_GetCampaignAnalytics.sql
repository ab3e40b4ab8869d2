SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Everything that can be said about one campaign in a period, by the home campaign of its
           coupons. Without dates: since its beginning.
Called by: coupon_ops
Locks:     none
Returns:   SR + the campaign with its totals (CAMPAIGN_NOT_FOUND; then all other sets are empty)
           RS2 by coupon, the 1,000 that brought most; RS3 by channel; RS4 by variant; RS5 timeline
           RS6 from the view of a code to the customer who comes back: one row; RS7 markers
Throws:    50001, 50003, 50006, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetCampaignAnalytics
    @CampaignId nvarchar(200),
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @Grain nvarchar(5) = N'day'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Cost decimal(10,2), @Found bit;

    SET @CampaignId = NULLIF(TRIM(@CampaignId), N'');
    IF @CampaignId IS NULL THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    EXEC dbo.sp_i_CheckReport
         @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT, @Grain = @Grain OUTPUT;

    SELECT @Cost = g.MarketingCost FROM dbo.Campaigns AS g WHERE g.CampaignId = @CampaignId;
    -- For what does not exist the period is empty, and so are all sets.
    SELECT @Found = IIF(@Cost IS NULL, 0, 1), @ToUtc = IIF(@Cost IS NULL, @FromUtc, @ToUtc);

    SELECT @Found AS Success,
           CAST(IIF(@Found = 1, NULL, N'CAMPAIGN_NOT_FOUND') AS nvarchar(50)) AS ErrorCode,
           CAST(IIF(@Found = 1, N'Campaign found.',
                    CONCAT(N'Campaign ', @CampaignId, N' does not exist.')) AS nvarchar(400))
               AS Message,
           g.CampaignId, g.Name, g.CampaignType, t.Views, t.Attempts, t.Successes AS Redemptions,
           t.Failures, t.SuccessRate, t.ConversionRate, t.UniqueUsers, t.RepeatUsers, t.NewUsers,
           t.DiscountTotal, t.RevenueTotal, t.CashTotal, t.NetRevenue, g.MarketingCost, t.ROI,
           t.CAC, b.BudgetAmount, b.BudgetUsed, b.BudgetReserved, b.BudgetPercent
    FROM (SELECT @CampaignId AS CampaignId) AS k
    LEFT OUTER JOIN dbo.Campaigns AS g ON g.CampaignId = k.CampaignId
    LEFT OUTER JOIN dbo.vw_CampaignBudget AS b ON b.CampaignId = g.CampaignId
    LEFT OUTER JOIN dbo.fn_Totals(NULL, @CampaignId, @Cost, @FromUtc, @ToUtc) AS t ON @Found = 1
    OPTION (RECOMPILE);

    WITH Used AS (
        SELECT a.CouponId, SUM(a.Views) AS Views, SUM(a.Attempts) AS Attempts,
               SUM(a.Successes) AS Successes, SUM(a.Failures) AS Failures,
               COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
               CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
               CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
               CAST(SUM(a.CashTotal) AS decimal(14, 2)) AS CashTotal
        FROM dbo.fn_Activity() AS a
        WHERE a.CampaignId = @CampaignId AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
        GROUP BY a.CouponId
    )
    SELECT TOP (1000) c.CouponId, c.CouponCode, c.VariantLabel, u.Views, u.Attempts, u.Successes,
           u.Failures, r.SuccessRate, r.ConversionRate, u.UniqueUsers, u.DiscountTotal,
           u.RevenueTotal, u.CashTotal
    FROM Used AS u
    INNER JOIN dbo.Coupons AS c ON c.CouponId = u.CouponId
    CROSS APPLY dbo.fn_Rates(u.Views, u.Attempts, u.Successes, u.Failures) AS r
    ORDER BY u.RevenueTotal DESC, u.Successes DESC, c.CouponId;

    EXEC dbo.sp_i_ShowChannels @CampaignId = @CampaignId, @FromUtc = @FromUtc, @ToUtc = @ToUtc;

    WITH Labelled AS (
        SELECT c.VariantLabel, COUNT(DISTINCT c.CouponId) AS Coupons, SUM(a.Views) AS Views,
               SUM(a.Attempts) AS Attempts, SUM(a.Successes) AS Successes,
               SUM(a.Failures) AS Failures,
               CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
        FROM dbo.fn_Activity() AS a
        INNER JOIN dbo.Coupons AS c ON c.CouponId = a.CouponId
        WHERE a.CampaignId = @CampaignId AND c.VariantLabel IS NOT NULL
              AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
        GROUP BY c.VariantLabel
    )
    SELECT v.VariantLabel, v.Coupons, v.Views, v.Attempts, v.Successes, r.ConversionRate,
           v.RevenueTotal
    FROM Labelled AS v
    CROSS APPLY dbo.fn_Rates(v.Views, v.Attempts, v.Successes, v.Failures) AS r
    ORDER BY v.VariantLabel;

    EXEC dbo.sp_i_ShowTimeline
         @CampaignId = @CampaignId, @FromUtc = @FromUtc, @ToUtc = @ToUtc, @Grain = @Grain;

    SELECT t.Views, t.Attempts AS Applies, t.Successes, t.BookingsCompleted, t.SessionsAttended,
           r.Retained
    FROM dbo.fn_Totals(NULL, @CampaignId, @Cost, @FromUtc, @ToUtc) AS t
    CROSS JOIN (SELECT COUNT(DISTINCT f.UserId) AS Retained
                FROM dbo.fn_Retention() AS f
                WHERE f.CampaignId = @CampaignId AND f.IsRetained = 1
                      AND f.FirstUsedAt >= @FromUtc AND f.FirstUsedAt < @ToUtc) AS r
    WHERE @Found = 1
    OPTION (RECOMPILE);

    EXEC dbo.sp_i_ShowMarkers @CampaignId = @CampaignId, @FromUtc = @FromUtc, @ToUtc = @ToUtc;
END;
