SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes back what a redemption granted: credits as far as they are still there, months,
           the licence. What was spent is not taken from other credits; it is told as a shortfall.
           Credits that paid for the redeemed order itself, and those that expired, are no
           shortfall: nobody had them.
Called by: sp_i_ReverseCore, for a full reversal.
Locks:     the caller holds L2 of the user and L8 of the ledger row. L9: Subscriptions,
           PerpetualLicenses. L10: UserCreditBalances, CreditAllocations.
Returns:   @CreditsRevoked, @CreditsShortfall, @LicenseRevoked.
Throws:    50102 no committable transaction; 50200 the credit rows contradict each other.
Replay:    none; a ledger row is reversed once.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RevokeBenefits
    @RedemptionId bigint,
    @Now datetime2(3),
    @CreditsRevoked int OUTPUT,
    @CreditsShortfall int OUTPUT,
    @LicenseRevoked bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @UserId nvarchar(100), @Applied int, @Months int, @SubscriptionId bigint,
            @AllocationId bigint, @Amount int, @Remaining int, @Expired int = 0, @Balance int,
            @IsTaken bit, @Before int, @After int, @Parts nvarchar(max),
            @RequestId nvarchar(100) = CONCAT(N'reversal-', @RedemptionId);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_RevokeBenefits needs a transaction.', 1;

    SELECT @CreditsRevoked = 0, @CreditsShortfall = 0, @LicenseRevoked = 0;
    SELECT @UserId = h.UserId, @Applied = h.CreditsApplied, @Months = h.MonthsGranted,
           @SubscriptionId = h.SubscriptionId
    FROM dbo.RedemptionHistory AS h
    WHERE h.RedemptionId = @RedemptionId;

    -- The licence, and the subscription that came with it.
    UPDATE dbo.PerpetualLicenses
    SET Status = N'revoked', RevokedAt = @Now, UpdatedAt = @Now
    WHERE RedemptionId = @RedemptionId AND UserId = @UserId AND Status <> N'revoked';
    IF @@ROWCOUNT > 0
    BEGIN
        SET @LicenseRevoked = 1;
        UPDATE dbo.Subscriptions
        SET Status = N'cancelled', CancelledAt = @Now, UpdatedAt = @Now
        WHERE CouponRedemptionId = @RedemptionId AND UserId = @UserId AND Tier = N'perpetual'
              AND Status IN (N'trial', N'active', N'past_due');
    END;

    -- Months that wait for a subscription were never given.
    IF @Months > 0 AND @SubscriptionId IS NOT NULL
    BEGIN
        SET @Months = -@Months;
        EXEC dbo.sp_i_MoveSubscriptionEnd
             @SubscriptionId = @SubscriptionId, @Months = @Months, @Now = @Now;
    END;

    SELECT @AllocationId = a.AllocationId, @Amount = a.Amount, @Remaining = a.RemainingAmount,
           @Balance = b.Amount,
           @Expired = COALESCE((SELECT d.Amount
                                FROM dbo.CreditDeductionLedger AS d
                                WHERE d.RequestId = CAST(CONCAT(N'expire-', a.AllocationId)
                                                         AS nvarchar(100))), 0)
    FROM dbo.CreditAllocations AS a
    INNER JOIN dbo.UserCreditBalances AS b ON b.UserId = a.UserId
    WHERE a.RedemptionId = @RedemptionId;
    IF @AllocationId IS NULL
        RETURN;

    SET @CreditsRevoked = IIF(@Remaining <= @Balance, @Remaining, @Balance);
    IF @CreditsRevoked > 0
    BEGIN
        EXEC dbo.sp_i_TakeCredits
             @UserId = @UserId, @Amount = @CreditsRevoked, @Reason = N'reversal',
             @AllocationId = @AllocationId, @Now = @Now, @IsTaken = @IsTaken OUTPUT,
             @BalanceBefore = @Before OUTPUT, @BalanceAfter = @After OUTPUT,
             @AllocationsJson = @Parts OUTPUT;
        EXEC dbo.sp_i_RecordDeduction
             @UserId = @UserId, @RequestId = @RequestId, @Amount = @CreditsRevoked,
             @BalanceBefore = @Before, @BalanceAfter = @After, @Reason = N'reversal',
             @RedemptionId = @RedemptionId, @AllocationsJson = @Parts, @Now = @Now;
    END;
    SET @CreditsShortfall = @Amount - @Applied - @Expired - @CreditsRevoked;
END;
