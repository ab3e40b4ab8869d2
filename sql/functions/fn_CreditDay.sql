/*
dbo.fn_CreditDay: what happened to the credits of a user from @From until @To, in one row; Moves = 0
when nothing did. The closing balance is what was ever given less what was ever taken until then.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_CreditDay(
    @UserId nvarchar(100),
    @From datetime2(3),
    @To datetime2(3)
)
RETURNS TABLE
AS
RETURN
    SELECT
        g.Granted,
        t.Deducted,
        t.Expired,
        t.Revoked,
        g.EverGranted - t.EverTaken AS ClosingBalance,
        g.Grants + t.Takings AS Moves
    FROM (
        SELECT
            COALESCE(SUM(CAST(a.Amount AS bigint)), 0) AS EverGranted,
            COALESCE(SUM(IIF(a.AppliedToBalanceAt >= @From, a.Amount, 0)), 0) AS Granted,
            COUNT(IIF(a.AppliedToBalanceAt >= @From, 1, NULL)) AS Grants
        FROM dbo.CreditAllocations AS a
        WHERE a.UserId = @UserId AND a.AppliedToBalanceAt < @To
    ) AS g
    CROSS JOIN (
        SELECT
            COALESCE(SUM(CAST(d.Amount AS bigint)), 0) AS EverTaken,
            COALESCE(
                SUM(IIF(d.CreatedAt >= @From AND d.Reason = N'expiry', d.Amount, 0)), 0
            ) AS Expired,
            COALESCE(
                SUM(IIF(d.CreatedAt >= @From AND d.Reason = N'reversal', d.Amount, 0)), 0
            ) AS Revoked,
            COALESCE(
                SUM(
                    IIF(
                        d.CreatedAt >= @From AND d.Reason NOT IN (N'expiry', N'reversal'),
                        d.Amount, 0
                    )
                ), 0
            ) AS Deducted,
            COUNT(IIF(d.CreatedAt >= @From, 1, NULL)) AS Takings
        FROM dbo.CreditDeductionLedger AS d
        WHERE d.UserId = @UserId AND d.CreatedAt < @To
    ) AS t;
GO
