SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The state of things on one page. Revenue, conversion and the best codes are those of the
           period (without dates: since the beginning); the rest is now.
Called by: coupon_ops
Locks:     none
Returns:   RS1 TotalActiveCoupons, TotalRedemptionsToday, TotalRevenueGenerated,
           AverageConversionRate, TrendingDirection (up, stable, down): one row
           RS2 CouponCode, Redemptions, Revenue, ConversionRate; the @Top by revenue
           RS3 AttemptedAt, CouponCode, UserEmailMasked, DiscountAmount, Status, BookingStatus
           RS4 AlertKind (budget, fraud, job, expiring), Subject, Detail, Since; @Top of a kind
Throws:    50002, 50006
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetDashboard
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @Top int = 10
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @Active int, @Today int, @Recent int,
            @Earlier int;

    SET @Top = COALESCE(@Top, 10);
    IF @Top NOT BETWEEN 1 AND 100
        THROW 50002, N'ARG_OUT_OF_RANGE: @Top must be 1 to 100.', 1;
    EXEC dbo.sp_i_CheckReport @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT;

    SELECT @Active = COUNT(*) FROM dbo.fn_ActiveCoupons(@Now) AS c;
    SELECT @Today = COALESCE(SUM(IIF(a.OccurredOn = CAST(@Now AS date), a.Successes, 0)), 0),
           @Recent = COALESCE(SUM(IIF(a.OccurredAt >= DATEADD(DAY, -7, @Now), a.Successes, 0)), 0),
           @Earlier = COALESCE(SUM(IIF(a.OccurredAt < DATEADD(DAY, -7, @Now), a.Successes, 0)), 0)
    FROM dbo.fn_Activity() AS a
    WHERE a.Successes = 1 AND a.OccurredAt >= DATEADD(DAY, -14, @Now);

    SELECT @Active AS TotalActiveCoupons, @Today AS TotalRedemptionsToday,
           t.RevenueTotal AS TotalRevenueGenerated, t.ConversionRate AS AverageConversionRate,
           d.Trend AS TrendingDirection
    FROM dbo.fn_Totals(NULL, NULL, 0, @FromUtc, @ToUtc) AS t
    CROSS JOIN dbo.fn_Trend(@Recent, @Earlier) AS d
    OPTION (RECOMPILE);

    WITH Used AS (
        SELECT a.CouponId, SUM(a.Views) AS Views, SUM(a.Attempts) AS Attempts,
               SUM(a.Successes) AS Successes, SUM(a.Failures) AS Failures,
               CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
        FROM dbo.fn_Activity() AS a
        WHERE a.CouponId IS NOT NULL AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
        GROUP BY a.CouponId
        HAVING SUM(a.Successes) > 0
    )
    SELECT TOP (@Top) c.CouponCode, u.Successes AS Redemptions, u.RevenueTotal AS Revenue,
           r.ConversionRate
    FROM Used AS u
    INNER JOIN dbo.Coupons AS c ON c.CouponId = u.CouponId
    CROSS APPLY dbo.fn_Rates(u.Views, u.Attempts, u.Successes, u.Failures) AS r
    ORDER BY u.RevenueTotal DESC, u.Successes DESC, c.CouponId;

    SELECT TOP (@Top) v.AttemptedAt, v.CouponCode, v.UserEmailMasked, v.DiscountAmount, v.Status,
           v.BookingStatus
    FROM dbo.vw_RecentActivity AS v
    ORDER BY v.AttemptedAt DESC, v.CouponCode;

    WITH Alerts AS (
        SELECT 1 AS KindNo, N'budget' AS AlertKind, CAST(b.CampaignId AS nvarchar(120)) AS Subject,
               CONCAT(b.BudgetPercent, N' % of ', b.BudgetAmount) AS Detail,
               b.AlertSentAt AS Since, b.BudgetPercent AS Weight
        FROM dbo.vw_CampaignBudget AS b
        WHERE b.IsOverAlert = 1
        UNION ALL
        SELECT 2, N'fraud', CAST(q.UserId AS nvarchar(120)),
               CONCAT(q.Severity, N': ', q.DetectionType) COLLATE DATABASE_DEFAULT,
               q.DetectedAt, 9 - q.SeverityRank
        FROM dbo.vw_FraudQueue AS q
        WHERE q.Severity IN (N'high', N'critical')
        UNION ALL
        SELECT 3, N'job', CAST(j.JobName AS nvarchar(120)), j.Error, j.StartedAt, 0
        FROM dbo.JobRuns AS j
        WHERE j.Status = N'Failed'
              AND NOT EXISTS (SELECT 1 AS Found FROM dbo.JobRuns AS o
                              WHERE o.JobName = j.JobName AND o.JobRunId > j.JobRunId
                                    AND o.Status IN (N'Succeeded', N'Failed'))
        UNION ALL
        SELECT 4, N'expiring', CAST(x.CouponCode AS nvarchar(120)),
               CONCAT(x.DaysLeft, N' day(s) left'), x.EffectiveExpiry, -x.DaysLeft
        FROM dbo.vw_ExpiringCoupons AS x
    ), Numbered AS (
        SELECT a.KindNo, a.AlertKind, a.Subject, a.Detail, a.Since,
               ROW_NUMBER() OVER (PARTITION BY a.KindNo
                                  ORDER BY a.Weight DESC, a.Since, a.Subject) AS RowNo
        FROM Alerts AS a
    )
    SELECT n.AlertKind, n.Subject, n.Detail, n.Since
    FROM Numbered AS n
    WHERE n.RowNo <= @Top
    ORDER BY n.KindNo, n.RowNo;
END;
