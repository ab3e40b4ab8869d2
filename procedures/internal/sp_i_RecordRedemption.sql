SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes down an attempt to redeem: its ledger row, and of a success what follows from it:
           the benefit, the device, the event.
Called by: sp_i_RedeemCore, after the use was claimed or refused.
Locks:     the caller holds L2. L9, L10 as sp_i_ApplyBenefits. L11: RedemptionHistory,
           UserDevices, OutboxEvents.
Returns:   @RedemptionId; @LicenseKey of a granted licence.
Throws:    50203 the benefit cannot be applied.
Replay:    none; one call, one ledger row.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordRedemption
    @CouponCode nvarchar(50), @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @MarketingChannel nvarchar(20), @UtmSource nvarchar(100), @UtmMedium nvarchar(100),
    @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100), @SubscriptionId bigint,
    @Now datetime2(3), @FailedStep nvarchar(4), @ErrorCode nvarchar(50), @Message nvarchar(400),
    @CouponId bigint, @CampaignId nvarchar(100), @CouponType nvarchar(30),
    @BaseAmount decimal(10,2), @FinalAmount decimal(10,2), @DiscountType nvarchar(20),
    @DiscountAmount decimal(10,2), @CreditsGranted int, @CreditsApplied int, @MonthsGranted int,
    @RiskScore decimal(3,2), @NeedsReview bit,
    @RemainingUses int,  -- of the code, this use gone; NULL: without a limit
    @RedemptionId bigint OUTPUT, @LicenseKey nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    EXEC dbo.sp_i_RecordAttempt
         @CouponCode = @CouponCode, @UserId = @UserId, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @OrderAmount = @OrderAmount, @OrderId = @OrderId,
         @CurrencyCode = @CurrencyCode, @Tier = @Tier, @ServiceType = @ServiceType,
         @ConsultantId = @ConsultantId, @CountryCode = @CountryCode,
         @DeviceFingerprint = @DeviceFingerprint, @MarketingChannel = @MarketingChannel,
         @UtmSource = @UtmSource, @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
         @IdempotencyKey = @IdempotencyKey, @SubscriptionId = @SubscriptionId,
         @ReservationId = NULL, @Now = @Now, @FailedStep = @FailedStep, @ErrorCode = @ErrorCode,
         @Message = @Message, @CouponId = @CouponId, @CampaignId = @CampaignId,
         @BaseAmount = @BaseAmount, @FinalAmount = @FinalAmount, @DiscountType = @DiscountType,
         @DiscountAmount = @DiscountAmount, @CreditsGranted = @CreditsGranted,
         @CreditsApplied = @CreditsApplied, @MonthsGranted = @MonthsGranted,
         @RiskScore = @RiskScore, @NeedsReview = @NeedsReview,
         @RedemptionId = @RedemptionId OUTPUT;
    IF @ErrorCode IS NOT NULL
        RETURN;

    IF @DiscountType IN (N'credits', N'months_free') OR @CouponType = N'byok_migration'
        EXEC dbo.sp_i_ApplyBenefits
             @RedemptionId = @RedemptionId, @Now = @Now, @LicenseKey = @LicenseKey OUTPUT;
    EXEC dbo.sp_i_RecordUse
         @RedemptionId = @RedemptionId, @CouponId = @CouponId, @CouponCode = @CouponCode,
         @CampaignId = @CampaignId, @UserId = @UserId, @OrderId = @OrderId,
         @DiscountType = @DiscountType, @DiscountAmount = @DiscountAmount,
         @FinalAmount = @FinalAmount, @CurrencyCode = @CurrencyCode, @IpAddress = @IpAddress,
         @CountryCode = @CountryCode, @DeviceFingerprint = @DeviceFingerprint,
         @RemainingUses = @RemainingUses, @Now = @Now;
END;
