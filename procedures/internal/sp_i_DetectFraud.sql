SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells which fraud rules of redemption an attempt meets, with severity: rules that look
           at one attempt and the counts around it. Raising the events is the writer's work.
Called by: sp_i_EvaluateOutcome.
Locks:     none of its own.
Returns:   @FraudJson: array of {type, severity, fact, amount}; NULL when there is nothing.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_DetectFraud
    @IsDryRun bit, @IsWhite bit, @FailedStep nvarchar(4), @ErrorCode nvarchar(50),
    @UserId nvarchar(100), @IpAddress nvarchar(45), @UserAgent nvarchar(500), @CountryCode nchar(2),
    @HomeCountry nchar(2), @IsAgentWatched bit, @Attempts int, @CountedAttempts int,
    @VelocityLimit int, @Ips int, @IpSwitchLimit int,
    @Misses int, @GuessLimit int, @LinkedUsers int, @RiskScore decimal(3,2),
    @FlagScore decimal(3,2), @Now datetime2(3),
    @FraudJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Stacking int = 0, @Devices int = 0, @LastCountry nchar(2), @IsGeo int = 0,
            @IsSuspect bit;

    SET @FraudJson = NULL;
    -- Most attempts show none of this. Who is white-listed raises nothing.
    SET @IsSuspect = IIF(
        @IsWhite = 0 AND COALESCE(@FailedStep, N'') NOT IN (N'S00', N'S02')
        AND (@FailedStep IN (N'S01', N'S03', N'S04', N'S18', N'S24', N'S25') OR @LinkedUsers > 0
             OR (@ErrorCode = N'FRAUD_FLAGGED' AND @CountedAttempts >= @VelocityLimit)
             OR @Ips > @IpSwitchLimit OR @IsAgentWatched = 1
             OR (@IpAddress IS NOT NULL AND @UserAgent IS NULL)
             OR @RiskScore >= @FlagScore OR @CountryCode <> @HomeCountry), 1, 0);
    IF @IsSuspect = 0
        RETURN;

    -- Counts that only these failures need; the present one is not in the ledger yet.
    IF @FailedStep = N'S18' AND @IsDryRun = 0
        SELECT @Stacking = COUNT(*) + 1
        FROM dbo.RedemptionHistory AS h
        WHERE h.UserId = @UserId AND h.AttemptedAt > DATEADD(MINUTE, -60, @Now)
          AND h.FailureReason IN (N'STACKING_NOT_ALLOWED', N'STACKING_LIMIT_REACHED');
    IF @ErrorCode = N'DEVICE_FINGERPRINT_MISMATCH' AND @IsDryRun = 0
        SELECT @Devices = COUNT(*) + 1
        FROM dbo.RedemptionHistory AS h
        WHERE h.UserId = @UserId AND h.AttemptedAt > DATEADD(DAY, -1, @Now)
          AND h.FailureReason = N'DEVICE_FINGERPRINT_MISMATCH';
    -- Abroad is no anomaly; abroad within an hour of an attempt from elsewhere is.
    IF @IsDryRun = 0 AND @CountryCode COLLATE Latin1_General_100_BIN2 <> @HomeCountry
    BEGIN
        SELECT TOP (1) @LastCountry = h.CountryCode
        FROM dbo.RedemptionHistory AS h
        WHERE h.UserId = @UserId AND h.AttemptedAt > DATEADD(MINUTE, -60, @Now)
          AND h.CountryCode IS NOT NULL
        ORDER BY h.AttemptedAt DESC;
        SET @IsGeo = IIF(@LastCountry COLLATE Latin1_General_100_BIN2 <> @CountryCode, 1, 0);
    END;

    SELECT @FraudJson =
        (SELECT s.DetectionType AS type, s.Severity AS severity, s.Fact AS fact, s.Amount AS amount
         FROM (VALUES
             (N'code_guessing', N'misses', @Misses + 1,
              IIF(@FailedStep IN (N'S01', N'S04') AND @Misses + 1 >= @GuessLimit, N'high', NULL)),
             (N'velocity_abuse', N'attempts', @Attempts + 1,
              -- Who is refused at S23 for what came before still is beyond the limit of S24.
              CASE WHEN COALESCE(@FailedStep, N'') <> N'S24'
                        AND NOT (COALESCE(@ErrorCode, N'') = N'FRAUD_FLAGGED'
                                 AND @CountedAttempts >= @VelocityLimit) THEN NULL
                   WHEN @Attempts + 1 >= 20 THEN N'critical'
                   WHEN @Attempts + 1 >= 10 THEN N'high'
                   WHEN @Attempts + 1 >= 5 THEN N'medium'
                   ELSE N'low' END),
             -- The bands of the default limit of 5: 6 to 7, 8 to 11, 12 and more.
             (N'ip_switching', N'ipCount', @Ips,
              CASE WHEN @Ips >= @IpSwitchLimit + 7 THEN N'critical'
                   WHEN @Ips >= @IpSwitchLimit + 3 THEN N'high'
                   WHEN @Ips > @IpSwitchLimit THEN N'medium' END),
             (N'bot_pattern', N'attempts', 1,
              IIF(@IsAgentWatched = 1 OR (@IpAddress IS NOT NULL AND @UserAgent IS NULL),
                  N'low', NULL)),
             (N'device_fingerprint_mismatch', N'failures', @Devices,
              CASE WHEN @Devices >= 3 THEN N'high' WHEN @Devices >= 1 THEN N'medium' END),
             (N'stacking_abuse', N'failures', @Stacking,
              CASE WHEN @Stacking >= 6 THEN N'high' WHEN @Stacking >= 3 THEN N'medium' END),
             (N'multiple_accounts', N'linkedAccounts', @LinkedUsers,
              CASE WHEN @LinkedUsers >= 3 THEN N'high' WHEN @LinkedUsers >= 1 THEN N'medium' END),
             (N'suspicious_email_patterns', N'attempts', 1,
              IIF(@ErrorCode = N'DISPOSABLE_EMAIL', N'low', NULL)),
             (N'geographic_anomaly', N'attempts', 1, IIF(@IsGeo = 1, N'medium', NULL)),
             (N'unusual_usage_patterns', N'riskPercent', CAST(@RiskScore * 100 AS int),
              IIF(@RiskScore >= @FlagScore, N'medium', NULL))
         ) AS s (DetectionType, Fact, Amount, Severity)
         WHERE s.Severity IS NOT NULL
           -- A dry run raises nothing but guessing.
           AND (@IsDryRun = 0 OR s.DetectionType = N'code_guessing')
         FOR JSON PATH);
END;
