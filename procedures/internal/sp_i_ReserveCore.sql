SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One attempt to hold a slot for a checkout. The open reservation of the same user, coupon
           and order is returned without being extended; a changed amount is quoted anew. One that
           is overdue or marked for closing is closed first. A refused attempt writes its ledger
           row, its fraud events, a lock-out if one is due, and nothing else.
Called by: sp_i_ReserveOnce.
Locks:     the caller holds L2 (and L1). L3 to L6 as sp_i_LockCoupon and sp_i_ClaimSlot;
           L7: Reservations. L8: the pending row of an overdue reservation, or of a new quote.
           L11: Reservations, RedemptionHistory, UserDevices, FraudEvents, OutboxEvents, AuditLog.
Returns:   the decision and the quote.
Throws:    50100 a settings row is absent; 50200, 50201 as sp_i_CloseReservation.
Replay:    none here; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReserveCore
    @CouponCode nvarchar(50), @IsWellFormed bit, @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @IsVpn bit, @MarketingChannel nvarchar(20), @UtmSource nvarchar(100),
    @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100),
    @Now datetime2(3),
    @FailedStep nvarchar(4) OUTPUT, @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT,
    @ReservationId bigint OUTPUT, @RedemptionId bigint OUTPUT, @CouponId bigint OUTPUT,
    @CampaignId nvarchar(100) OUTPUT, @DiscountType nvarchar(20) OUTPUT,
    @DiscountAmount decimal(10,2) OUTPUT, @FinalAmount decimal(10,2) OUTPUT,
    @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT, @ExpiresAt datetime2(3) OUTPUT,
    @RemainingUses int OUTPUT, @IsExisting bit OUTPUT, @RiskScore decimal(3,2) OUTPUT,
    @RequiresCaptcha bit OUTPUT, @SuggestedCouponCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponType nvarchar(30), @BaseAmount decimal(10,2), @CreditsApplied int,
            @Value decimal(10,2), @RemainingForUser int, @Ends datetime2(3), @NeedsReview bit,
            @LockUntil datetime2(3), @FraudJson nvarchar(max), @Detail nvarchar(200),
            @CouponStripeNo tinyint, @CampaignStripeNo tinyint, @HoldId bigint, @IsSame bit;

    SELECT @IsExisting = 0, @ErrorCode = NULL, @ReservationId = NULL;

    -- A slot is taken where a dead one goes back: nobody holds one stripe and waits for another.
    EXEC dbo.sp_i_FindHold
         @CouponCode = @CouponCode, @UserId = @UserId, @OrderId = @OrderId,
         @OrderAmount = @OrderAmount, @Now = @Now, @HoldId = @HoldId OUTPUT,
         @IsSame = @IsSame OUTPUT, @CouponStripeNo = @CouponStripeNo OUTPUT,
         @CampaignStripeNo = @CampaignStripeNo OUTPUT;

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
         @DiscountValue = @Value OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
         @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
         @CreditsApplied = @CreditsApplied OUTPUT, @MonthsGranted = @MonthsGranted OUTPUT,
         @RemainingUses = @RemainingUses OUTPUT,
         @RemainingUsesForUser = @RemainingForUser OUTPUT,
         @ExpiresAt = @Ends OUTPUT, @RiskScore = @RiskScore OUTPUT,
         @RequiresCaptcha = @RequiresCaptcha OUTPUT, @NeedsReview = @NeedsReview OUTPUT,
         @LockUntil = @LockUntil OUTPUT, @FraudJson = @FraudJson OUTPUT,
         @SuggestedCouponCode = @SuggestedCouponCode OUTPUT, @HoldId = @HoldId;

    -- Unchanged, an open checkout is not quoted again.
    IF @HoldId IS NOT NULL AND @IsSame = 1
       AND @FailedStep COLLATE Latin1_General_100_BIN2 BETWEEN N'S18' AND N'S21'
        SELECT @ErrorCode = NULL, @FailedStep = NULL, @Message = NULL, @FraudJson = NULL,
               @SuggestedCouponCode = NULL;

    IF @ErrorCode IS NULL AND @HoldId IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_ContinueHold
             @ReservationId = @HoldId, @IsSame = @IsSame, @OrderAmount = @OrderAmount,
             @BaseAmount = @BaseAmount, @CreditsApplied = @CreditsApplied, @Now = @Now,
             @DiscountType = @DiscountType OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
             @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
             @MonthsGranted = @MonthsGranted OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
             @ExpiresAt = @ExpiresAt OUTPUT, @ErrorCode = @ErrorCode OUTPUT;
        IF @ErrorCode IS NULL
        BEGIN
            SELECT @ReservationId = @HoldId, @IsExisting = 1;
            RETURN;
        END;
    END
    ELSE IF @ErrorCode IS NULL
        EXEC dbo.sp_i_HoldSlot
             @CouponId = @CouponId, @CampaignId = @CampaignId, @CouponType = @CouponType,
             @UserId = @UserId, @DiscountAmount = @DiscountAmount, @Now = @Now,
             @CouponStripeNo = @CouponStripeNo OUTPUT,
             @CampaignStripeNo = @CampaignStripeNo OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;
    -- What the evaluation admitted was refused after it.
    IF @ErrorCode IS NOT NULL AND @Message IS NULL
        EXEC dbo.sp_i_ExplainRefusal
             @ErrorCode = @ErrorCode, @Detail = @Detail, @CouponId = @CouponId,
             @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now, @FailedStep = @FailedStep OUTPUT,
             @Message = @Message OUTPUT, @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;

    EXEC dbo.sp_i_OpenReservation
         @CouponCode = @CouponCode, @UserId = @UserId, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @OrderAmount = @OrderAmount, @OrderId = @OrderId,
         @CurrencyCode = @CurrencyCode, @Tier = @Tier, @ServiceType = @ServiceType,
         @ConsultantId = @ConsultantId, @CountryCode = @CountryCode,
         @DeviceFingerprint = @DeviceFingerprint, @MarketingChannel = @MarketingChannel,
         @UtmSource = @UtmSource, @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
         @IdempotencyKey = @IdempotencyKey, @Now = @Now, @FailedStep = @FailedStep,
         @ErrorCode = @ErrorCode, @Message = @Message, @CouponId = @CouponId,
         @CampaignId = @CampaignId, @BaseAmount = @BaseAmount, @FinalAmount = @FinalAmount,
         @DiscountType = @DiscountType, @DiscountAmount = @DiscountAmount,
         @CreditsGranted = @CreditsGranted, @CreditsApplied = @CreditsApplied,
         @MonthsGranted = @MonthsGranted, @RiskScore = @RiskScore, @NeedsReview = @NeedsReview,
         @CouponStripeNo = @CouponStripeNo, @CampaignStripeNo = @CampaignStripeNo,
         @ReservationId = @ReservationId OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
         @ExpiresAt = @ExpiresAt OUTPUT;

    IF @LockUntil IS NOT NULL OR @FraudJson IS NOT NULL
        EXEC dbo.sp_i_RaiseSignals
             @LockUntil = @LockUntil, @FraudJson = @FraudJson, @UserId = @UserId,
             @IpAddress = @IpAddress, @DeviceFingerprint = @DeviceFingerprint,
             @CountryCode = @CountryCode, @CouponId = @CouponId, @CouponCode = @CouponCode,
             @CampaignId = @CampaignId, @RedemptionId = @RedemptionId, @RiskScore = @RiskScore,
             @Now = @Now;

    SET @RemainingUses -= 1;
    -- A refusal tells no more than why.
    IF @ErrorCode IS NOT NULL
        SELECT @RedemptionId = NULL, @CouponId = NULL, @CampaignId = NULL, @DiscountType = NULL,
               @DiscountAmount = NULL, @FinalAmount = NULL, @CreditsGranted = NULL,
               @MonthsGranted = NULL, @RemainingUses = NULL, @RiskScore = NULL;
END;
