SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes credits for the use of a model: the given number, or priced by tokens. Who holds an
           active licence with an own key pays none; the usage is recorded. Without enough credits
           nothing is taken and no usage is recorded.
Called by: coupon_service
Locks:     L1: IdempotencyKeys. L2: UserProfiles. L10, L11: as
           sp_i_UseCredits. Own transaction, or that of the caller.
Returns:   SR + DeductionId, UsageId, CreditsDeducted, BalanceBefore, BalanceAfter, IsByok,
           IsReplay. UsageId is NULL where no model is named, DeductionId where nothing was taken.
Throws:    50001, 50003, 50005, 50008, 50009 as sp_i_CheckUsage; 50002 as it and sp_i_PriceUsage;
           50102 called in a doomed transaction; 50200 the allocations do not cover the balance.
Replay:    the same @RequestId with the same arguments returns the first outcome, a refusal too,
           with IsReplay 1 and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_DeductCredits
    @UserId nvarchar(200), @RequestId nvarchar(200), @Credits int = NULL,
    @ProviderId nvarchar(50) = NULL, @ModelId nvarchar(100) = NULL,
    @Operation nvarchar(20) = NULL, @InputTokens int = NULL, @OutputTokens int = NULL,
    @VendorCost decimal(18,6) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hash varbinary(32);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckUsage
         @Credits = @Credits, @InputTokens = @InputTokens, @OutputTokens = @OutputTokens,
         @VendorCost = @VendorCost, @UserId = @UserId OUTPUT, @RequestId = @RequestId OUTPUT,
         @ProviderId = @ProviderId OUTPUT, @ModelId = @ModelId OUTPUT,
         @Operation = @Operation OUTPUT;
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @UserId, @Mark, @Credits, @Mark, @ProviderId, @Mark, @ModelId, @Mark, @Operation, @Mark,
        @InputTokens, @Mark, @OutputTokens, @Mark, @VendorCost));
    SELECT @InputTokens = COALESCE(@InputTokens, 0), @OutputTokens = COALESCE(@OutputTokens, 0);

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_Idempotency
             @Scope = N'DeductCredits', @IdempotencyKey = @RequestId, @RequestHash = @Hash,
             @Now = @Now, @State = @State OUTPUT, @StoredResult = @Stored OUTPUT;
        -- The ledgers remember requests longer than the keys do.
        IF @State = N'new'
           AND (EXISTS (SELECT 1 FROM dbo.TokenUsageLedger AS u WHERE u.RequestId = @RequestId)
                OR EXISTS (SELECT 1 FROM dbo.CreditDeductionLedger AS d
                           WHERE d.RequestId = @RequestId))
        BEGIN
            DELETE FROM dbo.IdempotencyKeys
            WHERE Scope = N'DeductCredits' AND IdempotencyKey = @RequestId AND ResultJson IS NULL;
            SET @State = N'reused';
        END;

        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_UseCredits
                 @UserId = @UserId, @RequestId = @RequestId, @Credits = @Credits,
                 @ProviderId = @ProviderId, @ModelId = @ModelId, @Operation = @Operation,
                 @InputTokens = @InputTokens, @OutputTokens = @OutputTokens,
                 @VendorCost = @VendorCost, @Outcome = @Stored OUTPUT;
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'DeductCredits', @IdempotencyKey = @RequestId, @Outcome = @Stored;
        END
        ELSE IF @State = N'reused'
            SET @Stored = N'{"ErrorCode":"IDEMPOTENCY_KEY_REUSED",'
                          + N'"Message":"Key was used with other arguments."}';

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(o.ErrorCode IS NULL, 1, 0) AS bit) AS Success, o.ErrorCode, o.Message,
           o.DeductionId, o.UsageId, o.CreditsDeducted, o.BalanceBefore, o.BalanceAfter, o.IsByok,
           CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsReplay
    FROM OPENJSON(@Stored) WITH (ErrorCode nvarchar(50), Message nvarchar(400),
                                 DeductionId bigint, UsageId bigint, CreditsDeducted int,
                                 BalanceBefore int, BalanceAfter int, IsByok bit) AS o;
END;
