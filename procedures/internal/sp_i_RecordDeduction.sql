SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes the ledger row of credits that sp_i_TakeCredits has taken.
Called by: sp_i_ApplyBenefits, sp_i_RevokeBenefits, sp_DeductCredits, sp_ExpireCredits.
Locks:     the caller holds L2 of the user. L10: CreditDeductionLedger (insert).
Returns:   @DeductionId.
Throws:    nothing of its own; 2627 from the engine when @RequestId was used before.
Replay:    none; the caller knows the call.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordDeduction
    @UserId nvarchar(100),
    @RequestId nvarchar(100),
    @Amount int,
    @BalanceBefore int,
    @BalanceAfter int,
    @Reason nvarchar(12),
    @UsageId bigint = NULL,
    @RedemptionId bigint = NULL,
    @AllocationsJson nvarchar(max),
    @Now datetime2(3),
    @DeductionId bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    INSERT INTO dbo.CreditDeductionLedger
        (UserId, RequestId, Amount, BalanceBefore, BalanceAfter, Reason, UsageId, RedemptionId,
         AllocationsJson, CreatedAt)
    VALUES
        (@UserId, @RequestId, @Amount, @BalanceBefore, @BalanceAfter, @Reason, @UsageId,
         @RedemptionId, @AllocationsJson, @Now);
    SET @DeductionId = SCOPE_IDENTITY();
END;
