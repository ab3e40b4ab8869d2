SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The priced model calls of one user within some days, newest first. A page ends where the
           next one begins: @BeforeId is the last UsageId of the page before.
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   usage rows
Throws:    50001 no @UserId; 50002 @Days not 1 to 3650, @PageSize not 1 to 1000; 50008 @UserId
           longer than 100.
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetTokenUsage
    @UserId nvarchar(200),
    @Days int = 30,
    @PageSize int = 100,
    @BeforeId bigint = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @From datetime2(3);

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Days = COALESCE(@Days, 30),
           @PageSize = COALESCE(@PageSize, 100);
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF @Days NOT BETWEEN 1 AND 3650
        THROW 50002, N'ARG_OUT_OF_RANGE: @Days must be 1 to 3650.', 1;
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;

    SET @From = DATEADD(DAY, -@Days, SYSUTCDATETIME());
    SELECT TOP (@PageSize)
           u.UsageId, u.UserId, u.RequestId, u.ProviderId, u.ModelId, u.Operation, u.InputTokens,
           u.OutputTokens, u.VendorCost, u.CreditsDeducted, u.IsByok, u.LicenseId, u.CreatedAt
    FROM dbo.TokenUsageLedger AS u
    WHERE u.UserId = @UserId AND u.CreatedAt >= @From
          AND (@BeforeId IS NULL OR u.UsageId < @BeforeId)
    ORDER BY u.UsageId DESC;
END;
