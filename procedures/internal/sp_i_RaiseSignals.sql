SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What an evaluation asks to be remembered of its user: a lock-out that is due, and the
           fraud events that it detected, raised one by one.
Called by: sp_i_RedeemCore, sp_i_ReserveCore; sp_i_RecordView for code_guessing.
Locks:     as sp_i_RaiseFraud; the caller holds L2.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; the events live and die with the caller's transaction.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RaiseSignals
    @FraudJson nvarchar(max),            -- from sp_i_DetectFraud
    @UserId nvarchar(100), @IpAddress nvarchar(45), @DeviceFingerprint nvarchar(128),
    @CountryCode nchar(2), @CouponId bigint, @CouponCode nvarchar(50),
    @CampaignId nvarchar(100), @RedemptionId bigint, @RiskScore decimal(3,2), @Now datetime2(3),
    @LockUntil datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Last int = -1, @Type nvarchar(30), @Severity nvarchar(10), @Details nvarchar(400);

    IF @LockUntil IS NOT NULL
        UPDATE dbo.UserProfiles SET LockedUntil = @LockUntil WHERE UserId = @UserId;

    WHILE @FraudJson IS NOT NULL
    BEGIN
        SET @Type = NULL;
        SELECT TOP (1) @Last = CAST(j.[key] AS int),
               @Type = JSON_VALUE(j.value, N'$.type'),
               @Severity = JSON_VALUE(j.value, N'$.severity'),
               @Details = CONCAT(N'{"', JSON_VALUE(j.value, N'$.fact'), N'":',
                                 JSON_VALUE(j.value, N'$.amount'), N'}')
        FROM OPENJSON(@FraudJson) AS j
        WHERE CAST(j.[key] AS int) > @Last
        ORDER BY CAST(j.[key] AS int);
        IF @Type IS NULL
            BREAK;

        EXEC dbo.sp_i_RaiseFraud
             @DetectionType = @Type, @Severity = @Severity, @UserId = @UserId,
             @IpAddress = @IpAddress, @DeviceFingerprint = @DeviceFingerprint,
             @CountryCode = @CountryCode, @CouponId = @CouponId, @CouponCode = @CouponCode,
             @CampaignId = @CampaignId, @RedemptionId = @RedemptionId, @RiskScore = @RiskScore,
             @DetailsJson = @Details, @Now = @Now;
    END;
END;
