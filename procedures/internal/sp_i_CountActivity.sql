SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Counts what a user, and an address, did lately: the ledger and the dry runs, for the
           rate limits (S02), velocity (S24), devices (S25), captcha and the fraud rules at once.
           Attempts refused as RATE_LIMITED or LOCKED_OUT count nowhere but for the address.
Called by: sp_i_EvaluateCaller.
Locks:     none of its own; an attempt holds L2, so that nobody adds to the user's counts.
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CountActivity
    @UserId nvarchar(100), @IpAddress nvarchar(45), @DeviceFingerprint nvarchar(128),
    @Now datetime2(3), @AttemptsPerIp int, @VelocityMinutes int, @IpSwitchMinutes int,
    @GuessMinutes int,
    @InMinute int OUTPUT, @InHour int OUTPUT, @InDay int OUTPUT,  -- attempts of the user
    @OldestAttempt datetime2(3) OUTPUT,    -- of those in the last minute
    @Views int OUTPUT, @IpViews int OUTPUT, @OldestView datetime2(3) OUTPUT,  -- last minute
    @IpRows int OUTPUT,                    -- attempts and dry runs of the address in an hour
    @Attempts int OUTPUT,                  -- of the user in the velocity window
    @CountedAttempts int OUTPUT,           -- of these the ones that step S24 counts
    @Ips int OUTPUT, @Devices int OUTPUT,  -- distinct ones of the user, with the present ones
    @Failures int OUTPUT,                  -- in 10 minutes, of user or address, the higher
    @Misses int OUTPUT                     -- unknown or malformed codes, likewise
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @MinuteAgo datetime2(3) = DATEADD(SECOND, -60, @Now),
            @TenMinutesAgo datetime2(3) = DATEADD(MINUTE, -10, @Now),
            @HourAgo datetime2(3) = DATEADD(HOUR, -1, @Now),
            @DayAgo datetime2(3) = DATEADD(DAY, -1, @Now),
            @VelocityFrom datetime2(3) = DATEADD(MINUTE, -@VelocityMinutes, @Now),
            @GuessFrom datetime2(3) = DATEADD(MINUTE, -@GuessMinutes, @Now),
            @IpFrom datetime2(3) = DATEADD(MINUTE, -@IpSwitchMinutes, @Now),
            @IpFailures int, @IpMisses int;

    SELECT @InMinute = a.InMinute, @InHour = a.InHour, @InDay = a.InDay,
           @OldestAttempt = a.Oldest, @Attempts = a.InWindow, @CountedAttempts = a.Counted,
           @Views = v.InMinute, @OldestView = v.Oldest,
           @Failures = a.Failures + v.Failures, @Misses = a.Misses + v.Misses,
           @Ips = i.Others + IIF(@IpAddress IS NULL, 0, 1),
           @Devices = d.Others + IIF(@DeviceFingerprint IS NULL, 0, 1)
    FROM (SELECT COUNT(CASE WHEN h.AttemptedAt > @MinuteAgo THEN 1 END) AS InMinute,
                 COUNT(CASE WHEN h.AttemptedAt > @HourAgo THEN 1 END) AS InHour,
                 COUNT(CASE WHEN h.AttemptedAt > @DayAgo THEN 1 END) AS InDay,
                 MIN(CASE WHEN h.AttemptedAt > @MinuteAgo THEN h.AttemptedAt END) AS Oldest,
                 COUNT(CASE WHEN h.AttemptedAt > @VelocityFrom THEN 1 END) AS InWindow,
                 COUNT(CASE WHEN h.AttemptedAt > @VelocityFrom
                             AND COALESCE(h.FailureReason, N'') <> N'VELOCITY_LIMIT_EXCEEDED'
                            THEN 1 END) AS Counted,
                 COUNT(CASE WHEN h.AttemptedAt > @TenMinutesAgo AND h.Status = N'failed'
                            THEN 1 END) AS Failures,
                 COUNT(CASE WHEN h.AttemptedAt > @GuessFrom
                             AND h.FailureReason IN (N'COUPON_NOT_FOUND', N'INVALID_CODE_FORMAT')
                            THEN 1 END) AS Misses
          FROM dbo.RedemptionHistory AS h
          WHERE h.UserId = @UserId
            -- The longest of the three windows; one of them is the seek, the sum is small.
            AND h.AttemptedAt > IIF(@VelocityFrom < @DayAgo,
                                    IIF(@GuessFrom < @VelocityFrom, @GuessFrom, @VelocityFrom),
                                    IIF(@GuessFrom < @DayAgo, @GuessFrom, @DayAgo))
            AND COALESCE(h.FailureReason, N'') NOT IN (N'RATE_LIMITED', N'LOCKED_OUT')) AS a
    CROSS JOIN
         (SELECT COUNT(CASE WHEN f.OccurredAt > @MinuteAgo THEN 1 END) AS InMinute,
                 MIN(CASE WHEN f.OccurredAt > @MinuteAgo THEN f.OccurredAt END) AS Oldest,
                 COUNT(CASE WHEN f.OccurredAt > @TenMinutesAgo THEN f.ResultCode END) AS Failures,
                 COUNT(CASE WHEN f.OccurredAt > @GuessFrom
                             AND f.ResultCode IN (N'COUPON_NOT_FOUND', N'INVALID_CODE_FORMAT')
                            THEN 1 END) AS Misses
          FROM dbo.FunnelEvents AS f
          WHERE f.UserId = @UserId AND f.EventType = N'coupon_view'
            AND f.OccurredAt > IIF(@GuessFrom < @TenMinutesAgo, @GuessFrom, @TenMinutesAgo)) AS v
    CROSS JOIN
         (SELECT COUNT(DISTINCT h.IpAddress) AS Others
          FROM dbo.RedemptionHistory AS h
          WHERE h.UserId = @UserId AND h.AttemptedAt > @IpFrom AND h.IpAddress <> @IpAddress) AS i
    CROSS JOIN
         (SELECT COUNT(DISTINCT h.DeviceFingerprint) AS Others
          FROM dbo.RedemptionHistory AS h
          WHERE h.UserId = @UserId AND h.AttemptedAt > @DayAgo
            AND h.DeviceFingerprint <> @DeviceFingerprint) AS d;

    SELECT @IpRows = 0, @IpViews = 0;
    IF @IpAddress IS NULL
        RETURN;

    -- TOP bounds the work when one address sends very many rows: beyond the limit all are refused.
    SELECT @IpRows = l.InHour + v.InHour, @IpViews = v.InMinute,
           @IpFailures = l.Failures + v.Failures, @IpMisses = l.Misses + v.Misses,
           @OldestView = IIF(@OldestView < v.Oldest, @OldestView, COALESCE(v.Oldest, @OldestView))
    FROM (SELECT COUNT(CASE WHEN t.AttemptedAt > @HourAgo THEN 1 END) AS InHour,
                 COUNT(CASE WHEN t.AttemptedAt > @TenMinutesAgo AND t.Status = N'failed'
                            THEN 1 END) AS Failures,
                 COUNT(CASE WHEN t.AttemptedAt > @GuessFrom
                             AND t.FailureReason IN (N'COUPON_NOT_FOUND', N'INVALID_CODE_FORMAT')
                            THEN 1 END) AS Misses
          FROM (SELECT TOP (@AttemptsPerIp) h.AttemptedAt, h.Status, h.FailureReason
                FROM dbo.RedemptionHistory AS h
                WHERE h.IpAddress = @IpAddress
                  AND h.AttemptedAt > IIF(@GuessFrom < @HourAgo, @GuessFrom, @HourAgo)
                ORDER BY h.AttemptedAt DESC) AS t) AS l
    CROSS JOIN
         (SELECT COUNT(CASE WHEN t.OccurredAt > @HourAgo THEN 1 END) AS InHour,
                 COUNT(CASE WHEN t.OccurredAt > @MinuteAgo THEN 1 END) AS InMinute,
                 MIN(CASE WHEN t.OccurredAt > @MinuteAgo THEN t.OccurredAt END) AS Oldest,
                 COUNT(CASE WHEN t.OccurredAt > @TenMinutesAgo THEN t.ResultCode END) AS Failures,
                 COUNT(CASE WHEN t.OccurredAt > @GuessFrom
                             AND t.ResultCode IN (N'COUPON_NOT_FOUND', N'INVALID_CODE_FORMAT')
                            THEN 1 END) AS Misses
          FROM (SELECT TOP (@AttemptsPerIp) f.OccurredAt, f.ResultCode
                FROM dbo.FunnelEvents AS f
                WHERE f.IpAddress = @IpAddress AND f.EventType = N'coupon_view'
                  AND f.OccurredAt > IIF(@GuessFrom < @HourAgo, @GuessFrom, @HourAgo)
                ORDER BY f.OccurredAt DESC) AS t) AS v;

    SELECT @Failures = IIF(@IpFailures > @Failures, @IpFailures, @Failures),
           @Misses = IIF(@IpMisses > @Misses, @IpMisses, @Misses);
END;
