SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Redeems a code at once, where no payment step follows: evaluates S00 to S25 on locked
           rows, takes the use, writes the ledger. A refusal is an answer (Success 0) and is
           recorded as a failed attempt. An order that holds a slot uses the slot that it holds.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys (keyed calls). L2: UserProfiles. L3 to L6 and L9 to L11 as
           sp_i_RedeemCore. Own transaction, or that of the caller.
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
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @IsWellFormed bit, @Now datetime2(3),
            @State nvarchar(10) = N'new', @Stored nvarchar(max),
            @FailedStep nvarchar(4), @ErrorCode nvarchar(50), @Message nvarchar(400),
            @RedemptionId bigint, @CouponId bigint, @CampaignId nvarchar(100),
            @DiscountType nvarchar(20), @DiscountValue decimal(10,2),
            @DiscountAmount decimal(10,2), @FinalAmount decimal(10,2), @CreditsGranted int,
            @MonthsGranted int, @RemainingUses int, @RemainingUsesForUser int,
            @RiskScore decimal(3,2), @RequiresCaptcha bit, @SuggestedCouponCode nvarchar(50),
            @LicenseKey nvarchar(50), @IsOk bit;

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

        IF @IdempotencyKey IS NOT NULL
            EXEC dbo.sp_i_ClaimRedemptionKey
                 @IdempotencyKey = @IdempotencyKey, @CouponCode = @CouponCode, @UserId = @UserId,
                 @OrderAmount = @OrderAmount, @OrderId = @OrderId, @CurrencyCode = @CurrencyCode,
                 @Tier = @Tier, @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
                 @CountryCode = @CountryCode, @SubscriptionId = @SubscriptionId,
                 @State = @State OUTPUT, @StoredResult = @Stored OUTPUT;

        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
            EXEC dbo.sp_i_RedeemCore
                 @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed, @UserId = @UserId,
                 @IpAddress = @IpAddress, @UserAgent = @UserAgent, @OrderAmount = @OrderAmount,
                 @OrderId = @OrderId, @CurrencyCode = @CurrencyCode, @Tier = @Tier,
                 @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
                 @CountryCode = @CountryCode, @DeviceFingerprint = @DeviceFingerprint,
                 @IsVpn = @IsVpn, @MarketingChannel = @MarketingChannel, @UtmSource = @UtmSource,
                 @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
                 @IdempotencyKey = @IdempotencyKey, @SubscriptionId = @SubscriptionId,
                 @Now = @Now, @FailedStep = @FailedStep OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
                 @Message = @Message OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
                 @CouponId = @CouponId OUTPUT, @CampaignId = @CampaignId OUTPUT,
                 @DiscountType = @DiscountType OUTPUT, @DiscountValue = @DiscountValue OUTPUT,
                 @DiscountAmount = @DiscountAmount OUTPUT, @FinalAmount = @FinalAmount OUTPUT,
                 @CreditsGranted = @CreditsGranted OUTPUT, @MonthsGranted = @MonthsGranted OUTPUT,
                 @RemainingUses = @RemainingUses OUTPUT,
                 @RemainingUsesForUser = @RemainingUsesForUser OUTPUT,
                 @RiskScore = @RiskScore OUTPUT, @RequiresCaptcha = @RequiresCaptcha OUTPUT,
                 @SuggestedCouponCode = @SuggestedCouponCode OUTPUT,
                 @LicenseKey = @LicenseKey OUTPUT;
        END
        ELSE IF @State = N'reused'
            SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
                   @Message = N'Key was used with other arguments.';

        SELECT @IsOk = IIF(@ErrorCode IS NULL, 1, 0), @Message = COALESCE(@Message, N'Redeemed.');

        IF @IdempotencyKey IS NOT NULL AND @State = N'new'
        BEGIN
            SET @Stored = (SELECT @IsOk AS Success, @ErrorCode AS ErrorCode, @Message AS Message,
                                  @FailedStep AS FailedStep, @RedemptionId AS RedemptionId,
                                  @CouponId AS CouponId,
                                  IIF(@IsOk = 1, @CouponCode, NULL) AS CouponCode,
                                  @CampaignId AS CampaignId,
                                  @DiscountType AS DiscountType,
                                  @DiscountValue AS DiscountValue,
                                  @DiscountAmount AS DiscountAmount,
                                  @FinalAmount AS FinalAmount,
                                  IIF(@IsOk = 1, IIF(@FinalAmount = 0, 1, 0),
                                      NULL) AS IsZeroPayment,
                                  @CreditsGranted AS CreditsGranted,
                                  @MonthsGranted AS MonthsGranted, @LicenseKey AS LicenseKey,
                                  @RemainingUses AS RemainingUses,
                                  @RemainingUsesForUser AS RemainingUsesForUser,
                                  @RiskScore AS RiskScore, @RequiresCaptcha AS RequiresCaptcha,
                                  @SuggestedCouponCode AS SuggestedCouponCode
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'RedeemCoupon', @IdempotencyKey = @IdempotencyKey, @Outcome = @Stored;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        -- 547: a CHECK constraint stood behind a counter. It is our fault, not the caller's.
        IF ERROR_NUMBER() = 547
        BEGIN
            SET @Message = CONCAT(N'INVARIANT_COUNTER: ', LEFT(ERROR_MESSAGE(), 350));
            THROW 50200, @Message, 1;
        END;
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
