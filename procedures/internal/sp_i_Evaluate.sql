SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The steps S00 to S25, in their order: the only place where it is decided whether a user
           may use a code, and what it is worth. The first failing step decides. Each group of
           steps is a procedure of its own (sp_i_Evaluate…); this one calls them in turn.
           A dry run reads plainly; an attempt locks coupon and campaign before S04, so that what
           was read still holds when the slot is claimed.
Called by: sp_ValidateCoupon (dry run), sp_i_RedeemCore, sp_ReserveCoupon.
Locks:     an attempt holds L2 on entry and takes L3, L4 (sp_i_LockCoupon).
Returns:   the decision (FailedStep, ErrorCode, Message; all NULL = admitted), the quote, what the
           limits leave, and what the writer has to record: RiskScore, NeedsReview, LockUntil,
           FraudJson. @Now is read anew after the last lock.
Throws:    50100 a settings row is absent.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_Evaluate
    @IsDryRun bit, @CouponCode nvarchar(50), @IsWellFormed bit, @UserId nvarchar(100),
    @IpAddress nvarchar(45), @UserAgent nvarchar(500), @OrderAmount decimal(10,2),
    @OrderId nvarchar(100), @CurrencyCode nchar(3) OUTPUT, @Tier nvarchar(20) OUTPUT,
    @ServiceType nvarchar(50), @ConsultantId nvarchar(50), @CountryCode nchar(2) OUTPUT,
    @DeviceFingerprint nvarchar(128), @IsVpn bit, @Now datetime2(3) OUTPUT,
    @FailedStep nvarchar(4) OUTPUT, @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT,
    @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT, @CouponType nvarchar(30) OUTPUT,
    @BaseAmount decimal(10,2) OUTPUT, @DiscountType nvarchar(20) OUTPUT,
    @DiscountValue decimal(10,2) OUTPUT, @DiscountAmount decimal(10,2) OUTPUT,
    @FinalAmount decimal(10,2) OUTPUT, @CreditsGranted int OUTPUT, @CreditsApplied int OUTPUT,
    @MonthsGranted int OUTPUT, @RemainingUses int OUTPUT, @RemainingUsesForUser int OUTPUT,
    @ExpiresAt datetime2(3) OUTPUT, @RiskScore decimal(3,2) OUTPUT, @RequiresCaptcha bit OUTPUT,
    @NeedsReview bit OUTPUT, @LockUntil datetime2(3) OUTPUT, @FraudJson nvarchar(max) OUTPUT,
    @SuggestedCouponCode nvarchar(50) OUTPUT,
    @HoldId bigint = NULL,               -- the open checkout of this user, coupon and order
    @IsHeld bit = NULL OUTPUT            -- there is one: its slot did not count
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Settings
    DECLARE @Enabled int, @ViewsPerMinute int, @PerMinute int, @PerHour int, @PerDay int,
            @PerIp int, @LockoutMinutes int, @VelocityLimit int, @VelocityMinutes int,
            @IpLimit int, @IpMinutes int, @GuessLimit int, @GuessMinutes int, @PerDevice int,
            @PerUserDevices int, @NeedDevice int, @BlockLinked int, @BlockDisposable int,
            @NeedVerified int, @GeoBlocking int, @CaptchaAfter int, @PerOrder int,
            @CreditsPerUsd decimal(12,4), @BlockScore decimal(3,2), @ReviewScore decimal(3,2),
            @FlagScore decimal(3,2);
    -- The caller
    DECLARE @IsWhite bit = 0, @IsAgentWatched bit = 0, @HomeCountry nchar(2), @HasContact bit,
            @Attempts int = 0, @Counted int = 0, @Ips int = 0, @Devices int = 0,
            @Failures int = 0, @Misses int = 0, @Linked int = 0;
    -- The coupon
    DECLARE @HasRules bit, @Budget decimal(10,2), @Taken decimal(10,2), @Currency nchar(3),
            @Minimum decimal(10,2), @IsStackable bit, @Group nvarchar(50),
            @Detail nvarchar(200);

    SELECT @FailedStep = NULL, @ErrorCode = NULL, @Message = NULL, @LockUntil = NULL,
           @FraudJson = NULL, @SuggestedCouponCode = NULL, @RiskScore = NULL;

    EXEC dbo.sp_i_ReadSettings
         @Enabled OUTPUT, @ViewsPerMinute OUTPUT, @PerMinute OUTPUT, @PerHour OUTPUT,
         @PerDay OUTPUT, @PerIp OUTPUT, @LockoutMinutes OUTPUT, @VelocityLimit OUTPUT,
         @VelocityMinutes OUTPUT, @IpLimit OUTPUT, @IpMinutes OUTPUT, @GuessLimit OUTPUT,
         @GuessMinutes OUTPUT, @PerDevice OUTPUT, @PerUserDevices OUTPUT, @NeedDevice OUTPUT,
         @BlockLinked OUTPUT, @BlockDisposable OUTPUT, @NeedVerified OUTPUT, @GeoBlocking OUTPUT,
         @CaptchaAfter OUTPUT, @PerOrder OUTPUT, @CreditsPerUsd OUTPUT, @BlockScore OUTPUT,
         @ReviewScore OUTPUT, @FlagScore OUTPUT;

    EXEC dbo.sp_i_EvaluateCaller  -- S00 to S03
         @IsDryRun = @IsDryRun, @IsWellFormed = @IsWellFormed, @UserId = @UserId,
         @IpAddress = @IpAddress, @UserAgent = @UserAgent,
         @DeviceFingerprint = @DeviceFingerprint, @Now = @Now, @CountryCode = @CountryCode OUTPUT,
         @RedemptionsEnabled = @Enabled, @ViewsPerMinute = @ViewsPerMinute,
         @AttemptsPerMinute = @PerMinute, @AttemptsPerHour = @PerHour, @AttemptsPerDay = @PerDay,
         @AttemptsPerIp = @PerIp, @LockoutMinutes = @LockoutMinutes,
         @VelocityMinutes = @VelocityMinutes, @IpSwitchMinutes = @IpMinutes,
         @GuessMinutes = @GuessMinutes, @BlockDisposable = @BlockDisposable,
         @RequireVerified = @NeedVerified, @GeoBlocking = @GeoBlocking,
         @IsWhite = @IsWhite OUTPUT, @IsAgentWatched = @IsAgentWatched OUTPUT,
         @HomeCountry = @HomeCountry OUTPUT, @HasContact = @HasContact OUTPUT,
         @Attempts = @Attempts OUTPUT, @CountedAttempts = @Counted OUTPUT, @Ips = @Ips OUTPUT,
         @Devices = @Devices OUTPUT, @Failures = @Failures OUTPUT, @Misses = @Misses OUTPUT,
         @LockUntil = @LockUntil OUTPUT, @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;

    IF @ErrorCode IS NULL
    BEGIN
        IF @IsDryRun = 0
            EXEC dbo.sp_i_LockCoupon @CouponCode = @CouponCode;
        SET @Now = SYSUTCDATETIME();  -- waiting for the locks took time

        EXEC dbo.sp_i_EvaluateCoupon  -- S04 to S17
             @IsDryRun = @IsDryRun, @CouponCode = @CouponCode, @UserId = @UserId,
             @OrderId = @OrderId, @ServiceType = @ServiceType, @ConsultantId = @ConsultantId,
             @CountryCode = @CountryCode, @Now = @Now, @Tier = @Tier OUTPUT,
             @CouponId = @CouponId OUTPUT, @CampaignId = @CampaignId OUTPUT,
             @CouponType = @CouponType OUTPUT, @HasRules = @HasRules OUTPUT,
             @BudgetAmount = @Budget OUTPUT, @BudgetTaken = @Taken OUTPUT,
             @CampaignCurrency = @Currency OUTPUT, @MinimumOrderAmount = @Minimum OUTPUT,
             @IsStackable = @IsStackable OUTPUT, @StackingGroup = @Group OUTPUT,
             @IsHeld = @IsHeld OUTPUT, @RemainingUses = @RemainingUses OUTPUT,
             @RemainingUsesForUser = @RemainingUsesForUser OUTPUT,
             @ExpiresAt = @ExpiresAt OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;
    END;

    -- An open checkout goes on whatever became of dates, rules and limits: of it, only a new amount
    -- is looked at; its budget is decided when it is moved.
    IF @HoldId IS NOT NULL AND @CouponId IS NOT NULL
        SELECT @ErrorCode = NULL, @Detail = NULL, @IsHeld = 1, @Budget = NULL;

    IF @ErrorCode IS NULL
        EXEC dbo.sp_i_EvaluateOrder  -- S18 to S21
             @CouponId = @CouponId, @UserId = @UserId, @OrderId = @OrderId,
             @OrderAmount = @OrderAmount, @IsStackable = @IsStackable, @StackingGroup = @Group,
             @IsHeld = @IsHeld, @CouponsPerOrder = @PerOrder,
             @CurrencyCode = @CurrencyCode OUTPUT, @CampaignCurrency = @Currency,
             @CreditsPerUsd = @CreditsPerUsd, @BudgetAmount = @Budget, @BudgetTaken = @Taken,
             @MinimumOrderAmount = @Minimum, @BaseAmount = @BaseAmount OUTPUT,
             @DiscountType = @DiscountType OUTPUT, @DiscountValue = @DiscountValue OUTPUT,
             @DiscountAmount = @DiscountAmount OUTPUT, @FinalAmount = @FinalAmount OUTPUT,
             @CreditsGranted = @CreditsGranted OUTPUT, @CreditsApplied = @CreditsApplied OUTPUT,
             @MonthsGranted = @MonthsGranted OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;

    IF @ErrorCode IS NULL AND @HasRules = 1 AND @HoldId IS NULL
        EXEC dbo.sp_i_EvaluateRules  -- S22
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Now = @Now,
             @FailedStep = @FailedStep OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Detail = @Detail OUTPUT;

    IF @ErrorCode IS NULL AND @HoldId IS NULL
        EXEC dbo.sp_i_EvaluateFraud  -- S23 to S25
             @CampaignId = @CampaignId, @UserId = @UserId, @IpAddress = @IpAddress,
             @UserAgent = @UserAgent, @CountryCode = @CountryCode,
             @DeviceFingerprint = @DeviceFingerprint, @IsVpn = @IsVpn, @Now = @Now,
             @IsWhite = @IsWhite, @HasContact = @HasContact, @CountedAttempts = @Counted,
             @Devices = @Devices,
             @Ips = @Ips, @IpSwitchLimit = @IpLimit,
             @VelocityLimit = @VelocityLimit, @VelocityMinutes = @VelocityMinutes,
             @UsersPerDevice = @PerDevice, @DevicesPerUser = @PerUserDevices,
             @RequireDevice = @NeedDevice, @BlockLinked = @BlockLinked, @BlockScore = @BlockScore,
             @RiskScore = @RiskScore OUTPUT, @LinkedUsers = @Linked OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;

    EXEC dbo.sp_i_EvaluateOutcome
         @IsDryRun = @IsDryRun, @IsWhite = @IsWhite, @ErrorCode = @ErrorCode, @Detail = @Detail,
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
         @ServiceType = @ServiceType, @ConsultantId = @ConsultantId, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @CountryCode = @CountryCode, @HomeCountry = @HomeCountry,
         @IsAgentWatched = @IsAgentWatched, @Attempts = @Attempts, @CountedAttempts = @Counted,
         @VelocityLimit = @VelocityLimit, @Ips = @Ips, @IpSwitchLimit = @IpLimit,
         @Misses = @Misses, @GuessLimit = @GuessLimit, @LinkedUsers = @Linked,
         @RiskScore = @RiskScore, @FlagScore = @FlagScore, @ReviewScore = @ReviewScore,
         @Failures = @Failures, @CaptchaAfter = @CaptchaAfter, @Now = @Now,
         @FailedStep = @FailedStep OUTPUT, @Message = @Message OUTPUT,
         @SuggestedCouponCode = @SuggestedCouponCode OUTPUT, @FraudJson = @FraudJson OUTPUT,
         @NeedsReview = @NeedsReview OUTPUT, @RequiresCaptcha = @RequiresCaptcha OUTPUT;
END;
