SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Checks and cleans the arguments of a deduction of credits.
Called by: sp_DeductCredits
Locks:     none
Returns:   the cleaned texts; @Operation is completion where a model is named without one.
Throws:    50001 user or request missing, or neither credits nor a model given; 50002 credits below
           1, tokens or cost negative; 50003 unknown operation; 50005 @RequestId has the shape of
           the ids that expiry, redemption and reversal write; 50008 text too long; 50009 provider
           without model, or model without provider.
Replay:    not needed
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckUsage
    @Credits int,
    @InputTokens int,
    @OutputTokens int,
    @VendorCost decimal(18,6),
    @UserId nvarchar(200) OUTPUT,
    @RequestId nvarchar(200) OUTPUT,
    @ProviderId nvarchar(50) OUTPUT,
    @ModelId nvarchar(100) OUTPUT,
    @Operation nvarchar(20) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @RequestId = NULLIF(TRIM(@RequestId), N''),
           @ProviderId = NULLIF(TRIM(@ProviderId), N''), @ModelId = NULLIF(TRIM(@ModelId), N''),
           @Operation = NULLIF(TRIM(@Operation), N'');
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId is required.', 1;
    IF @Credits IS NULL AND @ProviderId IS NULL AND @ModelId IS NULL
        THROW 50001, N'ARG_REQUIRED: @Credits, or @ProviderId and @ModelId, are required.', 1;
    IF @ProviderId IS NULL AND @ModelId IS NOT NULL
       OR @ProviderId IS NOT NULL AND @ModelId IS NULL
        THROW 50009, N'ARG_CONFLICT: @ProviderId and @ModelId are required together.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF @Credits < 1 THROW 50002, N'ARG_OUT_OF_RANGE: @Credits must be 1 or more.', 1;
    IF @InputTokens < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @InputTokens must not be negative.', 1;
    IF @OutputTokens < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @OutputTokens must not be negative.', 1;
    IF @VendorCost < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @VendorCost must not be negative.', 1;
    IF @Operation COLLATE Latin1_General_100_BIN2
            NOT IN (N'completion', N'chat', N'embedding', N'function_call')
        THROW 50003, N'ARG_NOT_IN_LIST: @Operation is no operation.', 1;
    -- The deductions of the system bear these; one taken by a caller would make theirs fail.
    IF @RequestId LIKE N'expire-[0-9]%' AND @RequestId NOT LIKE N'expire-%[^0-9]%'
       OR @RequestId LIKE N'redemption-[0-9]%' AND @RequestId NOT LIKE N'redemption-%[^0-9]%'
       OR @RequestId LIKE N'reversal-[0-9]%' AND @RequestId NOT LIKE N'reversal-%[^0-9]%'
        THROW 50005, N'ARG_BAD_CODE: @RequestId has a shape that is kept for the system.', 1;

    IF @ModelId IS NOT NULL
        SET @Operation = COALESCE(@Operation, N'completion');
END;
