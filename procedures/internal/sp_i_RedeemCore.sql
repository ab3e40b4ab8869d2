SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One attempt to redeem a code: evaluate, claim, one ledger row whatever came out, and what
           follows from it. An order that holds a slot of the coupon already uses that slot: its
           pending ledger row becomes the success. A refused attempt writes its ledger row, its
           fraud events, a lock-out if one is due, and nothing else.
Called by: sp_i_RedeemOnce; procedures that redeem a code as part of their own work.
Locks:     the caller holds L2 (and L1). L3 to L6 as sp_i_LockCoupon and sp_i_ClaimSlot; L7, L8
           as sp_i_UseHold; L9, L10 as sp_i_ApplyBenefits;
           L11: RedemptionHistory, UserDevices, FraudEvents, OutboxEvents, AuditLog.
Returns:   the decision and the quote; @RedemptionId also for a refusal (its failed row).
Throws:    50100 a settings row is absent; 50203 the benefit cannot be applied.
Replay:    none here; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RedeemCore
    @CouponCode nvarchar(50), @IsWellFormed bit, @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @IsVpn bit, @MarketingChannel nvarchar(20), @UtmSource nvarchar(100),
    @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100),
    @SubscriptionId bigint, @Now datetime2(3),
    @FailedStep nvarchar(4) OUTPUT, @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT,
    @RedemptionId bigint OUTPUT, @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT,
    @DiscountType nvarchar(20) OUTPUT, @DiscountValue decimal(10,2) OUTPUT,
    @DiscountAmount decimal(10,2) OUTPUT, @FinalAmount decimal(10,2) OUTPUT,
    @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT, @RemainingUses int OUTPUT,
    @RemainingUsesForUser int OUTPUT, @RiskScore decimal(3,2) OUTPUT,
    @RequiresCaptcha bit OUTPUT, @SuggestedCouponCode nvarchar(50) OUTPUT,
    @LicenseKey nvarchar(50) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponType nvarchar(30), @BaseAmount decimal(10,2), @CreditsApplied int,
            @ExpiresAt datetime2(3), @NeedsReview bit, @LockUntil datetime2(3),
            @FraudJson nvarchar(max), @Detail nvarchar(200), @CouponStripeNo tinyint,
            @CampaignStripeNo tinyint, @IsHeld bit;

    SET @RedemptionId = NULL;

    EXEC dbo.sp_i_Evaluate
         @IsDryRun = 0, @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed,
         @UserId = @UserId, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
         @OrderAmount = @OrderAmount, @OrderId = @OrderId, @CurrencyCode = @CurrencyCode OUTPUT,
         @Tier = @Tier OUTPUT, @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
         @CountryCode = @CountryCode OUTPUT, @DeviceFingerprint = @DeviceFingerprint,
         @IsVpn = @IsVpn, @Now = @Now OUTPUT, @FailedStep = @FailedStep OUTPUT,
         @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT, @CouponId = @CouponId OUTPUT,
         @CampaignId = @CampaignId OUTPUT, @CouponType = @CouponType OUTPUT,
         @BaseAmount = @BaseAmount OUTPUT, @DiscountType = @DiscountType OUTPUT,
         @DiscountValue = @DiscountValue OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
         @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
         @CreditsApplied = @CreditsApplied OUTPUT, @MonthsGranted = @MonthsGranted OUTPUT,
         @RemainingUses = @RemainingUses OUTPUT,
         @RemainingUsesForUser = @RemainingUsesForUser OUTPUT,
         @ExpiresAt = @ExpiresAt OUTPUT, @RiskScore = @RiskScore OUTPUT,
         @RequiresCaptcha = @RequiresCaptcha OUTPUT, @NeedsReview = @NeedsReview OUTPUT,
         @LockUntil = @LockUntil OUTPUT, @FraudJson = @FraudJson OUTPUT,
         @SuggestedCouponCode = @SuggestedCouponCode OUTPUT, @IsHeld = @IsHeld OUTPUT;

    IF @ErrorCode IS NULL AND @CouponType = N'byok_migration'
       AND EXISTS (SELECT 1 FROM dbo.PerpetualLicenses AS l
                   WHERE l.UserId = @UserId AND l.Status = N'active')
        SET @ErrorCode = N'ALREADY_LICENSED';
    ELSE IF @ErrorCode IS NULL AND @IsHeld = 1
        EXEC dbo.sp_i_UseHold
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
             @OrderId = @OrderId, @OrderAmount = @OrderAmount, @BaseAmount = @BaseAmount,
             @CreditsApplied = @CreditsApplied, @SubscriptionId = @SubscriptionId,
             @IdempotencyKey = @IdempotencyKey, @Now = @Now,
             @DiscountType = @DiscountType OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
             @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
             @MonthsGranted = @MonthsGranted OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
             @LicenseKey = @LicenseKey OUTPUT, @ErrorCode = @ErrorCode OUTPUT;
    ELSE IF @ErrorCode IS NULL
        EXEC dbo.sp_i_ClaimSlot
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
             @DiscountAmount = @DiscountAmount, @Now = @Now,
             @CouponStripeNo = @CouponStripeNo OUTPUT,
             @CampaignStripeNo = @CampaignStripeNo OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;
    -- What the evaluation admitted was refused after it: by the licence, or by the claim.
    IF @ErrorCode IS NOT NULL AND @Message IS NULL
        EXEC dbo.sp_i_ExplainRefusal
             @ErrorCode = @ErrorCode, @Detail = @Detail, @CouponId = @CouponId,
             @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now, @FailedStep = @FailedStep OUTPUT,
             @Message = @Message OUTPUT, @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;

    -- The use counts to what is gone.
    IF @ErrorCode IS NULL
        SELECT @RemainingUses -= 1, @RemainingUsesForUser -= 1;

    -- Of a hold its pending row has become the success.
    IF @RedemptionId IS NULL
        EXEC dbo.sp_i_RecordRedemption
             @CouponCode = @CouponCode, @UserId = @UserId, @IpAddress = @IpAddress,
             @UserAgent = @UserAgent, @OrderAmount = @OrderAmount, @OrderId = @OrderId,
             @CurrencyCode = @CurrencyCode, @Tier = @Tier, @ServiceType = @ServiceType,
             @ConsultantId = @ConsultantId, @CountryCode = @CountryCode,
             @DeviceFingerprint = @DeviceFingerprint, @MarketingChannel = @MarketingChannel,
             @UtmSource = @UtmSource, @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
             @IdempotencyKey = @IdempotencyKey, @SubscriptionId = @SubscriptionId, @Now = @Now,
             @FailedStep = @FailedStep, @ErrorCode = @ErrorCode, @Message = @Message,
             @CouponId = @CouponId, @CampaignId = @CampaignId, @CouponType = @CouponType,
             @BaseAmount = @BaseAmount, @FinalAmount = @FinalAmount,
             @DiscountType = @DiscountType, @DiscountAmount = @DiscountAmount,
             @CreditsGranted = @CreditsGranted, @CreditsApplied = @CreditsApplied,
             @MonthsGranted = @MonthsGranted, @RiskScore = @RiskScore,
             @NeedsReview = @NeedsReview, @RemainingUses = @RemainingUses,
             @RedemptionId = @RedemptionId OUTPUT, @LicenseKey = @LicenseKey OUTPUT;
    IF @LockUntil IS NOT NULL OR @FraudJson IS NOT NULL
        EXEC dbo.sp_i_RaiseSignals
             @LockUntil = @LockUntil, @FraudJson = @FraudJson, @UserId = @UserId,
             @IpAddress = @IpAddress, @DeviceFingerprint = @DeviceFingerprint,
             @CountryCode = @CountryCode, @CouponId = @CouponId, @CouponCode = @CouponCode,
             @CampaignId = @CampaignId, @RedemptionId = @RedemptionId, @RiskScore = @RiskScore,
             @Now = @Now;

    -- A refusal tells no more than why.
    IF @ErrorCode IS NOT NULL
        SELECT @CouponId = NULL, @CampaignId = NULL, @DiscountType = NULL, @DiscountValue = NULL,
               @DiscountAmount = NULL, @FinalAmount = NULL, @CreditsGranted = NULL,
               @MonthsGranted = NULL, @RemainingUses = NULL, @RemainingUsesForUser = NULL,
               @RiskScore = NULL;
END;
