SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds what the database can measure in a period against the targets of the product; the
           rest (availability, answers as clients see them, tickets) is for monitoring outside. A
           business target names the period for which it is meant.
Called by: coupon_ops
Locks:     none
Returns:   rows: Target, Measured (NULL: nothing to measure), Goal, Acceptable, Critical, Verdict
           (goal, acceptable, critical; missed where only a goal is set; unknown)
Throws:    50006
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetTargetReport
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @Seconds decimal(18,4), @Oversold int,
            @Codes int, @Revenue decimal(14,2), @Discounts decimal(14,2), @Successes int,
            @NewUsers int, @Referred int, @Fraud int, @Campaigns int, @Precision decimal(18,4);

    EXEC dbo.sp_i_CheckReport @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT;

    -- An event that waits for its payment is not slow: only what was processed is timed.
    SELECT @Seconds = AVG(CAST(e.SecondsToProcess AS decimal(18, 4)))
    FROM dbo.vw_PaymentEvents AS e
    WHERE e.Outcome = N'processed' AND e.ReceivedAt >= @FromUtc AND e.ReceivedAt < @ToUtc;

    -- By the ledger, not by the counters: they could not tell that they are wrong. Limits hold for
    -- ever, so the period does not matter.
    SELECT @Oversold = COUNT(*)
    FROM (SELECT l.CouponId, COUNT(*) AS Uses FROM dbo.vw_RedemptionLedger AS l
          WHERE l.IsCounted = 1 GROUP BY l.CouponId) AS u
    INNER JOIN dbo.Coupons AS c ON c.CouponId = u.CouponId AND c.MaxUses < u.Uses;
    SELECT @Oversold += COUNT(*)
    FROM (SELECT l.CampaignId, COUNT(*) AS Uses FROM dbo.vw_RedemptionLedger AS l
          WHERE l.IsCounted = 1 GROUP BY l.CampaignId) AS u
    INNER JOIN dbo.Campaigns AS g
        ON g.CampaignId = u.CampaignId AND g.MaxTotalRedemptions < u.Uses;

    SELECT @Codes = COUNT(DISTINCT IIF(a.Successes = 1, a.CouponId, NULL)),
           @Revenue = COALESCE(SUM(a.RevenueTotal), 0),
           @Discounts = COALESCE(SUM(a.DiscountTotal), 0),
           @Successes = COALESCE(SUM(a.Successes), 0), @NewUsers = COUNT(a.FirstUser),
           @Referred = COUNT(IIF(g.CampaignType = N'referral', a.FirstUser, NULL))
    FROM dbo.fn_Activity() AS a
    LEFT OUTER JOIN dbo.Campaigns AS g ON g.CampaignId = a.CampaignId
    WHERE a.Counted = 1 AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc;

    SELECT @Fraud = COUNT(DISTINCT h.RedemptionId)
    FROM dbo.FraudEvents AS e
    INNER JOIN dbo.RedemptionHistory AS h ON h.RedemptionId = e.RedemptionId
    WHERE e.ReviewStatus = N'rejected' AND h.Status = N'success'
          AND h.AttemptedAt >= @FromUtc AND h.AttemptedAt < @ToUtc;
    SELECT @Precision = 100.0 * COUNT(IIF(e.ReviewStatus = N'rejected', 1, NULL))
                        / NULLIF(COUNT(*), 0)
    FROM dbo.FraudEvents AS e
    WHERE e.ReviewStatus IN (N'approved', N'rejected')
          AND e.DetectedAt >= @FromUtc AND e.DetectedAt < @ToUtc;
    -- At the end of the period, or now.
    SELECT @Campaigns = COUNT(*)
    FROM dbo.Campaigns AS g
    WHERE g.IsActive = 1 AND g.DeletedAt IS NULL
          AND g.StartDate <= IIF(@ToUtc > @Now, @Now, @ToUtc)
          AND (g.EndDate IS NULL OR g.EndDate >= IIF(@ToUtc > @Now, @Now, @ToUtc));

    -- Direction -1: less is better. A value must be beyond its limit, or reach it (IsReached).
    SELECT v.Target, CAST(v.Measured AS decimal(18, 4)) AS Measured, v.Goal, v.Acceptable,
           v.Critical,
           CASE WHEN v.Measured IS NULL THEN N'unknown'
                WHEN v.Direction * (v.Measured - v.GoalValue) > 0
                     OR v.IsReached = 1 AND v.Measured = v.GoalValue THEN N'goal'
                WHEN v.Direction * (v.Measured - v.AcceptableValue) > 0 THEN N'acceptable'
                WHEN v.Critical IS NULL THEN N'missed'
                ELSE N'critical' END AS Verdict
    FROM (
        VALUES
            (1, N'payment event, seconds to process', @Seconds, -1, 0, 2, 5, N'< 2', N'< 5',
             N'< 10'),
            (2, N'coupons and campaigns over their limit', @Oversold, -1, 1, 0, NULL, N'0', NULL,
             N'> 0'),
            (3, N'codes used, first week', @Codes, 1, 1, 50, NULL, N'>= 50', NULL, NULL),
            (4, N'codes used, first month', @Codes, 1, 1, 500, NULL, N'>= 500', NULL, NULL),
            (5, N'revenue with discounts, first month', @Revenue, 1, 1, 10000, NULL, N'>= 10000',
             NULL, NULL),
            (6, N'fraud, percent of redemptions', 100.0 * @Fraud / NULLIF(@Successes, 0), -1, 0, 1,
             NULL, N'< 1', NULL, NULL),
            (7, N'redemptions, six months', @Successes, 1, 1, 10000, NULL, N'>= 10000', NULL,
             NULL),
            (8, N'discounts given, six months', @Discounts, 1, 1, 100000, NULL, N'>= 100000', NULL,
             NULL),
            (9, N'campaigns at a time, six months', @Campaigns, 1, 1, 5, NULL, N'>= 5', NULL,
             NULL),
            (10, N'new customers by referral, percent, six months',
             100.0 * @Referred / NULLIF(@NewUsers, 0), 1, 1, 20, NULL, N'>= 20', NULL, NULL),
            (11, N'fraud detection precision, percent', @Precision, 1, 0, 95, NULL, N'> 95', NULL,
             NULL)
    ) AS v(TargetNo, Target, Measured, Direction, IsReached, GoalValue, AcceptableValue, Goal,
           Acceptable, Critical)
    ORDER BY v.TargetNo;
END;
