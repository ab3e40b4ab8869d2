SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One redemption for each key: the stored outcome where the key is known, else the attempt,
           whose outcome is stored under the key.
Called by: sp_RedeemCoupon, inside its transaction.
Locks:     L1: IdempotencyKeys (keyed calls). L2: UserProfiles. L3 to L11 as sp_i_RedeemCore.
Returns:   @State: new, replay (then @Stored is the outcome), or reused; the decision and the quote.
Throws:    50100 a settings row is absent; 50203 the benefit cannot be applied.
Replay:    as sp_i_Idempotency; refusals are outcomes, too.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RedeemOnce
    @CouponCode nvarchar(50), @IsWellFormed bit, @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @IsVpn bit, @MarketingChannel nvarchar(20), @UtmSource nvarchar(100),
    @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100),
    @SubscriptionId bigint, @State nvarchar(10) OUTPUT, @Stored nvarchar(max) OUTPUT,
    @FailedStep nvarchar(4) OUTPUT, @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT,
    @RedemptionId bigint OUTPUT, @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT,
    @DiscountType nvarchar(20) OUTPUT, @DiscountValue decimal(10,2) OUTPUT,
    @DiscountAmount decimal(10,2) OUTPUT, @FinalAmount decimal(10,2) OUTPUT,
    @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT, @RemainingUses int OUTPUT,
    @RemainingUsesForUser int OUTPUT, @RiskScore decimal(3,2) OUTPUT,
    @RequiresCaptcha bit OUTPUT, @SuggestedCouponCode nvarchar(50) OUTPUT,
    @LicenseKey nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @IsOk bit;

    SET @State = N'new';
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
END;
