SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves a live subscription to another tier within its period: what is left of the old
           price is given back, the new one is due for the same days, a coupon is redeemed on that.
           Days that have begun count whole. DiscountAmount is what the coupon took off this cost,
           so that net = new - unused - discount also where a coupon's face value is higher.
Called by: sp_ChangeSubscriptionTier.
Locks:     L2: UserProfiles. L3 to L6, L9 to L11: as sp_i_RedeemCore, with a coupon. L9:
           Subscriptions. L10, L11: as sp_i_AddCredits. L11: ProrationEvents.
Returns:   the proration; or @ErrorCode and @Message: then nothing is written but the failed attempt
           of a coupon.
Throws:    50006 @EffectiveDate outside the period; 50009 a migration coupon with another tier than
           perpetual; 50202 the subscription changed under the lock of its user; as sp_i_RedeemCore.
Replay:    none; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ChangeTier
    @SubscriptionId bigint, @NewTier nvarchar(20), @EffectiveDate datetime2(3),
    @CouponCode nvarchar(50), @IsWellFormed bit, @RequestId nvarchar(100),
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT,
    @ProrationId bigint OUTPUT, @UnusedCredit decimal(10,2) OUTPUT,
    @NewTierCost decimal(10,2) OUTPUT, @DiscountAmount decimal(10,2) OUTPUT,
    @NetAmount decimal(10,2) OUTPUT, @CreditsAllocated int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @UserId nvarchar(100), @OldTier nvarchar(20), @Status nvarchar(20),
            @Cycle nvarchar(10), @OldPrice decimal(10,2), @OldCredits int,
            @NewPrice decimal(10,2), @NewCredits int, @Start datetime2(3), @End datetime2(3),
            @From datetime2(3), @Left int, @Days int, @IsUpgrade bit, @RedemptionId bigint,
            @Discount decimal(10,2) = 0, @Final decimal(10,2), @Step nvarchar(4),
            @CouponId bigint, @CampaignId nvarchar(100), @Type nvarchar(20),
            @Value decimal(10,2), @Face decimal(10,2), @Granted int, @Months int, @Uses int,
            @UserUses int, @Risk decimal(3,2), @Captcha bit, @Suggested nvarchar(50);

    EXEC dbo.sp_i_LockSubscription
         @SubscriptionId = @SubscriptionId, @UserId = @UserId OUTPUT, @Tier = @OldTier OUTPUT,
         @Status = @Status OUTPUT, @BillingCycle = @Cycle OUTPUT,
         @BasePriceUsd = @OldPrice OUTPUT, @MonthlyCreditAllocation = @OldCredits OUTPUT,
         @PeriodStart = @Start OUTPUT, @PeriodEnd = @End OUTPUT, @Now = @Now OUTPUT;
    SELECT @NewPrice = IIF(@Cycle = N'annual', t.AnnualPrice, t.MonthlyPrice),
           @NewCredits = t.MonthlyCredits
    FROM dbo.SubscriptionTierConfigs AS t
    WHERE t.Tier = @NewTier AND t.IsActive = 1;

    IF @UserId IS NULL OR @Status NOT IN (N'trial', N'active', N'past_due')
        SELECT @ErrorCode = N'SUBSCRIPTION_NOT_FOUND',
               @Message = CONCAT(N'No live subscription ', @SubscriptionId, N'.');
    ELSE IF @OldTier = @NewTier
        SELECT @ErrorCode = N'SAME_TIER',
               @Message = CONCAT(N'Subscription ', @SubscriptionId, N' is ', @NewTier, N'.');
    ELSE IF @NewPrice IS NULL
        SELECT @ErrorCode = N'PRICING_NOT_FOUND',
               @Message = CONCAT(N'No price for ', @NewTier, N'.');
    IF @ErrorCode IS NOT NULL
        RETURN;
    IF @EffectiveDate < @Start OR @EffectiveDate > @End
        THROW 50006, N'ARG_BAD_DATES: @EffectiveDate is outside the period.', 1;
    IF @NewTier <> N'perpetual'
       AND EXISTS (SELECT 1 FROM dbo.Coupons AS c
                   WHERE c.CouponCode = @CouponCode AND c.CouponType = N'byok_migration')
        THROW 50009, N'ARG_CONFLICT: @CouponCode leads to the tier perpetual only.', 1;

    -- A change outside the period, where payment is overdue, has no days left.
    SET @From = COALESCE(@EffectiveDate, IIF(@Now < @Start, @Start, IIF(@Now > @End, @End, @Now)));
    SELECT @Days = DATEDIFF(DAY, @Start, @End), @Left = DATEDIFF(DAY, @From, @End);
    SELECT @Days += IIF(DATEADD(DAY, @Days, @Start) < @End, 1, 0),
           @Left += IIF(DATEADD(DAY, @Left, @From) < @End, 1, 0);
    SET @Left = IIF(@Left > @Days, @Days, @Left);
    SELECT @UnusedCredit = ROUND(@OldPrice * @Left / @Days, 2),
           @NewTierCost = ROUND(@NewPrice * @Left / @Days, 2),
           @IsUpgrade = IIF(@NewPrice > @OldPrice
                            OR @NewPrice = @OldPrice AND @NewCredits >= @OldCredits, 1, 0);

    IF @CouponCode IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_RedeemCore
             @CouponCode = @CouponCode, @IsWellFormed = @IsWellFormed, @UserId = @UserId,
             @IpAddress = NULL, @UserAgent = NULL, @OrderAmount = @NewTierCost, @OrderId = NULL,
             @CurrencyCode = NULL, @Tier = @NewTier, @ServiceType = NULL, @ConsultantId = NULL,
             @CountryCode = NULL, @DeviceFingerprint = NULL, @IsVpn = NULL,
             @MarketingChannel = NULL, @UtmSource = NULL, @UtmMedium = NULL, @UtmCampaign = NULL,
             @IdempotencyKey = NULL, @SubscriptionId = @SubscriptionId, @Now = @Now,
             @FailedStep = @Step OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
             @CouponId = @CouponId OUTPUT, @CampaignId = @CampaignId OUTPUT,
             @DiscountType = @Type OUTPUT, @DiscountValue = @Value OUTPUT,
             @DiscountAmount = @Face OUTPUT, @FinalAmount = @Final OUTPUT,
             @CreditsGranted = @Granted OUTPUT, @MonthsGranted = @Months OUTPUT,
             @RemainingUses = @Uses OUTPUT, @RemainingUsesForUser = @UserUses OUTPUT,
             @RiskScore = @Risk OUTPUT, @RequiresCaptcha = @Captcha OUTPUT,
             @SuggestedCouponCode = @Suggested OUTPUT;
        SET @Discount = @NewTierCost - @Final;
    END;
    IF @ErrorCode IS NOT NULL
    BEGIN
        SELECT @UnusedCredit = NULL, @NewTierCost = NULL;
        RETURN;
    END;

    SELECT @DiscountAmount = @Discount, @NetAmount = @NewTierCost - @UnusedCredit - @Discount,
           @CreditsAllocated = IIF(@IsUpgrade = 1 AND @NewCredits > @OldCredits,
                                   CEILING(CAST(@NewCredits - @OldCredits AS decimal(19,0)) * @Left
                                           / @Days), 0);

    -- The tier is compared once more: who changed it meanwhile has not held the user.
    UPDATE dbo.Subscriptions
    SET Tier = @NewTier, BasePriceUsd = @NewPrice, MonthlyCreditAllocation = @NewCredits,
        UpdatedAt = @Now
    WHERE SubscriptionId = @SubscriptionId AND UserId = @UserId
          AND (Tier = @OldTier OR @RedemptionId IS NOT NULL AND Tier = @NewTier);
    IF @@ROWCOUNT <> 1
        THROW 50202, N'INVARIANT_ROWCOUNT: the subscription moved under the lock of its user.', 1;

    IF @CreditsAllocated > 0
        EXEC dbo.sp_i_AddCredits
             @UserId = @UserId, @Amount = @CreditsAllocated, @CreditType = N'subscription',
             @Source = @NewTier, @SubscriptionId = @SubscriptionId, @PeriodStart = @From,
             @PeriodEnd = @End, @Now = @Now;

    INSERT INTO dbo.ProrationEvents
        (UserId, SubscriptionId, FromTier, ToTier, ChangeType, DaysRemaining, DaysInPeriod,
         UnusedCredit, NewTierCost, DiscountAmount, NetAmount, EffectiveDate, Status,
         RedemptionId, RequestId, CreatedAt)
    VALUES
        (@UserId, @SubscriptionId, @OldTier, @NewTier,
         IIF(@IsUpgrade = 1, N'upgrade', N'downgrade'), @Left, @Days,
         @UnusedCredit, @NewTierCost, @DiscountAmount, @NetAmount, @From, N'applied',
         @RedemptionId, @RequestId, @Now);
    SET @ProrationId = SCOPE_IDENTITY();
END;
