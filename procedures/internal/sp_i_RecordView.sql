SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes down a dry run: the coupon_view that the rate limit counts, and for guessing of
           codes, the one thing that a dry run detects, the fraud event with its lock-out.
Called by: sp_ValidateCoupon, inside its transaction.
Locks:     for guessing L2: UserProfiles, and as sp_i_RaiseSignals. L11: FunnelEvents.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; every call is a view.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordView
    @RecordView bit, @CouponCode nvarchar(50), @CouponId bigint, @CampaignId nvarchar(100),
    @UserId nvarchar(100), @IpAddress nvarchar(45), @DeviceFingerprint nvarchar(128),
    @CountryCode nchar(2), @ServiceType nvarchar(50), @FraudJson nvarchar(max),
    @ErrorCode nvarchar(50), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @FraudJson IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
        EXEC dbo.sp_i_RaiseSignals
             @FraudJson = @FraudJson, @UserId = @UserId, @IpAddress = @IpAddress,
             @DeviceFingerprint = @DeviceFingerprint, @CountryCode = @CountryCode,
             @CouponId = NULL, @CouponCode = @CouponCode, @CampaignId = NULL,
             @RedemptionId = NULL, @RiskScore = NULL, @Now = @Now;
    END;

    IF @RecordView = 1
        INSERT INTO dbo.FunnelEvents
            (EventType, OccurredAt, CouponCode, CouponId, CampaignId, UserId, IpAddress,
             CountryCode, ServiceType, ResultCode)
        VALUES
            (N'coupon_view', @Now, @CouponCode, @CouponId, @CampaignId, @UserId, @IpAddress,
             @CountryCode, @ServiceType, @ErrorCode);
END;
