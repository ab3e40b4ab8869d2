SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Steps S23 to S25: open fraud events, risk score and linked accounts; velocity; devices.
           White-listed callers skip the steps; their score is still calculated, for the record.
Called by: sp_i_Evaluate.
Locks:     none of its own; an attempt holds L2 to L4.
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateFraud
    @CampaignId nvarchar(100), @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @IsVpn bit, @Now datetime2(3), @IsWhite bit,
    @HasContact bit,                     -- the profile has an e-mail or a payment instrument
    @CountedAttempts int, @Devices int, @Ips int, @IpSwitchLimit int,
    @VelocityLimit int, @VelocityMinutes int, @UsersPerDevice int, @DevicesPerUser int,
    @RequireDevice int, @BlockLinked int, @BlockScore decimal(3,2),
    @RiskScore decimal(3,2) OUTPUT, @LinkedUsers int OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsFlagged int, @DeviceUsers int;

    SELECT @RiskScore = r.RiskScore,
           @IsFlagged = IIF(EXISTS (SELECT 1 FROM dbo.FraudEvents AS e
                                    WHERE e.UserId = @UserId
                                      AND e.ReviewStatus IN (N'pending', N'rejected')
                                      AND e.DetectedAt > DATEADD(DAY, -30, @Now)
                                      AND e.Severity IN (N'high', N'critical')), 1, 0),
           -- The devices name the other users, few; the ledger tells which of them count. TOP keeps
           -- it from being read from the other end, the uses of the whole campaign.
           @DeviceUsers = (SELECT COUNT(*)
                           FROM dbo.UserDevices AS d
                           CROSS APPLY (SELECT TOP (1) h.RedemptionId
                                        FROM dbo.RedemptionHistory AS h
                                        WHERE h.UserId = d.UserId AND h.CampaignId = @CampaignId
                                          AND h.Status IN (N'success', N'pending')
                                          AND h.DeviceFingerprint = @DeviceFingerprint) AS h
                           WHERE d.DeviceFingerprint = @DeviceFingerprint
                             AND d.UserId <> @UserId)
    FROM dbo.fn_RiskScore(@UserId, @IpAddress, @DeviceFingerprint, @CountryCode, @UserAgent,
                          @IsVpn, @Now) AS r;

    -- Same e-mail or payment instrument; the device has a step and a limit of its own.
    IF @HasContact = 1
        SELECT @LinkedUsers = COUNT(DISTINCT k.LinkedUserId)
        FROM dbo.fn_UserLinks(@UserId) AS k
        CROSS APPLY (SELECT TOP (1) r.UserRedemptionId
                     FROM dbo.UserRedemptions AS r
                     WHERE r.UserId = k.LinkedUserId AND r.CampaignId = @CampaignId
                       AND r.RedemptionCount + r.ReservedCount > 0) AS r
        WHERE k.LinkKind <> N'device';

    IF @IsWhite = 1
        RETURN;

    SET @ErrorCode = CASE
        -- An event that this very attempt raises as high refuses it as well.
        WHEN @IsFlagged = 1 OR @Ips >= @IpSwitchLimit + 3 THEN N'FRAUD_FLAGGED'
        WHEN @RiskScore >= @BlockScore THEN N'RISK_SCORE_TOO_HIGH'
        WHEN @LinkedUsers > 0 AND @BlockLinked = 1 THEN N'DUPLICATE_ACCOUNT'
        WHEN @CountedAttempts >= @VelocityLimit THEN N'VELOCITY_LIMIT_EXCEEDED'
        WHEN @DeviceFingerprint IS NULL AND @RequireDevice = 1
            THEN N'DEVICE_FINGERPRINT_REQUIRED'
        WHEN @DeviceUsers >= @UsersPerDevice OR @Devices > @DevicesPerUser
            THEN N'DEVICE_FINGERPRINT_MISMATCH'
    END;
    IF @ErrorCode = N'VELOCITY_LIMIT_EXCEEDED'
        SET @Detail = CONCAT(@VelocityLimit, N' attempts within ', @VelocityMinutes, N' minutes');
END;
