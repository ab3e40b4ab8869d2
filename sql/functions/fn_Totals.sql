/*
dbo.fn_Totals: all measures of a period in one row: of a coupon, of a campaign, or (both NULL) of
the system. @MarketingCost is what was spent on it beside the discounts. The statement that calls
should say OPTION (RECOMPILE): then a filter that was not given is none.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Totals(
    @CouponId bigint,
    @CampaignId nvarchar(100),
    @MarketingCost decimal(14, 2),
    @FromUtc datetime2(3),
    @ToUtc datetime2(3)
)
RETURNS TABLE
AS
RETURN
    SELECT
        t.Views,
        t.Attempts,
        t.Successes,
        t.Failures,
        t.Reversals,
        t.Pending,
        t.Counted,
        t.BlockedAttempts,
        r.SuccessRate,
        r.ConversionRate,
        t.UniqueUsers,
        t.RepeatUsers,
        t.NewUsers,
        t.DiscountTotal,
        t.RevenueTotal,
        t.CashTotal,
        m.NetRevenue,
        m.AvgDiscount,
        m.Cost,
        m.ROI,
        m.CAC,
        t.BookingsCompleted,
        t.SessionsAttended,
        t.AttendanceRate,
        t.AvgRiskScore
    FROM (
        SELECT
            ISNULL(SUM(u.Views), 0) AS Views,
            ISNULL(SUM(u.Attempts), 0) AS Attempts,
            ISNULL(SUM(u.Successes), 0) AS Successes,
            ISNULL(SUM(u.Failures), 0) AS Failures,
            ISNULL(SUM(u.Reversals), 0) AS Reversals,
            ISNULL(SUM(u.Pending), 0) AS Pending,
            ISNULL(SUM(u.Counted), 0) AS Counted,
            ISNULL(SUM(u.BlockedAttempts), 0) AS BlockedAttempts,
            ISNULL(SUM(u.PaidSuccesses), 0) AS PaidSuccesses,
            ISNULL(SUM(IIF(u.Counted >= 1, 1, 0)), 0) AS UniqueUsers,
            ISNULL(SUM(IIF(u.Counted >= 2, 1, 0)), 0) AS RepeatUsers,
            ISNULL(SUM(u.NewUsers), 0) AS NewUsers,
            CAST(ISNULL(SUM(u.DiscountTotal), 0) AS decimal(14, 2)) AS DiscountTotal,
            CAST(ISNULL(SUM(u.RevenueTotal), 0) AS decimal(14, 2)) AS RevenueTotal,
            CAST(ISNULL(SUM(u.CashTotal), 0) AS decimal(14, 2)) AS CashTotal,
            ISNULL(SUM(u.BookingsCompleted), 0) AS BookingsCompleted,
            ISNULL(SUM(u.SessionsAttended), 0) AS SessionsAttended,
            CAST(
                100.0 * SUM(u.SessionsAttended) / NULLIF(SUM(u.SessionsAttended + u.NoShows), 0)
                AS decimal(7, 4)
            ) AS AttendanceRate,
            CAST(SUM(u.RiskSum) / NULLIF(SUM(u.RiskRows), 0) AS decimal(3, 2)) AS AvgRiskScore
        FROM (
            -- One row a user, so that unique and repeated users are counted in the same pass.
            SELECT
                a.UserId,
                SUM(a.Views) AS Views,
                SUM(a.Attempts) AS Attempts,
                SUM(a.Successes) AS Successes,
                SUM(a.Failures) AS Failures,
                SUM(a.Reversals) AS Reversals,
                SUM(a.Pending) AS Pending,
                SUM(a.Counted) AS Counted,
                SUM(a.BlockedAttempts) AS BlockedAttempts,
                SUM(a.PaidSuccesses) AS PaidSuccesses,
                COUNT(a.FirstUser) AS NewUsers,
                SUM(a.DiscountTotal) AS DiscountTotal,
                SUM(a.RevenueTotal) AS RevenueTotal,
                SUM(a.CashTotal) AS CashTotal,
                SUM(a.BookingsCompleted) AS BookingsCompleted,
                SUM(a.SessionsAttended) AS SessionsAttended,
                SUM(a.NoShows) AS NoShows,
                SUM(a.RiskScore) AS RiskSum,
                COUNT(a.RiskScore) AS RiskRows
            FROM dbo.fn_Activity() AS a
            WHERE
                (@CouponId IS NULL OR a.CouponId = @CouponId)
                AND (@CampaignId IS NULL OR a.CampaignId = @CampaignId)
                AND a.OccurredAt >= @FromUtc
                AND a.OccurredAt < @ToUtc
            GROUP BY a.UserId
        ) AS u
    ) AS t
    CROSS APPLY dbo.fn_Rates(t.Views, t.Attempts, t.Successes, t.Failures) AS r
    CROSS APPLY dbo.fn_Returns(
        t.Counted, t.DiscountTotal, t.RevenueTotal, t.CashTotal, t.PaidSuccesses, @MarketingCost,
        t.NewUsers
    ) AS m;
GO
