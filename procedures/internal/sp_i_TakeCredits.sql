SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes credits from a user, if the balance covers them: balance, allocations, lifetime
           sums. The conditional update of the balance decides. Allocations are spent by earliest
           expiry (those that never expire last), then in the order of their making; or one
           allocation alone, where credits of just that one expire, are revoked or pay for the
           order that granted them. The ledger row follows by sp_i_RecordDeduction.
Called by: sp_i_ApplyBenefits, sp_i_RevokeBenefits, sp_DeductCredits, sp_ExpireCredits.
Locks:     the caller holds L2 of the user.
           L10: UserCreditBalances, CreditAllocations, UserCreditSources.
Returns:   @IsTaken 0 and nothing written when the balance does not cover @Amount; else the balance
           before and after, and what was taken from which allocation.
Throws:    50102 no committable transaction; 50200 the allocations do not cover the balance.
Replay:    none; the caller knows the call.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_TakeCredits
    @UserId nvarchar(100),
    @Amount int,
    @Reason nvarchar(12),             -- of CreditDeductionLedger: decides which sum it counts in
    @AllocationId bigint = NULL,      -- NULL: all of the user's allocations
    @Now datetime2(3),
    @IsTaken bit OUTPUT,
    @BalanceBefore int OUTPUT,
    @BalanceAfter int OUTPUT,
    @AllocationsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Parts TABLE (
        AllocationId bigint NOT NULL PRIMARY KEY,
        CreditType nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Amount int NOT NULL
    );
    DECLARE @Count int, @Sum bigint;

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_TakeCredits needs a committable transaction.', 1;

    SET @IsTaken = 0;
    UPDATE dbo.UserCreditBalances
    SET Amount = Amount - @Amount, LastDeductionAt = @Now, LastDeductionAmount = @Amount,
        UpdatedAt = @Now
    WHERE UserId = @UserId AND Amount >= @Amount;
    IF @@ROWCOUNT = 0
        RETURN;

    SELECT @IsTaken = 1, @BalanceAfter = b.Amount, @BalanceBefore = b.Amount + @Amount
    FROM dbo.UserCreditBalances AS b
    WHERE b.UserId = @UserId;

    -- Each allocation gives what those before it leave to be taken, as far as it reaches.
    INSERT INTO @Parts (AllocationId, CreditType, Amount)
    SELECT q.AllocationId, q.CreditType,
           IIF(q.Earlier + q.RemainingAmount <= @Amount, q.RemainingAmount, @Amount - q.Earlier)
    FROM (SELECT a.AllocationId, a.CreditType, a.RemainingAmount,
                 SUM(CAST(a.RemainingAmount AS bigint)) OVER (
                     ORDER BY IIF(a.ExpiresAt IS NULL, 1, 0), a.ExpiresAt, a.AllocationId
                     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                 ) - a.RemainingAmount AS Earlier
          FROM dbo.CreditAllocations AS a
          WHERE a.UserId = @UserId AND a.RemainingAmount > 0
                AND a.AppliedToBalanceAt IS NOT NULL
                AND (@AllocationId IS NULL OR a.AllocationId = @AllocationId)) AS q
    WHERE q.Earlier < @Amount;

    SELECT @Count = COUNT(*), @Sum = SUM(CAST(p.Amount AS bigint)) FROM @Parts AS p;
    UPDATE a
    SET RemainingAmount = a.RemainingAmount - p.Amount
    FROM dbo.CreditAllocations AS a
    INNER JOIN @Parts AS p ON p.AllocationId = a.AllocationId
    WHERE a.RemainingAmount >= p.Amount;
    IF @@ROWCOUNT <> @Count OR COALESCE(@Sum, 0) <> @Amount
        THROW 50200, N'INVARIANT_COUNTER: the allocations of a user do not cover the balance.', 1;

    UPDATE s
    SET TotalUsed = s.TotalUsed + IIF(@Reason IN (N'expiry', N'reversal'), 0, t.Amount),
        TotalExpired = s.TotalExpired + IIF(@Reason = N'expiry', t.Amount, 0),
        TotalRevoked = s.TotalRevoked + IIF(@Reason = N'reversal', t.Amount, 0)
    FROM dbo.UserCreditSources AS s
    INNER JOIN (SELECT p.CreditType, SUM(CAST(p.Amount AS bigint)) AS Amount
                FROM @Parts AS p
                GROUP BY p.CreditType) AS t ON t.CreditType = s.CreditType
    WHERE s.UserId = @UserId;

    SET @AllocationsJson = (SELECT p.AllocationId AS allocationId, p.Amount AS amount
                            FROM @Parts AS p
                            ORDER BY p.AllocationId
                            FOR JSON PATH);
END;
