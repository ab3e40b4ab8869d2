SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One attempt to hold a slot for a checkout. The open reservation of the same user, coupon
           and order is returned without being extended; a changed amount is quoted anew. One that
           is overdue or marked for closing is closed first. A refused attempt writes its ledger
           row, its fraud events, a lock-out if one is due, and nothing else.
Called by: sp_ReserveCoupon.
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
            @CouponStripeNo tinyint, @CampaignStripeNo tinyint, @HoldId bigint,
            @IsDead bit = 0, @IsSame bit, @Open int, @MaxOpen int;

    SELECT @IsExisting = 0, @ErrorCode = NULL, @ReservationId = NULL;

    -- Under L2 nobody opens or closes a reservation of this user.
    SELECT @HoldId = r.ReservationId,
           @IsDead = IIF(r.ExpiresAt < @Now OR r.CloseReason IS NOT NULL, 1, 0),
           @IsSame = IIF(@OrderAmount IS NULL OR @OrderAmount = r.OrderAmount, 1, 0)
    FROM dbo.Reservations AS r
    INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId
    WHERE c.CouponCode = @CouponCode AND r.UserId = @UserId AND r.Status = N'Reserved'
      AND (r.OrderId = @OrderId OR (r.OrderId IS NULL AND @OrderId IS NULL));
    IF @IsDead = 1
    BEGIN
        EXEC dbo.sp_i_LockCoupon @CouponCode = @CouponCode;
        -- A slot is taken where this one goes back: nobody holds one stripe and waits for another.
        EXEC dbo.sp_i_CloseReservation
             @ReservationId = @HoldId, @Status = N'Expired', @Reason = N'timeout', @Now = @Now,
             @CouponStripeNo = @CouponStripeNo OUTPUT,
             @CampaignStripeNo = @CampaignStripeNo OUTPUT;
        SET @HoldId = NULL;
    END;

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
        IF @IsSame = 0
            EXEC dbo.sp_i_QuoteHold
                 @ReservationId = @HoldId, @OrderAmount = @OrderAmount, @BaseAmount = @BaseAmount,
                 @FinalAmount = @FinalAmount, @DiscountType = @DiscountType,
                 @DiscountAmount = @DiscountAmount, @CreditsGranted = @CreditsGranted,
                 @CreditsApplied = @CreditsApplied, @MonthsGranted = @MonthsGranted, @Now = @Now,
                 @ErrorCode = @ErrorCode OUTPUT;
        IF @ErrorCode IS NULL
        BEGIN
            SELECT @ReservationId = r.ReservationId, @RedemptionId = r.RedemptionId,
                   @DiscountType = r.DiscountType, @DiscountAmount = r.DiscountAmount,
                   @FinalAmount = r.FinalAmount, @CreditsGranted = r.CreditsGranted,
                   @MonthsGranted = r.MonthsGranted, @ExpiresAt = r.ExpiresAt, @IsExisting = 1
            FROM dbo.Reservations AS r
            WHERE r.ReservationId = @HoldId;
            RETURN;
        END;
    END
    ELSE IF @ErrorCode IS NULL
    BEGIN
        SELECT @MaxOpen = s.IntValue FROM dbo.fn_Setting(N'reservation_max_active_per_user') AS s;
        IF @MaxOpen IS NULL
            THROW 50100, N'SETTING_MISSING: reservation_max_active_per_user is absent.', 1;
        -- What is overdue waits for the sweep only.
        SELECT @Open = COUNT(*)
        FROM dbo.Reservations AS r
        WHERE r.UserId = @UserId AND r.Status = N'Reserved' AND r.ExpiresAt >= @Now;
        IF @Open >= @MaxOpen
            SELECT @ErrorCode = N'RESERVATION_LIMIT_REACHED', @Detail = @MaxOpen;
        ELSE IF @CouponType = N'byok_migration'
           AND EXISTS (SELECT 1 FROM dbo.PerpetualLicenses AS l
                       WHERE l.UserId = @UserId AND l.Status = N'active')
            SET @ErrorCode = N'ALREADY_LICENSED';
        ELSE
            EXEC dbo.sp_i_ClaimSlot
                 @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
                 @DiscountAmount = @DiscountAmount, @AsReserved = 1, @Now = @Now,
                 @CouponStripeNo = @CouponStripeNo OUTPUT,
                 @CampaignStripeNo = @CampaignStripeNo OUTPUT,
                 @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;
    END;
    IF @ErrorCode IS NOT NULL AND @Message IS NULL
    BEGIN
        EXEC dbo.sp_i_DescribeRefusal
             @ErrorCode = @ErrorCode, @Detail = @Detail, @FailedStep = @FailedStep OUTPUT,
             @Message = @Message OUTPUT;
        EXEC dbo.sp_i_SuggestCoupon
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now,
             @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;
    END;

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

    IF @LockUntil IS NOT NULL
        UPDATE dbo.UserProfiles SET LockedUntil = @LockUntil WHERE UserId = @UserId;
    IF @FraudJson IS NOT NULL
        EXEC dbo.sp_i_RaiseSignals
             @FraudJson = @FraudJson, @UserId = @UserId, @IpAddress = @IpAddress,
             @DeviceFingerprint = @DeviceFingerprint, @CountryCode = @CountryCode,
             @CouponId = @CouponId, @CouponCode = @CouponCode, @CampaignId = @CampaignId,
             @RedemptionId = @RedemptionId, @RiskScore = @RiskScore, @Now = @Now;

    SET @RemainingUses -= 1;
    -- A refusal tells no more than why.
    IF @ErrorCode IS NOT NULL
        SELECT @RedemptionId = NULL, @CouponId = NULL, @CampaignId = NULL, @DiscountType = NULL,
               @DiscountAmount = NULL, @FinalAmount = NULL, @CreditsGranted = NULL,
               @MonthsGranted = NULL, @RemainingUses = NULL, @RiskScore = NULL;
END;
