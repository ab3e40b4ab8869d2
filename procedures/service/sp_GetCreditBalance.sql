SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells what credits a user has, what of them ends soon, and where they came from.
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   SR + Balance, ExpiringIn30Days, LastDeductionAt, LastDeductionAmount; RS2 one row a
           credit type with its lifetime sums. A user without credits has a balance of 0.
Throws:    50001 no @UserId; 50008 @UserId longer than 100.
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetCreditBalance
    @UserId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME();

    SET @UserId = NULLIF(TRIM(@UserId), N'');
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Balance read.' AS nvarchar(400)) AS Message,
           COALESCE(b.Amount, 0) AS Balance, COALESCE(e.Amount, 0) AS ExpiringIn30Days,
           b.LastDeductionAt, b.LastDeductionAmount
    FROM (VALUES (@UserId)) AS v (UserId)
    LEFT OUTER JOIN dbo.UserCreditBalances AS b ON b.UserId = v.UserId
    OUTER APPLY (SELECT SUM(a.RemainingAmount) AS Amount
                 FROM dbo.CreditAllocations AS a
                 WHERE a.UserId = b.UserId AND a.RemainingAmount > 0
                       AND a.ExpiresAt <= DATEADD(DAY, 30, @Now)) AS e;

    SELECT s.CreditType, s.TotalGranted, s.TotalUsed, s.TotalExpired, s.TotalRevoked
    FROM dbo.UserCreditSources AS s
    WHERE s.UserId = @UserId
    ORDER BY s.CreditType;
END;
