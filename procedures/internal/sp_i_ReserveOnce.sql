SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One reservation for each key: the stored outcome where the key is known, else the
           attempt, whose outcome is stored under the key.
Called by: sp_ReserveCoupon, inside its transaction.
Locks:     L1: IdempotencyKeys (keyed calls). L2: UserProfiles. L3 to L8 and L11 as
           sp_i_ReserveCore.
Returns:   @State: new, replay or reused; the decision and the quote.
Throws:    50100 a settings row is absent; 50200, 50201 as sp_i_ReserveCore.
Replay:    as sp_i_Idempotency; refusals are outcomes, too.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReserveOnce
    @CouponCode nvarchar(50), @IsWellFormed bit, @UserId nvarchar(100), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @OrderAmount decimal(10,2), @OrderId nvarchar(100),
    @CurrencyCode nchar(3), @Tier nvarchar(20), @ServiceType nvarchar(50),
    @ConsultantId nvarchar(50), @CountryCode nchar(2), @DeviceFingerprint nvarchar(128),
    @IsVpn bit, @MarketingChannel nvarchar(20), @UtmSource nvarchar(100),
    @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100), @IdempotencyKey nvarchar(100),
    @State nvarchar(10) OUTPUT,
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
    DECLARE @Now datetime2(3), @Stored nvarchar(max);

    SELECT @State = N'new', @IsExisting = 0;
    IF @IdempotencyKey IS NOT NULL
        EXEC dbo.sp_i_ClaimRedemptionKey
             @Scope = N'ReserveCoupon',
             @IdempotencyKey = @IdempotencyKey, @CouponCode = @CouponCode, @UserId = @UserId,
             @OrderAmount = @OrderAmount, @OrderId = @OrderId, @CurrencyCode = @CurrencyCode,
             @Tier = @Tier, @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @SubscriptionId = NULL,
             @State = @State OUTPUT, @StoredResult = @Stored OUTPUT;

    IF @State = N'new'
    BEGIN
        EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
        EXEC dbo.sp_i_ReserveCore
             @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed, @UserId = @UserId,
             @IpAddress = @IpAddress, @UserAgent = @UserAgent, @OrderAmount = @OrderAmount,
             @OrderId = @OrderId, @CurrencyCode = @CurrencyCode, @Tier = @Tier,
             @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @DeviceFingerprint = @DeviceFingerprint,
             @IsVpn = @IsVpn, @MarketingChannel = @MarketingChannel, @UtmSource = @UtmSource,
             @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
             @IdempotencyKey = @IdempotencyKey, @Now = @Now,
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
    END
    ELSE IF @State = N'reused'
        SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
               @Message = N'Key was used with other arguments.';
    ELSE
        SELECT @ErrorCode = j.ErrorCode, @Message = j.Message,
               @FailedStep = j.FailedStep, @ReservationId = j.ReservationId,
               @RedemptionId = j.RedemptionId, @CouponId = j.CouponId,
               @CampaignId = j.CampaignId, @DiscountType = j.DiscountType,
               @DiscountAmount = j.DiscountAmount, @FinalAmount = j.FinalAmount,
               @CreditsGranted = j.CreditsGranted, @MonthsGranted = j.MonthsGranted,
               @ExpiresAt = j.ExpiresAt, @RemainingUses = j.RemainingUses,
               @IsExisting = j.IsExisting, @RiskScore = j.RiskScore,
               @RequiresCaptcha = j.RequiresCaptcha,
               @SuggestedCouponCode = j.SuggestedCouponCode
        FROM OPENJSON(@Stored) WITH (
            ErrorCode nvarchar(50), Message nvarchar(400),
            FailedStep nvarchar(4), ReservationId bigint, RedemptionId bigint,
            CouponId bigint, CampaignId nvarchar(100), DiscountType nvarchar(20),
            DiscountAmount decimal(10,2), FinalAmount decimal(10,2), CreditsGranted int,
            MonthsGranted int, ExpiresAt datetime2(3), RemainingUses int, IsExisting bit,
            RiskScore decimal(3,2), RequiresCaptcha bit, SuggestedCouponCode nvarchar(50)) AS j;

    SELECT @Message = COALESCE(@Message, N'Reserved.'),
           @RequiresCaptcha = COALESCE(@RequiresCaptcha, 0);

    IF @IdempotencyKey IS NOT NULL AND @State = N'new'
    BEGIN
        SET @Stored = (SELECT @ErrorCode AS ErrorCode, @Message AS Message,
                              @FailedStep AS FailedStep, @ReservationId AS ReservationId,
                              @RedemptionId AS RedemptionId, @CouponId AS CouponId,
                              @CampaignId AS CampaignId, @DiscountType AS DiscountType,
                              @DiscountAmount AS DiscountAmount, @FinalAmount AS FinalAmount,
                              @CreditsGranted AS CreditsGranted,
                              @MonthsGranted AS MonthsGranted, @ExpiresAt AS ExpiresAt,
                              @RemainingUses AS RemainingUses, @IsExisting AS IsExisting,
                              @RiskScore AS RiskScore, @RequiresCaptcha AS RequiresCaptcha,
                              @SuggestedCouponCode AS SuggestedCouponCode
                       FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
        EXEC dbo.sp_i_Idempotency
             @Scope = N'ReserveCoupon', @IdempotencyKey = @IdempotencyKey,
             @Outcome = @Stored;
    END;
END;
