SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The state of fraud now: how serious it is, what waits, what was blocked, whom to watch.
           Overall risk is high with an open high or critical event of 24 hours; medium with five
           open medium events or twenty blocked attempts today; else low.
Called by: coupon_ops
Locks:     none
Returns:   RS1 OverallRiskLevel, FlaggedCount, BlockedAttemptsToday
           RS2 RiskFactor, Severity, Events, AffectedCoupons, RecommendedAction; the worst first
           RS3 UserId, RiskScore, FlaggedAttempts, LastActivity, RecommendedAction
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetFraudDashboard
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @Worst int, @Medium int, @Flagged int,
            @Blocked int;

    SELECT @Flagged = COUNT(CASE WHEN e.IsFlagged = 1 THEN 1 END),
           @Worst = COUNT(CASE WHEN e.Severity IN (N'high', N'critical')
                                AND e.LastSeenAt > DATEADD(DAY, -1, @Now) THEN 1 END),
           @Medium = COUNT(CASE WHEN e.Severity = N'medium' THEN 1 END)
    FROM dbo.FraudEvents AS e
    WHERE e.ReviewStatus = N'pending';

    -- What protection refused: rates, lists, fraud, velocity, devices.
    SELECT @Blocked = COUNT(*)
    FROM dbo.RedemptionHistory AS h
    WHERE h.AttemptedAt >= CAST(CAST(@Now AS date) AS datetime2(3)) AND h.Status = N'failed'
      AND h.FailedStep IN (N'S02', N'S03', N'S23', N'S24', N'S25');

    SELECT CASE WHEN @Worst > 0 THEN N'high'
                WHEN @Medium >= 5 OR @Blocked >= 20 THEN N'medium'
                ELSE N'low' END AS OverallRiskLevel,
           @Flagged AS FlaggedCount, @Blocked AS BlockedAttemptsToday;

    SELECT q.RiskFactor, q.Severity, COUNT(*) AS Events,
           COUNT(DISTINCT q.CouponCode) AS AffectedCoupons, q.RecommendedAction
    FROM dbo.vw_FraudQueue AS q
    GROUP BY q.RiskFactor, q.Severity, q.SeverityRank, q.RecommendedAction
    ORDER BY q.SeverityRank, q.RiskFactor;

    SELECT w.UserId, w.RiskScore, w.FlaggedAttempts, w.LastActivity, w.RecommendedAction
    FROM dbo.vw_Watchlist AS w
    ORDER BY w.RiskScore DESC, w.UserId;
END;
