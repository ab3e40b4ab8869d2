SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records a fraud event and does what its severity asks for.
           A user with a confirmed (rejected) event in the last 30 days gets one level more. An open
           event of the same user and type within 60 minutes is continued: one more occurrence, the
           higher severity. Without a user the address stands for it, else the coupon (of
           temporal_anomaly the campaign). From medium up the event is flagged, queued for review
           and announced; high makes S23 refuse the user; critical bans the user and ends open
           reservations; code_guessing locks the user out and blocks the address for a while.
Called by: sp_i_RaiseSignals; whoever reports fraud from outside or by scan.
Locks:     the caller holds L2 of @UserId, which covers that user's L7 (Reservations);
           L11: FraudEvents, AccessLists, OutboxEvents.
Returns:   @FraudEventId.
Throws:    50102 no committable transaction.
Replay:    a repeat within 60 minutes is merged.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RaiseFraud
    @DetectionType nvarchar(30), @Severity nvarchar(10), @UserId nvarchar(100) = NULL,
    @IpAddress nvarchar(45) = NULL, @DeviceFingerprint nvarchar(128) = NULL,
    @CountryCode nchar(2) = NULL, @CouponId bigint = NULL, @CouponCode nvarchar(50) = NULL,
    @CampaignId nvarchar(100) = NULL, @RedemptionId bigint = NULL,
    @RiskScore decimal(3,2) = NULL, @DetailsJson nvarchar(max) = N'{}', @Now datetime2(3),
    @FraudEventId bigint = NULL OUTPUT,
    @MergeMinutes int = 60,
    @WasMerged bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Level int = CASE @Severity WHEN N'low' THEN 1 WHEN N'medium' THEN 2
                                        WHEN N'high' THEN 3 ELSE 4 END,
            @OldSeverity nvarchar(10), @OldLevel int, @Action nvarchar(20), @LockUntil datetime2(3),
            @Payload nvarchar(max), @EntityId nvarchar(120);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_RaiseFraud needs a committable transaction.', 1;

    IF @Level < 4 AND EXISTS (SELECT 1 FROM dbo.FraudEvents AS e
                              WHERE e.UserId = @UserId AND e.ReviewStatus = N'rejected'
                                AND e.DetectedAt > DATEADD(DAY, -30, @Now))
        SET @Level += 1;

    SET @FraudEventId = NULL;
    -- UPDLOCK: read now, written below.
    IF @UserId IS NOT NULL
        SELECT TOP (1) @FraudEventId = e.FraudEventId, @OldSeverity = e.Severity
        FROM dbo.FraudEvents AS e WITH (UPDLOCK, ROWLOCK)
        WHERE e.UserId = @UserId AND e.ReviewStatus IN (N'pending', N'auto_closed')
          AND e.DetectionType = @DetectionType
          AND e.LastSeenAt > DATEADD(MINUTE, -@MergeMinutes, @Now)
        ORDER BY e.DetectedAt DESC;
    ELSE
        -- No user is locked here: HOLDLOCK protects the absence until the event is inserted.
        SELECT TOP (1) @FraudEventId = e.FraudEventId, @OldSeverity = e.Severity
        FROM dbo.FraudEvents AS e WITH (UPDLOCK, HOLDLOCK)
        WHERE e.UserId IS NULL AND e.ReviewStatus IN (N'pending', N'auto_closed')
          AND e.DetectionType = @DetectionType
          AND (e.IpAddress = @IpAddress
               OR (@IpAddress IS NULL AND e.IpAddress IS NULL
                   AND ((@DetectionType = N'temporal_anomaly' AND e.CampaignId = @CampaignId)
                        OR (@DetectionType <> N'temporal_anomaly'
                            AND e.CouponId = @CouponId))))
          AND e.LastSeenAt > DATEADD(MINUTE, -@MergeMinutes, @Now)
        ORDER BY e.DetectedAt DESC;

    SET @WasMerged = IIF(@FraudEventId IS NULL, 0, 1);
    SET @OldLevel = CASE @OldSeverity WHEN N'low' THEN 1 WHEN N'medium' THEN 2
                                      WHEN N'high' THEN 3 WHEN N'critical' THEN 4 ELSE 0 END;
    SET @Level = IIF(@OldLevel > @Level, @OldLevel, @Level);
    SELECT @Severity = CASE @Level WHEN 1 THEN N'low' WHEN 2 THEN N'medium'
                                   WHEN 3 THEN N'high' ELSE N'critical' END,
           @Action = CASE WHEN @Level = 4 THEN N'banned_user'
                          WHEN @DetectionType = N'code_guessing' AND @UserId IS NULL
                              THEN N'ip_blocked'
                          WHEN @DetectionType = N'code_guessing' THEN N'locked_out'
                          WHEN @Level = 3 THEN N'blocked_attempt'
                          WHEN @Level = 2 THEN N'flagged'
                          ELSE N'none' END;

    IF @FraudEventId IS NULL
    BEGIN
        INSERT INTO dbo.FraudEvents
            (CouponId, CouponCode, CampaignId, UserId, RedemptionId, DetectionType, Severity,
             RiskScore, DetailsJson, IpAddress, DeviceFingerprint, CountryCode, IsFlagged,
             ActionTaken, ReviewStatus, DetectedAt, LastSeenAt)
        VALUES
            (@CouponId, @CouponCode, @CampaignId, @UserId, @RedemptionId, @DetectionType, @Severity,
             @RiskScore, COALESCE(@DetailsJson, N'{}'), @IpAddress, @DeviceFingerprint,
             @CountryCode, IIF(@Level >= 2, 1, 0), @Action,
             IIF(@Level = 1, N'auto_closed', N'pending'), @Now, @Now);
        SET @FraudEventId = SCOPE_IDENTITY();
    END
    ELSE
        UPDATE dbo.FraudEvents
        SET OccurrenceCount = OccurrenceCount + 1, LastSeenAt = @Now, Severity = @Severity,
            RiskScore = COALESCE(@RiskScore, RiskScore),
            DetailsJson = COALESCE(@DetailsJson, DetailsJson),
            IsFlagged = IIF(@Level >= 2, 1, 0), ActionTaken = @Action,
            ReviewStatus = IIF(@Level = 1, N'auto_closed', N'pending')
        WHERE FraudEventId = @FraudEventId;

    IF @DetectionType = N'code_guessing'
    BEGIN
        SELECT @LockUntil = DATEADD(MINUTE, s.IntValue, @Now)
        FROM dbo.fn_Setting(N'lockout_duration_minutes') AS s;

        UPDATE dbo.UserProfiles SET LockedUntil = @LockUntil WHERE UserId = @UserId;
        IF @IpAddress IS NOT NULL
            EXEC dbo.sp_i_BlockSubject
                 @SubjectKind = N'ip', @SubjectValue = @IpAddress, @ExpiresAt = @LockUntil,
                 @Reason = N'code_guessing', @FraudEventId = @FraudEventId, @Now = @Now;
    END;

    IF @Level = 4 AND @UserId IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_BlockSubject
             @SubjectKind = N'user', @SubjectValue = @UserId, @ExpiresAt = NULL,
             @Reason = @DetectionType, @FraudEventId = @FraudEventId, @Now = @Now;
        EXEC dbo.sp_i_EndReservations @UserId = @UserId, @Now = @Now;
    END;

    IF @Level >= 2 AND @Level > @OldLevel
    BEGIN
        SELECT @EntityId = CAST(@FraudEventId AS nvarchar(20)),
               @Payload = (SELECT @FraudEventId AS fraudEventId, @DetectionType AS type,
                                  @Severity AS severity, @UserId AS userId,
                                  @CouponCode AS couponCode
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
        EXEC dbo.sp_i_Enqueue @EventType = N'fraud_detected', @EntityType = N'fraud_event',
             @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
    END;
END;
