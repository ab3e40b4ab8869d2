/*
dbo.vw_CreditLedger: how the balance of a user came about, entry by entry. A deduction from credits
of several types is an entry for each type. Amounts that are taken are negative.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CreditLedger
AS
SELECT
    e.UserId,
    e.OccurredAt,
    e.EntryType,
    e.Amount,
    e.CreditType,
    e.Reason,
    SUM(e.Amount) OVER (
        PARTITION BY e.UserId
        ORDER BY e.OccurredAt, e.SortOrder, e.EntryId, e.CreditType
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS RunningBalance
FROM (
    SELECT
        a.UserId,
        a.AppliedToBalanceAt AS OccurredAt,
        CAST(N'grant' AS nvarchar(6)) AS EntryType,
        CAST(a.Amount AS bigint) AS Amount,
        a.CreditType,
        -- One collation for both kinds of reason: Source is text for people, Reason a fixed list.
        CAST(a.Source AS nvarchar(50)) COLLATE Latin1_General_100_BIN2 AS Reason,
        1 AS SortOrder,
        a.AllocationId AS EntryId
    FROM dbo.CreditAllocations AS a
    WHERE a.AppliedToBalanceAt IS NOT NULL
    UNION ALL
    SELECT
        d.UserId,
        d.CreatedAt,
        CAST(
            CASE d.Reason
                WHEN N'expiry' THEN N'expire'
                WHEN N'reversal' THEN N'revoke'
                ELSE N'deduct'
            END AS nvarchar(6)
        ),
        -COALESCE(p.Amount, CAST(d.Amount AS bigint)),
        p.CreditType,
        CAST(d.Reason AS nvarchar(50)),
        2,
        d.DeductionId
    FROM dbo.CreditDeductionLedger AS d
    OUTER APPLY (
        SELECT
            a.CreditType,
            SUM(CAST(j.Amount AS bigint)) AS Amount
        FROM OPENJSON(d.AllocationsJson) WITH (
            AllocationId bigint N'$.allocationId',
            Amount int N'$.amount'
        ) AS j
        INNER JOIN dbo.CreditAllocations AS a
            ON a.AllocationId = j.AllocationId
        GROUP BY a.CreditType
    ) AS p
) AS e;
GO
