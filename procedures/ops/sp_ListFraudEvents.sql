SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Fraud events, the worst first and of these the oldest, with what else is known of their
           users. A page goes on behind the event @BeforeId, the last one of the page before.
           @ReviewStatus NULL lists every state.
Called by: coupon_ops
Locks:     none
Returns:   rows + SeverityRank, UserEvents30d, UserFailures24h
Throws:    50002, 50003, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListFraudEvents
    @ReviewStatus nvarchar(12) = N'pending',
    @Severity nvarchar(10) = NULL,
    @DetectionType nvarchar(30) = NULL,
    @UserId nvarchar(200) = NULL,
    @CouponCode nvarchar(200) = NULL,
    @PageSize int = 50,
    @BeforeId bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @Rank int, @At datetime2(3);

    SELECT @ReviewStatus = NULLIF(TRIM(@ReviewStatus), N''),
           @Severity = NULLIF(TRIM(@Severity), N''),
           @DetectionType = NULLIF(TRIM(@DetectionType), N''),
           @UserId = NULLIF(TRIM(@UserId), N''), @CouponCode = NULLIF(TRIM(@CouponCode), N''),
           @PageSize = COALESCE(@PageSize, 50);
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    IF @ReviewStatus COLLATE Latin1_General_100_BIN2
       NOT IN (N'pending', N'approved', N'rejected', N'auto_closed')
        THROW 50003, N'ARG_NOT_IN_LIST: @ReviewStatus', 1;
    IF @Severity COLLATE Latin1_General_100_BIN2
       NOT IN (N'low', N'medium', N'high', N'critical')
        THROW 50003, N'ARG_NOT_IN_LIST: @Severity', 1;
    IF @DetectionType COLLATE Latin1_General_100_BIN2
       NOT IN (N'velocity_abuse', N'ip_switching', N'bot_pattern', N'device_fingerprint_mismatch',
               N'stacking_abuse', N'multiple_accounts', N'code_guessing',
               N'suspicious_email_patterns', N'ip_address_abuse', N'geographic_anomaly',
               N'temporal_anomaly', N'unusual_usage_patterns')
        THROW 50003, N'ARG_NOT_IN_LIST: @DetectionType', 1;
    IF LEN(@UserId) > 100 THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;

    SELECT @CouponCode = n.Code FROM dbo.fn_NormaliseCode(@CouponCode) AS n
    WHERE @CouponCode IS NOT NULL;
    SELECT @At = e.DetectedAt,
           @Rank = CASE e.Severity WHEN N'critical' THEN 1 WHEN N'high' THEN 2
                                   WHEN N'medium' THEN 3 ELSE 4 END
    FROM dbo.FraudEvents AS e
    WHERE e.FraudEventId = @BeforeId;

    -- The page is cut before the history of its users is counted. RECOMPILE: see a filter that was
    -- not given as none.
    WITH Page AS (
        SELECT TOP (@PageSize) e.FraudEventId, r.SeverityRank
        FROM dbo.FraudEvents AS e
        CROSS APPLY (SELECT CASE e.Severity WHEN N'critical' THEN 1 WHEN N'high' THEN 2
                                            WHEN N'medium' THEN 3 ELSE 4 END AS SeverityRank) AS r
        WHERE (@ReviewStatus IS NULL OR e.ReviewStatus = @ReviewStatus)
          AND (@Severity IS NULL OR e.Severity = @Severity)
          AND (@DetectionType IS NULL OR e.DetectionType = @DetectionType)
          AND (@UserId IS NULL OR e.UserId = @UserId)
          AND (@CouponCode IS NULL OR e.CouponCode = @CouponCode)
          AND (@BeforeId IS NULL OR r.SeverityRank > @Rank
               OR (r.SeverityRank = @Rank
                   AND (e.DetectedAt > @At
                        OR (e.DetectedAt = @At AND e.FraudEventId > @BeforeId))))
        ORDER BY r.SeverityRank, e.DetectedAt, e.FraudEventId
    )
    SELECT e.FraudEventId, e.DetectedAt, e.LastSeenAt, e.Severity, p.SeverityRank,
           e.DetectionType, e.UserId, e.CouponCode, e.CampaignId, e.RedemptionId, e.RiskScore,
           e.DetailsJson, e.IpAddress, e.DeviceFingerprint, e.CountryCode, e.IsFlagged,
           e.ActionTaken, e.ReviewStatus, e.ReviewedBy, e.ReviewedAt, e.ReviewNote,
           e.OccurrenceCount,
           (SELECT COUNT(*) FROM dbo.FraudEvents AS u
            WHERE u.UserId = e.UserId
              AND u.DetectedAt > DATEADD(DAY, -30, @Now)) AS UserEvents30d,
           (SELECT COUNT(*) FROM dbo.RedemptionHistory AS h
            WHERE h.UserId = e.UserId AND h.Status = N'failed'
              AND h.AttemptedAt > DATEADD(DAY, -1, @Now)) AS UserFailures24h
    FROM Page AS p
    INNER JOIN dbo.FraudEvents AS e ON e.FraudEventId = p.FraudEventId
    ORDER BY p.SeverityRank, e.DetectedAt, e.FraudEventId
    OPTION (RECOMPILE);
END;
