SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Everything that can be said about all coupons in a period. Without dates: since the
           beginning. Costs are the discounts of the period and the marketing costs of campaigns
           that ran in it.
Called by: coupon_ops
Locks:     none
Returns:   RS1 totals: one row; RS2 timeline; RS3 funnel: one row; RS4 countries; RS5 services
           RS6 channels; RS7 tiers
           RS8 Origin (coupon, organic), Payments, Amount, Users, LTV (all that these users ever
           paid, by user), CAC (of coupons: cost by new user)
Throws:    50003, 50006
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetSystemAnalytics
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @Grain nvarchar(5) = N'day'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Cost decimal(14,2), @Successes int, @CAC decimal(14,2);

    EXEC dbo.sp_i_CheckReport
         @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT, @Grain = @Grain OUTPUT;

    SELECT @Cost = COALESCE(SUM(g.MarketingCost), 0)
    FROM dbo.Campaigns AS g
    WHERE g.StartDate < @ToUtc AND (g.EndDate IS NULL OR g.EndDate >= @FromUtc);
    SELECT @Successes = t.Successes, @CAC = t.CAC
    FROM dbo.fn_Totals(NULL, NULL, @Cost, @FromUtc, @ToUtc) AS t
    OPTION (RECOMPILE);

    SELECT t.Views, t.Attempts, t.Successes, t.Failures, t.Reversals, t.Pending, t.SuccessRate,
           t.ConversionRate, t.UniqueUsers, t.RepeatUsers, t.NewUsers, t.DiscountTotal,
           t.RevenueTotal, t.CashTotal, t.NetRevenue, t.AvgDiscount, t.Cost, t.ROI, t.CAC,
           t.BlockedAttempts
    FROM dbo.fn_Totals(NULL, NULL, @Cost, @FromUtc, @ToUtc) AS t
    OPTION (RECOMPILE);

    EXEC dbo.sp_i_ShowTimeline @FromUtc = @FromUtc, @ToUtc = @ToUtc, @Grain = @Grain;

    SELECT t.Views, t.Attempts AS Applies, t.Successes, t.BookingsCompleted, t.SessionsAttended
    FROM dbo.fn_Totals(NULL, NULL, @Cost, @FromUtc, @ToUtc) AS t
    OPTION (RECOMPILE);

    SELECT k.CountryCode, SUM(a.Successes) AS Successes,
           COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
           CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
           CAST(100.0 * SUM(a.Successes) / NULLIF(@Successes, 0) AS decimal(7, 4)) AS SharePercent
    FROM dbo.fn_Activity() AS a
    CROSS APPLY (SELECT COALESCE(a.CountryCode, N'--') AS CountryCode) AS k
    WHERE a.Counted = 1 AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
    GROUP BY k.CountryCode
    ORDER BY SUM(a.Successes) DESC, k.CountryCode;

    SELECT k.ServiceType, SUM(a.Successes) AS Successes,
           CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
           CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
           SUM(a.FreeSessions) AS FreeSessions,
           CAST(100.0 * SUM(a.SessionsAttended)
                / NULLIF(SUM(a.SessionsAttended + a.NoShows), 0) AS decimal(7, 4))
               AS AttendanceRate
    FROM dbo.fn_Activity() AS a
    CROSS APPLY (SELECT COALESCE(a.ServiceType, N'(none)') AS ServiceType) AS k
    WHERE a.Attempts = 1 AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
    GROUP BY k.ServiceType
    ORDER BY SUM(a.Successes) DESC, k.ServiceType;

    EXEC dbo.sp_i_ShowChannels @FromUtc = @FromUtc, @ToUtc = @ToUtc;

    SELECT k.UserTier, SUM(a.Successes) AS Successes,
           CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
           CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
    FROM dbo.fn_Activity() AS a
    CROSS APPLY (SELECT COALESCE(a.UserTier, N'(none)') AS UserTier) AS k
    WHERE a.Counted = 1 AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
    GROUP BY k.UserTier
    ORDER BY SUM(a.Successes) DESC, k.UserTier;

    -- As vw_RevenueAttribution: a payment counts while some of it is kept.
    WITH Paid AS (
        SELECT o.Origin, p.UserId, COUNT(*) AS Payments,
               SUM(p.Amount - p.RefundedAmount) AS Amount
        FROM dbo.PaymentTransactions AS p
        CROSS APPLY (SELECT IIF(p.RedemptionId IS NULL, N'organic', N'coupon') AS Origin) AS o
        WHERE p.Status IN (N'succeeded', N'partially_refunded')
              AND p.CreatedAt >= @FromUtc AND p.CreatedAt < @ToUtc
        GROUP BY o.Origin, p.UserId
    )
    SELECT q.Origin, SUM(q.Payments) AS Payments,
           CAST(SUM(q.Amount) AS decimal(14, 2)) AS Amount, COUNT(*) AS Users,
           CAST(SUM(e.Amount) / COUNT(*) AS decimal(14, 2)) AS LTV,
           IIF(q.Origin = N'coupon', @CAC, NULL) AS CAC
    FROM Paid AS q
    CROSS APPLY (SELECT SUM(p.Amount - p.RefundedAmount) AS Amount
                 FROM dbo.PaymentTransactions AS p
                 WHERE p.UserId = q.UserId
                       AND p.Status IN (N'succeeded', N'partially_refunded')) AS e
    GROUP BY q.Origin
    ORDER BY q.Origin;
END;
