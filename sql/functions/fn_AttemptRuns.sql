/*
dbo.fn_AttemptRuns: of users with eight attempts or more since @From, one row for each attempt that
may end a run of ten minutes: how many attempts the run has, and mean and deviation of the gaps
between them in milliseconds. The first attempt of a run has no gap.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_AttemptRuns(@From datetime2(3))
RETURNS TABLE
AS
RETURN
    WITH Gaps AS (
        SELECT
            h.UserId,
            h.AttemptedAt,
            LAG(h.AttemptedAt) OVER (
                PARTITION BY h.UserId
                ORDER BY h.AttemptedAt, h.RedemptionId
            ) AS PriorAt
        FROM dbo.RedemptionHistory AS h
        WHERE
            h.AttemptedAt > @From
            AND h.UserId IN (
                SELECT m.UserId
                FROM dbo.RedemptionHistory AS m
                WHERE m.AttemptedAt > @From
                GROUP BY m.UserId
                HAVING COUNT(*) >= 8
            )
    )

    SELECT
        t.UserId,
        t.AttemptedAt,
        COUNT(*) + 1 AS Attempts,
        AVG(CAST(DATEDIFF(MILLISECOND, g.PriorAt, g.AttemptedAt) AS float)) AS Mean,
        STDEV(CAST(DATEDIFF(MILLISECOND, g.PriorAt, g.AttemptedAt) AS float)) AS Deviation
    FROM (SELECT DISTINCT x.UserId, x.AttemptedAt FROM Gaps AS x) AS t
    INNER JOIN Gaps AS g
        ON
            t.UserId = g.UserId
            AND t.AttemptedAt >= g.AttemptedAt
            AND g.PriorAt > DATEADD(MINUTE, -10, t.AttemptedAt)
    GROUP BY t.UserId, t.AttemptedAt;
GO
