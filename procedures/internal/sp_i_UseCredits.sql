SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One use of a model or of credits, which nobody has asked for before: takes what it costs
           and writes it down. Who holds an active licence with an own key pays none.
Called by: sp_DeductCredits, inside its transaction
Locks:     L2: UserProfiles. L10: as sp_i_TakeCredits. L11: TokenUsageLedger
Returns:   @Outcome: what the caller answers with and keeps under its key; a refusal has ErrorCode
Throws:    50002 by sp_i_PriceUsage; 50200 by sp_i_TakeCredits
Replay:    none here; the caller's key makes the call repeatable
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_UseCredits
    @UserId nvarchar(100),
    @RequestId nvarchar(100),
    @Credits int,
    @ProviderId nvarchar(50),
    @ModelId nvarchar(100),
    @Operation nvarchar(20),
    @InputTokens int,
    @OutputTokens int,
    @VendorCost decimal(18,6),
    @Outcome nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @ErrorCode nvarchar(50), @Message nvarchar(400), @Priced int,
            @Amount int, @LicenseId bigint, @IsTaken bit = 0, @Before int, @After int,
            @Parts nvarchar(max), @UsageId bigint, @DeductionId bigint;

    EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
    SELECT TOP (1) @LicenseId = l.LicenseId
    FROM dbo.PerpetualLicenses AS l
    WHERE l.UserId = @UserId AND l.Status = N'active' AND l.ByokEnabled = 1
          AND (l.ExpiresAt IS NULL OR l.ExpiresAt > @Now)
    ORDER BY l.LicenseId;
    SELECT @Before = b.Amount FROM dbo.UserCreditBalances AS b WHERE b.UserId = @UserId;
    SELECT @Before = COALESCE(@Before, 0), @After = COALESCE(@Before, 0);

    IF @ModelId IS NOT NULL
        EXEC dbo.sp_i_PriceUsage
             @UserId = @UserId, @ProviderId = @ProviderId, @ModelId = @ModelId,
             @InputTokens = @InputTokens, @OutputTokens = @OutputTokens, @Now = @Now,
             @VendorCost = @VendorCost OUTPUT, @Credits = @Priced OUTPUT;
    SET @Amount = IIF(@LicenseId IS NOT NULL, 0, COALESCE(@Credits, @Priced));

    IF @Amount IS NULL
       OR @ModelId IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dbo.Providers AS p
                                               WHERE p.ProviderId = @ProviderId)
        SELECT @ErrorCode = N'PRICING_NOT_FOUND',
               @Message = CONCAT(N'No price for ', @ProviderId, N' / ', @ModelId, N'.');
    ELSE IF @Amount > 0
    BEGIN
        EXEC dbo.sp_i_TakeCredits
             @UserId = @UserId, @Amount = @Amount, @Reason = N'usage', @Now = @Now,
             @IsTaken = @IsTaken OUTPUT, @BalanceBefore = @Before OUTPUT,
             @BalanceAfter = @After OUTPUT, @AllocationsJson = @Parts OUTPUT;
        IF @IsTaken = 0
            SELECT @ErrorCode = N'INSUFFICIENT_CREDITS',
                   @Message = CONCAT(@Amount, N' credits required.');
    END;

    IF @ErrorCode IS NULL AND @ModelId IS NOT NULL
    BEGIN
        INSERT INTO dbo.TokenUsageLedger
            (UserId, RequestId, ProviderId, ModelId, Operation, InputTokens, OutputTokens,
             VendorCost, CreditsDeducted, IsByok, LicenseId, CreatedAt)
        VALUES
            (@UserId, @RequestId, @ProviderId, @ModelId, @Operation, @InputTokens,
             @OutputTokens, COALESCE(@VendorCost, 0), @Amount,
             IIF(@LicenseId IS NULL, 0, 1), @LicenseId, @Now);
        SET @UsageId = SCOPE_IDENTITY();
    END;
    IF @IsTaken = 1
        EXEC dbo.sp_i_RecordDeduction
             @UserId = @UserId, @RequestId = @RequestId, @Amount = @Amount,
             @BalanceBefore = @Before, @BalanceAfter = @After, @Reason = N'usage',
             @UsageId = @UsageId, @AllocationsJson = @Parts, @Now = @Now,
             @DeductionId = @DeductionId OUTPUT;

    SET @Outcome = IIF(@ErrorCode IS NULL,
        (SELECT N'Credits deducted.' AS Message, @DeductionId AS DeductionId,
                @UsageId AS UsageId, @Amount AS CreditsDeducted,
                @Before AS BalanceBefore, @After AS BalanceAfter,
                IIF(@LicenseId IS NULL, 0, 1) AS IsByok
         FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
        (SELECT @ErrorCode AS ErrorCode, @Message AS Message
         FOR JSON PATH, WITHOUT_ARRAY_WRAPPER));
END;
