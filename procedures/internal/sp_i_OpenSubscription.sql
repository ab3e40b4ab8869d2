SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes a user's subscription at the price and with the credits of its tier. A customer of
           the payment provider has one row for good: an ended subscription with the same customer
           or subscription number there begins anew in its place.
Called by: sp_StartSubscription.
Locks:     the caller holds L2 of the user. L8: the redemption that discounts the first charge, and
           as sp_i_ApplyWaitingMonths. L9: Subscriptions. L10, L11: as sp_i_AddCredits.
Returns:   @SubscriptionId, @FirstCharge, @CreditsAllocated; or @ErrorCode and @Message: then
           nothing is written.
Throws:    50006 the period ends before it starts, now; 50009 the redemption is no success of this
           user, or belongs to a subscription; 50202 the row to begin anew changed under the lock
           of its user.
Replay:    none; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_OpenSubscription
    @UserId nvarchar(100), @Tier nvarchar(20), @BillingCycle nvarchar(10), @Status nvarchar(20),
    @StripeCustomerId nvarchar(100), @StripeSubscriptionId nvarchar(100),
    @PeriodStart datetime2(3), @PeriodEnd datetime2(3), @RedemptionId bigint,
    @RequestId nvarchar(100), @Now datetime2(3),
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT,
    @SubscriptionId bigint OUTPUT, @FirstCharge decimal(10,2) OUTPUT, @CreditsAllocated int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Price decimal(10,2), @Credits int, @Live bigint, @Holder nvarchar(100),
            @ByNumber bigint, @IsFound bit = 0, @CreditsEnd datetime2(3);

    SELECT @SubscriptionId = NULL, @FirstCharge = NULL, @CreditsAllocated = NULL;
    SELECT @Price = IIF(@BillingCycle = N'annual', t.AnnualPrice, t.MonthlyPrice),
           @Credits = t.MonthlyCredits
    FROM dbo.SubscriptionTierConfigs AS t
    WHERE t.Tier = @Tier AND t.IsActive = 1;
    SELECT TOP (1) @Live = s.SubscriptionId
    FROM dbo.Subscriptions AS s
    WHERE s.UserId = @UserId AND s.Status IN (N'trial', N'active', N'past_due')
    ORDER BY s.SubscriptionId;
    SELECT @SubscriptionId = s.SubscriptionId, @Holder = s.UserId
    FROM dbo.Subscriptions AS s
    WHERE s.StripeCustomerId = @StripeCustomerId;
    SELECT @ByNumber = s.SubscriptionId, @Holder = s.UserId
    FROM dbo.Subscriptions AS s
    WHERE s.StripeSubscriptionId = @StripeSubscriptionId;

    IF @Price IS NULL
        SELECT @ErrorCode = N'PRICING_NOT_FOUND', @Message = CONCAT(N'No price for ', @Tier, N'.');
    ELSE IF @Live IS NOT NULL
        SELECT @ErrorCode = N'SUBSCRIPTION_EXISTS',
               @Message = CONCAT(N'User already has subscription ', @Live, N'.');
    ELSE IF @Holder COLLATE Latin1_General_100_BIN2 <> @UserId OR @ByNumber <> @SubscriptionId
        SELECT @ErrorCode = N'SUBSCRIPTION_EXISTS',
               @Message = N'The Stripe id belongs to another subscription.';
    IF @ErrorCode IS NOT NULL
    BEGIN
        SET @SubscriptionId = NULL;
        RETURN;
    END;

    SET @FirstCharge = @Price;
    IF @RedemptionId IS NOT NULL
    BEGIN
        -- UPDLOCK: decided on what is read here, written below.
        SELECT @IsFound = 1, @FirstCharge = COALESCE(h.FinalAmount, @Price)
        FROM dbo.RedemptionHistory AS h WITH (UPDLOCK, ROWLOCK)
        WHERE h.RedemptionId = @RedemptionId AND h.UserId = @UserId AND h.Status = N'success'
              AND h.SubscriptionId IS NULL;
        IF @IsFound = 0
            THROW 50009, N'ARG_CONFLICT: @RedemptionId is no free success of @UserId.', 1;
    END;

    SELECT @SubscriptionId = COALESCE(@SubscriptionId, @ByNumber),
           @PeriodStart = COALESCE(@PeriodStart, @Now);
    -- A perpetual subscription has no end; a hundred years stand for that.
    SET @PeriodEnd = COALESCE(@PeriodEnd, CASE WHEN @Tier = N'perpetual'
                                                   THEN DATEADD(YEAR, 100, @PeriodStart)
                                               WHEN @BillingCycle = N'annual'
                                                   THEN DATEADD(YEAR, 1, @PeriodStart)
                                               ELSE DATEADD(MONTH, 1, @PeriodStart) END);
    IF @PeriodEnd <= @PeriodStart
        THROW 50006, N'ARG_BAD_DATES: @PeriodEnd must be after the start, which is now.', 1;

    IF @SubscriptionId IS NULL
    BEGIN
        INSERT INTO dbo.Subscriptions
            (UserId, Tier, Status, BillingCycle, BasePriceUsd, MonthlyCreditAllocation,
             CurrentPeriodStart, CurrentPeriodEnd, TrialEndsAt, StripeCustomerId,
             StripeSubscriptionId, CouponRedemptionId, RequestId, CreatedAt, UpdatedAt)
        VALUES
            (@UserId, @Tier, @Status, @BillingCycle, @Price, @Credits,
             @PeriodStart, @PeriodEnd, IIF(@Status = N'trial', @PeriodEnd, NULL), @StripeCustomerId,
             @StripeSubscriptionId, @RedemptionId, @RequestId, @Now, @Now);
        SET @SubscriptionId = SCOPE_IDENTITY();
    END
    ELSE
    BEGIN
        UPDATE dbo.Subscriptions
        SET Tier = @Tier, Status = @Status, BillingCycle = @BillingCycle, BasePriceUsd = @Price,
            MonthlyCreditAllocation = @Credits, CurrentPeriodStart = @PeriodStart,
            CurrentPeriodEnd = @PeriodEnd, TrialEndsAt = IIF(@Status = N'trial', @PeriodEnd, NULL),
            CancelledAt = NULL, StripeCustomerId = COALESCE(@StripeCustomerId, StripeCustomerId),
            StripeSubscriptionId = COALESCE(@StripeSubscriptionId, StripeSubscriptionId),
            CouponRedemptionId = @RedemptionId, RequestId = @RequestId, UpdatedAt = @Now
        WHERE SubscriptionId = @SubscriptionId AND UserId = @UserId
              AND Status NOT IN (N'trial', N'active', N'past_due');
        IF @@ROWCOUNT <> 1
            THROW 50202, N'INVARIANT_ROWCOUNT: the subscription moved under its user''s lock.', 1;
    END;

    -- The credits of one month, also where a year is paid.
    SELECT @CreditsAllocated = @Credits, @CreditsEnd = DATEADD(MONTH, 1, @PeriodStart);
    SET @CreditsEnd = IIF(@BillingCycle = N'annual' AND @CreditsEnd < @PeriodEnd, @CreditsEnd,
                          @PeriodEnd);
    IF @Credits > 0
        EXEC dbo.sp_i_AddCredits
             @UserId = @UserId, @Amount = @Credits, @CreditType = N'subscription',
             @Source = @Tier, @SubscriptionId = @SubscriptionId, @PeriodStart = @PeriodStart,
             @PeriodEnd = @CreditsEnd, @Now = @Now;

    EXEC dbo.sp_i_ApplyWaitingMonths
         @UserId = @UserId, @SubscriptionId = @SubscriptionId, @Now = @Now;
    IF @RedemptionId IS NOT NULL
        UPDATE dbo.RedemptionHistory
        SET SubscriptionId = @SubscriptionId
        WHERE RedemptionId = @RedemptionId;
END;
