SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives credits to a user: the balance, one allocation, the lifetime sum of its type, and
           the event. All three in one transaction, so that a balance is always the sum of what was
           allocated less what was deducted.
Called by: sp_i_ApplyBenefits; whoever else gives credits to a user.
Locks:     the caller holds L2 of the user, so that plain inserts meet nobody.
           L10: UserCreditBalances, CreditAllocations, UserCreditSources. L11: OutboxEvents.
Returns:   @AllocationId, @Balance after the grant.
Throws:    50002 the balance would leave the range of an integer, 50203 by credits of a redemption;
           50102 no committable transaction.
Replay:    none; the caller knows the call.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AddCredits
    @UserId nvarchar(100),
    @Amount int,
    @CreditType nvarchar(50),
    @Source nvarchar(50),
    @SubscriptionId bigint = NULL,
    @PeriodStart datetime2(3) = NULL,
    @PeriodEnd datetime2(3) = NULL,
    @ExpiresAt datetime2(3) = NULL,
    @RedemptionId bigint = NULL,
    @RequestId nvarchar(100) = NULL,
    @Actor nvarchar(100) = NULL,
    @Now datetime2(3),
    @AllocationId bigint = NULL OUTPUT,
    @Balance int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Before int, @EntityId nvarchar(120), @Payload nvarchar(max);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_AddCredits needs a committable transaction.', 1;

    SELECT @Before = b.Amount FROM dbo.UserCreditBalances AS b WHERE b.UserId = @UserId;
    IF CAST(@Before AS bigint) + @Amount > 2147483647 AND @RedemptionId IS NOT NULL
        THROW 50203, N'BENEFIT_FAILED: the balance cannot hold so many credits.', 1;
    IF CAST(@Before AS bigint) + @Amount > 2147483647
        THROW 50002, N'ARG_OUT_OF_RANGE: @Amount takes the balance out of its range.', 1;

    IF @Before IS NULL
        INSERT INTO dbo.UserCreditBalances (UserId, Amount, CreatedAt, CreatedBy, UpdatedAt)
        VALUES (@UserId, @Amount, @Now, @Actor, @Now);
    ELSE
        UPDATE dbo.UserCreditBalances
        SET Amount = Amount + @Amount, UpdatedAt = @Now
        WHERE UserId = @UserId;
    SET @Balance = COALESCE(@Before, 0) + @Amount;

    INSERT INTO dbo.CreditAllocations
        (UserId, SubscriptionId, CreditType, Source, Amount, RemainingAmount,
         AllocationPeriodStart, AllocationPeriodEnd, ExpiresAt, AppliedToBalanceAt, RedemptionId,
         RequestId, CreatedAt, CreatedBy)
    VALUES
        (@UserId, @SubscriptionId, @CreditType, @Source, @Amount, @Amount,
         @PeriodStart, @PeriodEnd, @ExpiresAt, @Now, @RedemptionId,
         @RequestId, @Now, @Actor);
    SET @AllocationId = SCOPE_IDENTITY();

    UPDATE dbo.UserCreditSources
    SET TotalGranted = TotalGranted + @Amount
    WHERE UserId = @UserId AND CreditType = @CreditType;
    IF @@ROWCOUNT = 0
        INSERT INTO dbo.UserCreditSources (UserId, CreditType, TotalGranted, CreatedAt, CreatedBy)
        VALUES (@UserId, @CreditType, @Amount, @Now, @Actor);

    SET @EntityId = CAST(@AllocationId AS nvarchar(20));
    SET @Payload = (SELECT @AllocationId AS allocationId, @UserId AS userId,
                           @CreditType AS creditType, @Source AS source, @Amount AS amount,
                           @Balance AS balance, @RedemptionId AS redemptionId
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'credits_granted', @EntityType = N'credit_allocation',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
