SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Dry run of a code: what sp_RedeemCoupon would answer now, by the same steps, and what the
           code is worth. Writes a coupon_view row (which the rate limit counts), and for guessing
           of codes the fraud event with its lock-out; nothing else, no counter, no ledger row.
Called by: coupon_service, coupon_ops
Locks:     none but inserts; for guessing a transaction with L2 and L11.
Returns:   SR + FailedStep, CouponId, CouponCode, CampaignId, DiscountType, DiscountValue,
           DiscountAmount, FinalAmount, CreditsGranted, MonthsGranted, RemainingUses,
           RemainingUsesForUser, ExpiresAt, Description, RiskScore, RequiresCaptcha,
           SuggestedCouponCode. A failure from S05 on names code and campaign.
Throws:    50001, 50002, 50003, 50008 bad arguments (sp_i_CheckAttempt); 50100 a settings row is
           absent; 50102 called in a doomed transaction.
Replay:    none; every call looks again.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ValidateCoupon
    @CouponCode nvarchar(200), @UserId nvarchar(200),
    @IpAddress nvarchar(45) = NULL, @UserAgent nvarchar(500) = NULL,
    @OrderAmount decimal(10,2) = NULL, @OrderId nvarchar(200) = NULL,
    @CurrencyCode nchar(3) = NULL, @Tier nvarchar(20) = NULL, @ServiceType nvarchar(50) = NULL,
    @ConsultantId nvarchar(50) = NULL, @CountryCode nchar(2) = NULL,
    @DeviceFingerprint nvarchar(128) = NULL, @IsVpn bit = NULL,
    @MarketingChannel nvarchar(20) = NULL, @UtmSource nvarchar(100) = NULL,
    @UtmMedium nvarchar(100) = NULL, @UtmCampaign nvarchar(100) = NULL,
    @Language nvarchar(10) = N'en', @RecordView bit = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @IsWellFormed bit,
            @Now datetime2(3) = SYSUTCDATETIME(), @FailedStep nvarchar(4),
            @ErrorCode nvarchar(50), @Message nvarchar(400), @CouponId bigint,
            @CampaignId nvarchar(100), @CouponType nvarchar(30), @BaseAmount decimal(10,2),
            @DiscountType nvarchar(20), @DiscountValue decimal(10,2),
            @DiscountAmount decimal(10,2), @FinalAmount decimal(10,2), @CreditsGranted int,
            @CreditsApplied int, @MonthsGranted int, @RemainingUses int,
            @RemainingUsesForUser int, @ExpiresAt datetime2(3), @RiskScore decimal(3,2),
            @RequiresCaptcha bit, @NeedsReview bit, @LockUntil datetime2(3),
            @FraudJson nvarchar(max), @SuggestedCouponCode nvarchar(50),
            @Description nvarchar(1000), @IsOk bit;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAttempt
         @CouponCode = @CouponCode OUTPUT, @IsWellFormed = @IsWellFormed OUTPUT,
         @UserId = @UserId OUTPUT, @IpAddress = @IpAddress OUTPUT, @UserAgent = @UserAgent OUTPUT,
         @OrderAmount = @OrderAmount, @OrderId = @OrderId OUTPUT,
         @CurrencyCode = @CurrencyCode OUTPUT, @Tier = @Tier OUTPUT,
         @ServiceType = @ServiceType OUTPUT, @ConsultantId = @ConsultantId OUTPUT,
         @CountryCode = @CountryCode OUTPUT, @DeviceFingerprint = @DeviceFingerprint OUTPUT,
         @MarketingChannel = @MarketingChannel OUTPUT;

    EXEC dbo.sp_i_Evaluate
         @IsDryRun = 1, @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed,
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
         @SuggestedCouponCode = @SuggestedCouponCode OUTPUT;
    SET @IsOk = IIF(@ErrorCode IS NULL, 1, 0);

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_RecordView
             @RecordView = @RecordView, @CouponCode = @CouponCode, @CouponId = @CouponId,
             @CampaignId = @CampaignId, @UserId = @UserId, @IpAddress = @IpAddress,
             @DeviceFingerprint = @DeviceFingerprint, @CountryCode = @CountryCode,
             @ServiceType = @ServiceType, @FraudJson = @FraudJson, @ErrorCode = @ErrorCode,
             @Now = @Now;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    IF @IsOk = 1
        EXEC dbo.sp_i_ReadDescription
             @CouponId = @CouponId, @Language = @Language, @Description = @Description OUTPUT;

    SELECT @IsOk AS Success, @ErrorCode AS ErrorCode, COALESCE(@Message, N'Valid.') AS Message,
           @FailedStep AS FailedStep, IIF(@IsOk = 1, @CouponId, NULL) AS CouponId,
           IIF(@CouponId IS NULL, NULL, @CouponCode) AS CouponCode, @CampaignId AS CampaignId,
           IIF(@IsOk = 1, @DiscountType, NULL) AS DiscountType,
           IIF(@IsOk = 1, @DiscountValue, NULL) AS DiscountValue,
           IIF(@IsOk = 1, @DiscountAmount, NULL) AS DiscountAmount,
           IIF(@IsOk = 1, @FinalAmount, NULL) AS FinalAmount,
           IIF(@IsOk = 1, @CreditsGranted, NULL) AS CreditsGranted,
           IIF(@IsOk = 1, @MonthsGranted, NULL) AS MonthsGranted,
           IIF(@IsOk = 1, @RemainingUses, NULL) AS RemainingUses,
           IIF(@IsOk = 1, @RemainingUsesForUser, NULL) AS RemainingUsesForUser,
           IIF(@IsOk = 1, @ExpiresAt, NULL) AS ExpiresAt, @Description AS Description,
           IIF(@IsOk = 1, @RiskScore, NULL) AS RiskScore, @RequiresCaptcha AS RequiresCaptcha,
           @SuggestedCouponCode AS SuggestedCouponCode;
END;
