SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Everything that can be said about one coupon in a period: use, money, conversion, fraud,
           timeline, rhythm, markers, failures. Without dates: since its beginning.
Called by: coupon_ops
Locks:     none
Returns:   SR + the coupon (COUPON_NOT_FOUND; then all other sets are empty)
           RS2 use, RS3 money, RS4 conversion, RS5 fraud: one row each; RS6 timeline
           RS7 attempts and successes by weekday, hour and month; RS8 markers of its campaign
           RS9 failures by reason
Throws:    50001, 50003, 50006, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetCouponAnalytics
    @CouponCode nvarchar(200),
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL,
    @Grain nvarchar(5) = N'day'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponId bigint, @CampaignId nvarchar(100), @Found bit;

    SET @CouponCode = NULLIF(TRIM(@CouponCode), N'');
    IF @CouponCode IS NULL THROW 50001, N'ARG_REQUIRED: @CouponCode', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    EXEC dbo.sp_i_CheckReport
         @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT, @Grain = @Grain OUTPUT;

    SELECT @CouponId = c.CouponId, @CampaignId = c.CampaignId
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n
    INNER JOIN dbo.Coupons AS c ON c.CouponCode = n.Code;
    -- For what does not exist the period is empty, and no coupon has the number 0.
    SELECT @Found = IIF(@CouponId IS NULL, 0, 1), @ToUtc = IIF(@CouponId IS NULL, @FromUtc, @ToUtc);
    SET @CouponId = COALESCE(@CouponId, 0);

    SELECT @Found AS Success, CAST(IIF(@Found = 1, NULL, N'COUPON_NOT_FOUND') AS nvarchar(50))
               AS ErrorCode,
           CAST(IIF(@Found = 1, N'Coupon found.', N'Coupon code not found') AS nvarchar(400))
               AS Message,
           l.CouponId, l.CouponCode, l.CampaignId, l.InternalName, l.Description, l.CouponType,
           l.DiscountType, l.DiscountValue, l.ApplicableTo, l.DisplayStatus, l.LifecycleState,
           l.UsedCount, l.MaxUses, l.Trend, l.CreatedAt, l.ExpiresAt, l.LastUsedAt
    FROM (SELECT @CouponId AS CouponId) AS k
    LEFT OUTER JOIN dbo.vw_CouponList AS l ON l.CouponId = k.CouponId;

    SELECT t.Views, t.Attempts, t.Successes, t.Failures, t.Reversals, t.Pending, t.SuccessRate,
           t.UniqueUsers, t.RepeatUsers, t.NewUsers
    FROM dbo.fn_Totals(@CouponId, NULL, 0, @FromUtc, @ToUtc) AS t
    WHERE @Found = 1
    OPTION (RECOMPILE);

    SELECT t.DiscountTotal, t.RevenueTotal, t.CashTotal, t.NetRevenue, t.AvgDiscount, t.ROI
    FROM dbo.fn_Totals(@CouponId, NULL, 0, @FromUtc, @ToUtc) AS t
    WHERE @Found = 1
    OPTION (RECOMPILE);

    SELECT t.ConversionRate, t.BookingsCompleted, t.SessionsAttended, t.AttendanceRate,
           CAST(100.0 * r.Retained / NULLIF(r.Users, 0) AS decimal(7, 4)) AS RetentionRate
    FROM dbo.fn_Totals(@CouponId, NULL, 0, @FromUtc, @ToUtc) AS t
    CROSS JOIN (SELECT SUM(f.IsRetained) AS Retained, COUNT(*) AS Users
                FROM dbo.fn_Retention() AS f
                WHERE f.CouponId = @CouponId AND f.IsOver = 1
                      AND f.FirstUsedAt >= @FromUtc AND f.FirstUsedAt < @ToUtc) AS r
    WHERE @Found = 1
    OPTION (RECOMPILE);

    SELECT e.SuspiciousCount, e.FlaggedUsers, t.AvgRiskScore, t.BlockedAttempts
    FROM dbo.fn_Totals(@CouponId, NULL, 0, @FromUtc, @ToUtc) AS t
    CROSS JOIN (SELECT COUNT(*) AS SuspiciousCount,
                       COUNT(DISTINCT IIF(f.IsFlagged = 1, f.UserId, NULL)) AS FlaggedUsers
                FROM dbo.FraudEvents AS f
                WHERE f.CouponId = @CouponId
                      AND f.DetectedAt >= @FromUtc AND f.DetectedAt < @ToUtc) AS e
    WHERE @Found = 1
    OPTION (RECOMPILE);

    EXEC dbo.sp_i_ShowTimeline
         @CouponId = @CouponId, @FromUtc = @FromUtc, @ToUtc = @ToUtc, @Grain = @Grain;

    SELECT k.Weekday, k.HourUtc, k.Month, SUM(a.Attempts) AS Attempts,
           SUM(a.Successes) AS Successes
    FROM dbo.fn_Activity() AS a
    CROSS APPLY dbo.fn_Calendar(a.OccurredAt, @Grain) AS k
    WHERE a.CouponId = @CouponId AND a.Attempts = 1
          AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
    GROUP BY k.Weekday, k.HourUtc, k.Month
    ORDER BY k.Weekday, k.HourUtc, k.Month;

    EXEC dbo.sp_i_ShowMarkers @CampaignId = @CampaignId, @FromUtc = @FromUtc, @ToUtc = @ToUtc;

    SELECT a.FailureReason, a.FailedStep, COUNT(*) AS Failures, MAX(a.OccurredAt) AS LastAt
    FROM dbo.fn_Activity() AS a
    WHERE a.CouponId = @CouponId AND a.Failures = 1
          AND a.OccurredAt >= @FromUtc AND a.OccurredAt < @ToUtc
    GROUP BY a.FailureReason, a.FailedStep
    ORDER BY COUNT(*) DESC, a.FailureReason, a.FailedStep;
END;
