SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Recounts the credits of one user, applied allocations less deductions, and stores the
           balance, which is never below zero.
Called by: sp_ReconcileCounters.
Locks:     L2, L10.
Returns:   @RowsJson as sp_i_ReconcileCoupon.
Throws:    50102 no committable transaction.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReconcileCredit
    @UserId nvarchar(100),
    @Fix bit,
    @RowsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @Stored int, @Granted bigint, @Taken bigint, @Actual bigint;

    SET @RowsJson = NULL;
    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ReconcileCredit needs a committable transaction.',
              1;
    EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;

    SELECT @Stored = COALESCE(SUM(b.Amount), 0)
    FROM dbo.UserCreditBalances AS b
    WHERE b.UserId = @UserId;
    SELECT @Granted = COALESCE(SUM(CAST(a.Amount AS bigint)), 0)
    FROM dbo.CreditAllocations AS a
    WHERE a.UserId = @UserId AND a.AppliedToBalanceAt IS NOT NULL;
    SELECT @Taken = COALESCE(SUM(CAST(d.Amount AS bigint)), 0)
    FROM dbo.CreditDeductionLedger AS d
    WHERE d.UserId = @UserId;

    SET @Actual = @Granted - @Taken;
    IF @Stored = @Actual
        RETURN;
    SET @RowsJson = (SELECT N'Amount' AS [counter], @Stored AS stored, @Actual AS actual,
                            IIF(@Actual < 0, 0, @Actual) AS kept
                     FOR JSON PATH);

    IF @Fix = 1
        UPDATE dbo.UserCreditBalances
        SET Amount = IIF(@Actual < 0, 0, @Actual), UpdatedAt = @Now
        WHERE UserId = @UserId;
END;
