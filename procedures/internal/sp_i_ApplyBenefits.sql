SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives what a redeemed coupon grants besides a price: credits (less those that paid for
           this order), months of a subscription, a licence. Other rows of the ledger grant nothing
           and are left alone. Months without a live subscription wait on the ledger row, which then
           names no subscription.
Called by: sp_i_RedeemCore and sp_i_ConfirmCore, once the ledger row is a success.
Locks:     the caller holds L2 of the user. L9: Subscriptions, PerpetualLicenses. L10:
           UserCreditBalances, CreditAllocations. L8: the ledger row, which is the caller's own.
Returns:   @LicenseKey of a granted licence, else NULL.
Throws:    50203 the benefit cannot be applied: the row is no success, or the tier is not set up.
Replay:    none; the benefit belongs to one ledger row and is given with it.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ApplyBenefits
    @RedemptionId bigint,
    @Now datetime2(3) = NULL,
    @LicenseKey nvarchar(50) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @UserId nvarchar(100), @Code nvarchar(50), @Granted int, @Applied int, @Months int,
            @SubscriptionId bigint, @Target bigint,
            @Final decimal(10,2), @CouponType nvarchar(30), @Version nvarchar(20),
            @CreditType nvarchar(50), @ExpiresAt datetime2(3), @AllocationId bigint,
            @RequestId nvarchar(100) = CONCAT(N'redemption-', @RedemptionId), @IsTaken bit,
            @Before int, @After int, @Parts nvarchar(max), @LicenseId bigint, @Text nvarchar(200);

    SELECT @LicenseKey = NULL, @Now = COALESCE(@Now, SYSUTCDATETIME());
    SELECT @UserId = h.UserId, @Code = h.CouponCode, @Granted = h.CreditsGranted,
           @Applied = h.CreditsApplied, @Months = h.MonthsGranted,
           @SubscriptionId = h.SubscriptionId, @Final = h.FinalAmount, @CouponType = c.CouponType,
           @Version = c.UpgradeVersion,
           @CreditType = IIF(g.CampaignType = N'referral', N'referral', N'coupon'),
           @ExpiresAt = IIF(e.IntValue > 0, DATEADD(DAY, e.IntValue, @Now), NULL)
    FROM dbo.RedemptionHistory AS h
    INNER JOIN dbo.Coupons AS c ON c.CouponId = h.CouponId
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    CROSS JOIN dbo.fn_Setting(N'coupon_credit_expiry_days') AS e
    WHERE h.RedemptionId = @RedemptionId AND h.Status = N'success';
    IF @UserId IS NULL
    BEGIN
        SET @Text = CONCAT(N'BENEFIT_FAILED: redemption ', @RedemptionId, N' is no success.');
        THROW 50203, @Text, 1;
    END;

    -- Of a subscription that has ended nothing can be made longer: EC-041.
    IF @Months > 0 OR @CouponType = N'byok_migration'
        SELECT TOP (1) @Target = s.SubscriptionId
        FROM dbo.Subscriptions AS s
        WHERE s.UserId = @UserId AND s.Status IN (N'trial', N'active', N'past_due')
              AND (@SubscriptionId IS NULL OR s.SubscriptionId = @SubscriptionId)
        ORDER BY s.CurrentPeriodEnd DESC, s.SubscriptionId DESC;

    IF @Months > 0
    BEGIN
        IF @Target IS NOT NULL
            EXEC dbo.sp_i_MoveSubscriptionEnd
                 @SubscriptionId = @Target, @Months = @Months, @Now = @Now;
        UPDATE dbo.RedemptionHistory
        SET SubscriptionId = @Target
        WHERE RedemptionId = @RedemptionId;
    END;

    IF @CouponType = N'byok_migration'
    BEGIN
        SELECT @Final = COALESCE(@Final, 0), @Version = COALESCE(@Version, N'1.0');
        EXEC dbo.sp_i_MoveToPerpetual
             @UserId = @UserId, @RedemptionId = @RedemptionId, @Now = @Now,
             @SubscriptionId = @Target OUTPUT;
        EXEC dbo.sp_i_GrantLicense
             @UserId = @UserId, @PurchasePrice = @Final, @PurchasedVersion = @Version,
             @CouponCode = @Code, @RedemptionId = @RedemptionId, @RequestId = @RequestId,
             @Now = @Now, @LicenseId = @LicenseId OUTPUT, @LicenseKey = @LicenseKey OUTPUT;
        UPDATE dbo.RedemptionHistory
        SET LicenseId = @LicenseId, SubscriptionId = @Target
        WHERE RedemptionId = @RedemptionId;
    END;

    IF @Granted > 0
    BEGIN
        EXEC dbo.sp_i_AddCredits
             @UserId = @UserId, @Amount = @Granted, @CreditType = @CreditType, @Source = @Code,
             @ExpiresAt = @ExpiresAt, @RedemptionId = @RedemptionId, @Now = @Now,
             @AllocationId = @AllocationId OUTPUT;
        IF @Applied > 0
        BEGIN
            -- What reduced the order comes out of these very credits, whatever else there is.
            EXEC dbo.sp_i_TakeCredits
                 @UserId = @UserId, @Amount = @Applied, @Reason = N'order',
                 @AllocationId = @AllocationId, @Now = @Now, @IsTaken = @IsTaken OUTPUT,
                 @BalanceBefore = @Before OUTPUT, @BalanceAfter = @After OUTPUT,
                 @AllocationsJson = @Parts OUTPUT;
            EXEC dbo.sp_i_RecordDeduction
                 @UserId = @UserId, @RequestId = @RequestId, @Amount = @Applied,
                 @BalanceBefore = @Before, @BalanceAfter = @After, @Reason = N'order',
                 @RedemptionId = @RedemptionId, @AllocationsJson = @Parts, @Now = @Now;
        END;
    END;
END;
