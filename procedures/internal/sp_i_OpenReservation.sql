SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes down an attempt to reserve: one ledger row, failed or pending, and of an admitted
           one the reservation, the device, and reservation_created.
Called by: sp_i_ReserveCore, after the slot was claimed or refused.
Locks:     the caller holds L2. L11: Reservations, RedemptionHistory, UserDevices, OutboxEvents.
Returns:   @RedemptionId; @ReservationId and @ExpiresAt of an admitted attempt.
Throws:    50100 a settings row is absent.
Replay:    none; UQ_Reservations_Active keeps one open reservation for user, coupon and order.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_OpenReservation
    @CouponCode nvarchar(50), @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @MarketingChannel nvarchar(20), @UtmSource nvarchar(100), @UtmMedium nvarchar(100),
    @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100), @Now datetime2(3),
    @FailedStep nvarchar(4), @ErrorCode nvarchar(50), @Message nvarchar(400),
    @CouponId bigint, @CampaignId nvarchar(100), @BaseAmount decimal(10,2),
    @FinalAmount decimal(10,2), @DiscountType nvarchar(20), @DiscountAmount decimal(10,2),
    @CreditsGranted int, @CreditsApplied int, @MonthsGranted int, @RiskScore decimal(3,2),
    @NeedsReview bit, @CouponStripeNo tinyint, @CampaignStripeNo tinyint,
    @ReservationId bigint OUTPUT, @RedemptionId bigint OUTPUT, @ExpiresAt datetime2(3) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsOpen bit = IIF(@ErrorCode IS NULL, 1, 0), @Minutes int, @Payload nvarchar(max),
            @EntityId nvarchar(120);

    SELECT @ReservationId = NULL, @ExpiresAt = NULL;
    IF @IsOpen = 1
    BEGIN
        SELECT @Minutes = s.IntValue FROM dbo.fn_Setting(N'reservation_minutes') AS s;
        IF @Minutes IS NULL
            THROW 50100, N'SETTING_MISSING: reservation_minutes is absent.', 1;
        SET @ExpiresAt = DATEADD(MINUTE, @Minutes, @Now);

        -- The reservation first, so that the ledger row is written once; it is named below.
        INSERT INTO dbo.Reservations
            (CouponId, CampaignId, UserId, OrderId, Status, OrderAmount, BaseAmount, FinalAmount,
             CurrencyCode, DiscountType, DiscountAmount, CreditsGranted, CreditsApplied,
             MonthsGranted, RedemptionId, CampaignStripeNo, CouponStripeNo, ReservedAt, ExpiresAt,
             IpAddress, UserAgent, DeviceFingerprint)
        VALUES
            (@CouponId, @CampaignId, @UserId, @OrderId, N'Reserved', @OrderAmount, @BaseAmount,
             @FinalAmount, @CurrencyCode, @DiscountType, @DiscountAmount, @CreditsGranted,
             @CreditsApplied, @MonthsGranted, 0, @CampaignStripeNo, @CouponStripeNo, @Now,
             @ExpiresAt, @IpAddress, @UserAgent, @DeviceFingerprint);
        SET @ReservationId = SCOPE_IDENTITY();
    END;

    EXEC dbo.sp_i_RecordAttempt
         @CouponCode = @CouponCode, @UserId = @UserId, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @OrderAmount = @OrderAmount, @OrderId = @OrderId,
         @CurrencyCode = @CurrencyCode, @Tier = @Tier, @ServiceType = @ServiceType,
         @ConsultantId = @ConsultantId, @CountryCode = @CountryCode,
         @DeviceFingerprint = @DeviceFingerprint, @MarketingChannel = @MarketingChannel,
         @UtmSource = @UtmSource, @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
         @IdempotencyKey = @IdempotencyKey, @SubscriptionId = NULL,
         @ReservationId = @ReservationId, @Now = @Now, @FailedStep = @FailedStep,
         @ErrorCode = @ErrorCode, @Message = @Message, @CouponId = @CouponId,
         @CampaignId = @CampaignId, @BaseAmount = @BaseAmount, @FinalAmount = @FinalAmount,
         @DiscountType = @DiscountType, @DiscountAmount = @DiscountAmount,
         @CreditsGranted = @CreditsGranted, @CreditsApplied = @CreditsApplied,
         @MonthsGranted = @MonthsGranted, @RiskScore = @RiskScore, @NeedsReview = @NeedsReview,
         @RedemptionId = @RedemptionId OUTPUT;
    IF @IsOpen = 0
        RETURN;

    UPDATE dbo.Reservations
    SET RedemptionId = @RedemptionId
    WHERE ReservationId = @ReservationId;

    IF @DeviceFingerprint IS NOT NULL
        EXEC dbo.sp_i_RecordDevice
             @UserId = @UserId, @DeviceFingerprint = @DeviceFingerprint, @Uses = 0, @Now = @Now;

    SET @EntityId = CAST(@ReservationId AS nvarchar(20));
    SET @Payload = (SELECT @ReservationId AS reservationId, @CouponCode AS couponCode,
                           @ExpiresAt AS expiresAt
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_created', @EntityType = N'reservation',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
