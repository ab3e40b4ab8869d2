SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Redeems a code at once, where no payment step follows: evaluates S00 to S25 on locked
           rows, takes the use, writes the ledger. A refusal is an answer (Success 0) and is
           recorded as a failed attempt. An order that holds a slot uses the slot that it holds.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys (keyed calls). L2: UserProfiles. L3 to L6 and L9 to L11 as
           sp_i_RedeemOnce. Own transaction, or that of the caller.
Returns:   SR + FailedStep, RedemptionId, CouponId, CouponCode, CampaignId, DiscountType,
           DiscountValue, DiscountAmount, FinalAmount, IsZeroPayment, CreditsGranted,
           MonthsGranted, LicenseKey, RemainingUses, RemainingUsesForUser, RiskScore,
           RequiresCaptcha, SuggestedCouponCode, IsReplay.
Throws:    50001, 50002, 50003, 50008 bad arguments (sp_i_CheckAttempt); 50009 @SubscriptionId is
           not of this user; 50100 a settings row is absent; 50102 called in a doomed transaction;
           50200 a counter broke its limit; 50203 the benefit cannot be applied.
Replay:    the same @IdempotencyKey with the same business arguments returns the first outcome,
           refusals too, with IsReplay 1 and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_RedeemCoupon
    @CouponCode nvarchar(200), @UserId nvarchar(200),
    @IpAddress nvarchar(45) = NULL, @UserAgent nvarchar(500) = NULL,
    @OrderAmount decimal(10,2) = NULL, @OrderId nvarchar(200) = NULL,
    @CurrencyCode nchar(3) = NULL, @Tier nvarchar(20) = NULL, @ServiceType nvarchar(50) = NULL,
    @ConsultantId nvarchar(50) = NULL, @CountryCode nchar(2) = NULL,
    @DeviceFingerprint nvarchar(128) = NULL, @IsVpn bit = NULL,
    @MarketingChannel nvarchar(20) = NULL, @UtmSource nvarchar(100) = NULL,
    @UtmMedium nvarchar(100) = NULL, @UtmCampaign nvarchar(100) = NULL,
    @IdempotencyKey nvarchar(200) = NULL, @SubscriptionId bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @IsWellFormed bit, @IsOk bit,
            @State nvarchar(10), @Stored nvarchar(max), @FailedStep nvarchar(4),
            @ErrorCode nvarchar(50), @Message nvarchar(400), @RedemptionId bigint,
            @CouponId bigint, @CampaignId nvarchar(100), @DiscountType nvarchar(20),
            @DiscountValue decimal(10,2), @DiscountAmount decimal(10,2),
            @FinalAmount decimal(10,2), @CreditsGranted int, @MonthsGranted int,
            @RemainingUses int, @RemainingUsesForUser int, @RiskScore decimal(3,2),
            @RequiresCaptcha bit, @SuggestedCouponCode nvarchar(50), @LicenseKey nvarchar(50);

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
    IF @SubscriptionId IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM dbo.Subscriptions AS s
                       WHERE s.SubscriptionId = @SubscriptionId AND s.UserId = @UserId)
        THROW 50009, N'ARG_CONFLICT: @SubscriptionId is not a subscription of @UserId.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_RedeemOnce
             @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed, @UserId = @UserId,
             @IpAddress = @IpAddress, @UserAgent = @UserAgent, @OrderAmount = @OrderAmount,
             @OrderId = @OrderId, @CurrencyCode = @CurrencyCode, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @DeviceFingerprint = @DeviceFingerprint,
             @IsVpn = @IsVpn, @MarketingChannel = @MarketingChannel, @UtmSource = @UtmSource,
             @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
             @IdempotencyKey = @IdempotencyKey, @SubscriptionId = @SubscriptionId,
             @State = @State OUTPUT, @Stored = @Stored OUTPUT, @FailedStep = @FailedStep OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
             @RedemptionId = @RedemptionId OUTPUT, @CouponId = @CouponId OUTPUT,
             @CampaignId = @CampaignId OUTPUT, @DiscountType = @DiscountType OUTPUT,
             @DiscountValue = @DiscountValue OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
             @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
             @MonthsGranted = @MonthsGranted OUTPUT, @RemainingUses = @RemainingUses OUTPUT,
             @RemainingUsesForUser = @RemainingUsesForUser OUTPUT,
             @RiskScore = @RiskScore OUTPUT, @RequiresCaptcha = @RequiresCaptcha OUTPUT,
             @SuggestedCouponCode = @SuggestedCouponCode OUTPUT, @LicenseKey = @LicenseKey OUTPUT;
        SET @IsOk = IIF(@ErrorCode IS NULL, 1, 0);

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    IF @State = N'replay'
        EXEC dbo.sp_i_AnswerRedemption @ResultJson = @Stored;
    ELSE
        SELECT @IsOk AS Success, @ErrorCode AS ErrorCode, @Message AS Message,
               @FailedStep AS FailedStep, @RedemptionId AS RedemptionId, @CouponId AS CouponId,
               IIF(@IsOk = 1, @CouponCode, NULL) AS CouponCode, @CampaignId AS CampaignId,
               @DiscountType AS DiscountType, @DiscountValue AS DiscountValue,
               @DiscountAmount AS DiscountAmount, @FinalAmount AS FinalAmount,
               CAST(IIF(@IsOk = 1, IIF(@FinalAmount = 0, 1, 0), NULL) AS bit) AS IsZeroPayment,
               @CreditsGranted AS CreditsGranted, @MonthsGranted AS MonthsGranted,
               @LicenseKey AS LicenseKey, @RemainingUses AS RemainingUses,
               @RemainingUsesForUser AS RemainingUsesForUser, @RiskScore AS RiskScore,
               COALESCE(@RequiresCaptcha, CAST(0 AS bit)) AS RequiresCaptcha,
               @SuggestedCouponCode AS SuggestedCouponCode, CAST(0 AS bit) AS IsReplay;
END;
