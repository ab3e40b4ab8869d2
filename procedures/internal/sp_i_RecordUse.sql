SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records around a successful use: the device, the last address and country of the user,
           and the coupon_used event.
Called by: sp_i_RecordRedemption, sp_i_CompleteReservation.
Locks:     the caller holds L2 of the user. L11: UserDevices, OutboxEvents.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; one call per ledger row.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordUse
    @RedemptionId bigint, @CouponId bigint, @CouponCode nvarchar(50), @CampaignId nvarchar(100),
    @UserId nvarchar(100), @OrderId nvarchar(100), @DiscountType nvarchar(20),
    @DiscountAmount decimal(10,2), @FinalAmount decimal(10,2), @CurrencyCode nchar(3),
    @IpAddress nvarchar(45), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @RemainingUses int,  -- of the code, this use gone; NULL: without a limit
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @EntityId nvarchar(120) = CAST(@RedemptionId AS nvarchar(20)), @Payload nvarchar(max);

    IF @DeviceFingerprint IS NOT NULL
        EXEC dbo.sp_i_RecordDevice
             @UserId = @UserId, @DeviceFingerprint = @DeviceFingerprint, @Uses = 1, @Now = @Now;

    IF @IpAddress IS NOT NULL OR @CountryCode IS NOT NULL
        UPDATE dbo.UserProfiles
        SET LastIpAddress = COALESCE(@IpAddress, LastIpAddress),
            LastCountryCode = COALESCE(@CountryCode, LastCountryCode)
        WHERE UserId = @UserId;

    SET @Payload = (SELECT @RedemptionId AS redemptionId, @CouponId AS couponId,
                           @CouponCode AS couponCode, @CampaignId AS campaignId,
                           @UserId AS userId, @OrderId AS orderId,
                           @DiscountType AS discountType, @DiscountAmount AS discountAmount,
                           @FinalAmount AS finalAmount, @CurrencyCode AS currencyCode,
                           -- The row of a striped code may be behind by more than the rest.
                           IIF(@RemainingUses < 0, 0, @RemainingUses) AS remainingUses
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'coupon_used', @EntityType = N'redemption',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
