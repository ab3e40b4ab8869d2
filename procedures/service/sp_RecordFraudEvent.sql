SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes in what a detector outside the database saw. The event has the effects of its
           severity, as if a rule had raised it. @IpAddress is that of the event.
Called by: coupon_service, coupon_ops
Locks:     L2: UserProfiles. L11: FraudEvents, AccessLists, OutboxEvents, AuditLog
Returns:   SR + FraudEventId. COUPON_NOT_FOUND.
Throws:    50001, 50002, 50003, 50004, 50008, 50009, 50100, 50102
Replay:    a repeat within 60 minutes is merged: one more occurrence of the same event
*/
CREATE OR ALTER PROCEDURE dbo.sp_RecordFraudEvent
    @DetectionType nvarchar(30),
    @Severity nvarchar(10),
    @UserId nvarchar(200) = NULL,
    @CouponCode nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @DeviceFingerprint nvarchar(128) = NULL,
    @CountryCode nchar(2) = NULL,
    @RiskScore decimal(3,2) = NULL,
    @DetailsJson nvarchar(max) = NULL,
    @Actor nvarchar(200) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Fraud event recorded.',
            @FraudEventId bigint, @CouponId bigint, @CampaignId nvarchar(100), @Code nvarchar(50),
            @EntityId nvarchar(20), @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @DetectionType = NULLIF(TRIM(@DetectionType), N''),
           @Severity = NULLIF(TRIM(@Severity), N''), @UserId = NULLIF(TRIM(@UserId), N''),
           @CouponCode = NULLIF(TRIM(@CouponCode), N''), @IpAddress = NULLIF(TRIM(@IpAddress), N''),
           @DeviceFingerprint = NULLIF(TRIM(@DeviceFingerprint), N''),
           @CountryCode = UPPER(NULLIF(TRIM(@CountryCode), N'')),
           @DetailsJson = COALESCE(NULLIF(TRIM(@DetailsJson), N''), N'{}');
    IF @DetectionType IS NULL THROW 50001, N'ARG_REQUIRED: @DetectionType', 1;
    IF @Severity IS NULL THROW 50001, N'ARG_REQUIRED: @Severity', 1;
    IF @RiskScore NOT BETWEEN 0 AND 1
        THROW 50002, N'ARG_OUT_OF_RANGE: @RiskScore must be 0 to 1.', 1;
    IF @DetectionType COLLATE Latin1_General_100_BIN2
       NOT IN (N'velocity_abuse', N'ip_switching', N'bot_pattern', N'device_fingerprint_mismatch',
               N'stacking_abuse', N'multiple_accounts', N'code_guessing',
               N'suspicious_email_patterns', N'ip_address_abuse', N'geographic_anomaly',
               N'temporal_anomaly', N'unusual_usage_patterns')
        THROW 50003, N'ARG_NOT_IN_LIST: @DetectionType is not a type of events.', 1;
    IF @Severity COLLATE Latin1_General_100_BIN2
       NOT IN (N'low', N'medium', N'high', N'critical')
        THROW 50003, N'ARG_NOT_IN_LIST: @Severity must be low, medium, high or critical.', 1;
    EXEC dbo.sp_i_CheckJson @Json = @DetailsJson, @Parameter = N'@DetailsJson', @Shape = N'object';
    IF LEN(@UserId) > 100 THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    IF COALESCE(@UserId, @CouponCode, @IpAddress) IS NULL
        THROW 50009, N'ARG_CONFLICT: one of @UserId, @CouponCode and @IpAddress is required.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        IF @UserId IS NOT NULL
            EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;

        SELECT @CouponId = k.CouponId, @CampaignId = k.CampaignId, @Code = k.CouponCode
        FROM dbo.fn_NormaliseCode(@CouponCode) AS n
        INNER JOIN dbo.Coupons AS k ON k.CouponCode = n.Code;

        IF @CouponCode IS NOT NULL AND @CouponId IS NULL
            SELECT @ErrorCode = N'COUPON_NOT_FOUND', @Message = N'Coupon code not found';
        ELSE
        BEGIN
            EXEC dbo.sp_i_RaiseFraud
                 @DetectionType = @DetectionType, @Severity = @Severity, @UserId = @UserId,
                 @IpAddress = @IpAddress, @DeviceFingerprint = @DeviceFingerprint,
                 @CountryCode = @CountryCode, @CouponId = @CouponId, @CouponCode = @Code,
                 @CampaignId = @CampaignId, @RiskScore = @RiskScore,
                 @DetailsJson = @DetailsJson, @Now = @Now, @FraudEventId = @FraudEventId OUTPUT;
            SELECT @EntityId = CAST(@FraudEventId AS nvarchar(20)),
                   @After = (SELECT @DetectionType AS type, @Severity AS severity,
                                    @RiskScore AS riskScore, @Code AS couponCode
                             FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'fraud_event.record', @EntityType = N'fraud_event',
                 @EntityId = @EntityId, @AfterJson = @After, @SubjectUserId = @UserId,
                 @Actor = @Actor, @UserAgent = @UserAgent, @Reason = @Reason,
                 @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @FraudEventId AS FraudEventId;
END;
