SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   All that is known of one user, for who has to judge. The look itself is audited. The
           score is that of the user's last attempt, made now.
Called by: coupon_ops
Locks:     L11: AuditLog
Returns:   RS1 profile, RiskScore, SignalsJson (empty: unknown user) · RS2 attempts of the period,
           newest first, at most 1000 · RS3 fraud events · RS4 devices and addresses (Kind device
           or ip, Value, FirstSeenAt, LastSeenAt, Attempts) · RS5 linked users · RS6 list entries
           about the user, the user's addresses and devices · RS7 open reservations
Throws:    50001, 50002, 50008, 50102
Replay:    harmless: each look is one audit row
*/
CREATE OR ALTER PROCEDURE dbo.sp_InvestigateUser
    @UserId nvarchar(200),
    @Days int = 90,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @From datetime2(3), @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Days = COALESCE(@Days, 90);
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId', 1;
    IF @Days NOT BETWEEN 1 AND 3650
        THROW 50002, N'ARG_OUT_OF_RANGE: @Days must be 1 to 3650.', 1;
    IF LEN(@UserId) > 100 THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    SELECT @From = DATEADD(DAY, -@Days, @Now),
           @After = (SELECT @Days AS days FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;
        EXEC dbo.sp_i_Audit @Action = N'user.investigate', @EntityType = N'user',
             @EntityId = @UserId, @AfterJson = @After, @SubjectUserId = @UserId,
             @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
             @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT p.UserId, p.Email, p.EmailVerified, p.HasPaymentMethod, p.CountryCode,
           p.FirstPurchaseAt, p.LastRefundAt, p.RefundCount, p.LockedUntil, p.LastAttemptAt,
           p.LastIpAddress, p.LastCountryCode, p.CreatedAt, r.RiskScore, r.SignalsJson
    FROM dbo.UserProfiles AS p
    OUTER APPLY (SELECT TOP (1) h.IpAddress, h.UserAgent, h.DeviceFingerprint, h.CountryCode
                 FROM dbo.RedemptionHistory AS h
                 WHERE h.UserId = p.UserId
                 ORDER BY h.AttemptedAt DESC) AS l
    CROSS APPLY dbo.fn_RiskScore(p.UserId, l.IpAddress, l.DeviceFingerprint, l.CountryCode,
                                 l.UserAgent, NULL, @Now) AS r
    WHERE p.UserId = @UserId;

    SELECT TOP (1000)
           h.RedemptionId, h.AttemptedAt, h.CouponCode, h.CampaignId, h.Status, h.FailureReason,
           h.FailedStep, h.OrderId, h.DiscountAmount, h.IpAddress, h.UserAgent,
           h.DeviceFingerprint, h.CountryCode, h.RiskScore, h.ReviewStatus
    FROM dbo.RedemptionHistory AS h
    WHERE h.UserId = @UserId AND h.AttemptedAt >= @From
    ORDER BY h.AttemptedAt DESC, h.RedemptionId DESC;

    SELECT e.FraudEventId, e.DetectedAt, e.LastSeenAt, e.DetectionType, e.Severity, e.RiskScore,
           e.CouponCode, e.OccurrenceCount, e.ActionTaken, e.ReviewStatus, e.ReviewedBy,
           e.ReviewedAt, e.ReviewNote, e.DetailsJson
    FROM dbo.FraudEvents AS e
    WHERE e.UserId = @UserId AND e.DetectedAt >= @From
    ORDER BY e.DetectedAt DESC, e.FraudEventId DESC;

    SELECT s.Kind, s.Value, s.FirstSeenAt, s.LastSeenAt, s.Attempts
    FROM (SELECT N'device' AS Kind, d.DeviceFingerprint AS Value, d.FirstSeenAt, d.LastSeenAt,
                 (SELECT COUNT(*) FROM dbo.RedemptionHistory AS h
                  WHERE h.UserId = @UserId AND h.DeviceFingerprint = d.DeviceFingerprint
                    AND h.AttemptedAt >= @From) AS Attempts
          FROM dbo.UserDevices AS d
          WHERE d.UserId = @UserId
          UNION ALL
          SELECT N'ip' AS Kind, h.IpAddress COLLATE Latin1_General_100_BIN2 AS Value,
                 MIN(h.AttemptedAt) AS FirstSeenAt, MAX(h.AttemptedAt) AS LastSeenAt,
                 COUNT(*) AS Attempts
          FROM dbo.RedemptionHistory AS h
          WHERE h.UserId = @UserId AND h.AttemptedAt >= @From AND h.IpAddress IS NOT NULL
          GROUP BY h.IpAddress) AS s
    ORDER BY s.Kind, s.LastSeenAt DESC;

    SELECT k.LinkedUserId, k.LinkKind
    FROM dbo.fn_UserLinks(@UserId) AS k
    ORDER BY k.LinkedUserId, k.LinkKind;

    SELECT a.EntryId, a.ListKind, a.SubjectKind, a.SubjectValue, a.RiskScore, a.RecommendedAction,
           a.Reason, a.ExpiresAt, a.FraudEventId, a.IsActive
    FROM dbo.AccessLists AS a
    WHERE (a.SubjectKind = N'user' AND a.SubjectValue = @UserId)
       OR (a.SubjectKind = N'ip' AND EXISTS (
               SELECT 1 FROM dbo.RedemptionHistory AS h
               WHERE h.UserId = @UserId AND h.AttemptedAt >= @From
                 AND h.IpAddress COLLATE Latin1_General_100_BIN2 = a.SubjectValue))
       OR (a.SubjectKind = N'device' AND EXISTS (
               SELECT 1 FROM dbo.UserDevices AS d
               WHERE d.UserId = @UserId AND d.DeviceFingerprint = a.SubjectValue))
    ORDER BY a.EntryId;

    SELECT r.ReservationId, k.CouponCode, r.CampaignId, r.OrderId, r.DiscountAmount, r.ReservedAt,
           r.ExpiresAt, r.CloseReason
    FROM dbo.Reservations AS r
    INNER JOIN dbo.Coupons AS k ON k.CouponId = r.CouponId
    WHERE r.UserId = @UserId AND r.Status = N'Reserved'
    ORDER BY r.ReservationId;
END;
