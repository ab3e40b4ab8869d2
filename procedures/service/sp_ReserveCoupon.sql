SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds a slot, and its budget, for a checkout: evaluates S00 to S25 on locked rows, counts
           the slot as reserved and quotes the price until the reservation expires. The open
           reservation of the same user, coupon and order is returned, not extended.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys (keyed calls). L2: UserProfiles. L3 to L8 and L11 as
           sp_i_ReserveOnce. Own transaction, or that of the caller.
Returns:   SR + FailedStep, ReservationId, RedemptionId, CouponId, CampaignId, DiscountType,
           DiscountAmount, FinalAmount, CreditsGranted, MonthsGranted, ExpiresAt, RemainingUses,
           IsExisting, RiskScore, RequiresCaptcha, SuggestedCouponCode, IsReplay.
Throws:    50001, 50002, 50003, 50008 bad arguments (sp_i_CheckAttempt); 50100 a settings row is
           absent; 50102 called in a doomed transaction; 50200 a counter broke its limit; 50201 as
           sp_i_CloseReservation.
Replay:    the same @IdempotencyKey with the same business arguments returns the first outcome,
           refusals too, with IsReplay 1; with others IDEMPOTENCY_KEY_REUSED. Without a key, the
           open reservation is found by user, coupon and order.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ReserveCoupon
    @CouponCode nvarchar(200), @UserId nvarchar(200),
    @IpAddress nvarchar(45) = NULL, @UserAgent nvarchar(500) = NULL,
    @OrderAmount decimal(10,2) = NULL, @OrderId nvarchar(200) = NULL,
    @CurrencyCode nchar(3) = NULL, @Tier nvarchar(20) = NULL, @ServiceType nvarchar(50) = NULL,
    @ConsultantId nvarchar(50) = NULL, @CountryCode nchar(2) = NULL,
    @DeviceFingerprint nvarchar(128) = NULL, @IsVpn bit = NULL,
    @MarketingChannel nvarchar(20) = NULL, @UtmSource nvarchar(100) = NULL,
    @UtmMedium nvarchar(100) = NULL, @UtmCampaign nvarchar(100) = NULL,
    @IdempotencyKey nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @IsWellFormed bit,
            @State nvarchar(10), @FailedStep nvarchar(4), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @ReservationId bigint, @RedemptionId bigint,
            @CouponId bigint, @CampaignId nvarchar(100), @DiscountType nvarchar(20),
            @DiscountAmount decimal(10,2), @FinalAmount decimal(10,2), @CreditsGranted int,
            @MonthsGranted int, @ExpiresAt datetime2(3), @RemainingUses int, @IsExisting bit,
            @RiskScore decimal(3,2), @RequiresCaptcha bit, @SuggestedCouponCode nvarchar(50);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAttempt
         @CouponCode = @CouponCode OUTPUT, @IsWellFormed = @IsWellFormed OUTPUT,
         @UserId = @UserId OUTPUT, @IpAddress = @IpAddress OUTPUT, @UserAgent = @UserAgent OUTPUT,
         @OrderAmount = @OrderAmount, @OrderId = @OrderId OUTPUT,
         @CurrencyCode = @CurrencyCode OUTPUT, @Tier = @Tier OUTPUT,
         @ServiceType = @ServiceType OUTPUT, @ConsultantId = @ConsultantId OUTPUT,
         @CountryCode = @CountryCode OUTPUT, @DeviceFingerprint = @DeviceFingerprint OUTPUT,
         @MarketingChannel = @MarketingChannel OUTPUT, @IdempotencyKey = @IdempotencyKey OUTPUT;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_ReserveOnce
             @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed, @UserId = @UserId,
             @IpAddress = @IpAddress, @UserAgent = @UserAgent, @OrderAmount = @OrderAmount,
             @OrderId = @OrderId, @CurrencyCode = @CurrencyCode, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @DeviceFingerprint = @DeviceFingerprint,
             @IsVpn = @IsVpn, @MarketingChannel = @MarketingChannel, @UtmSource = @UtmSource,
             @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
             @IdempotencyKey = @IdempotencyKey, @State = @State OUTPUT,
             @FailedStep = @FailedStep OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT, @ReservationId = @ReservationId OUTPUT,
             @RedemptionId = @RedemptionId OUTPUT, @CouponId = @CouponId OUTPUT,
             @CampaignId = @CampaignId OUTPUT, @DiscountType = @DiscountType OUTPUT,
             @DiscountAmount = @DiscountAmount OUTPUT, @FinalAmount = @FinalAmount OUTPUT,
             @CreditsGranted = @CreditsGranted OUTPUT, @MonthsGranted = @MonthsGranted OUTPUT,
             @ExpiresAt = @ExpiresAt OUTPUT, @RemainingUses = @RemainingUses OUTPUT,
             @IsExisting = @IsExisting OUTPUT, @RiskScore = @RiskScore OUTPUT,
             @RequiresCaptcha = @RequiresCaptcha OUTPUT,
             @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message,
           @FailedStep AS FailedStep, @ReservationId AS ReservationId,
           @RedemptionId AS RedemptionId, @CouponId AS CouponId, @CampaignId AS CampaignId,
           @DiscountType AS DiscountType, @DiscountAmount AS DiscountAmount,
           @FinalAmount AS FinalAmount, @CreditsGranted AS CreditsGranted,
           @MonthsGranted AS MonthsGranted, @ExpiresAt AS ExpiresAt,
           @RemainingUses AS RemainingUses, @IsExisting AS IsExisting, @RiskScore AS RiskScore,
           @RequiresCaptcha AS RequiresCaptcha, @SuggestedCouponCode AS SuggestedCouponCode,
           CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsReplay;
END;
