/*
dbo.vw_GenerationProgress: how far the generation requests are. IsStalled = claimed, but the lease
ran out: the next claim takes it over. SecondsPending = from the request to its first claim.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_GenerationProgress
AS
SELECT
    g.RequestId,
    g.CampaignId,
    g.Status,
    g.RequestedAmount,
    g.GeneratedAmount,
    CAST(100.0 * g.GeneratedAmount / g.RequestedAmount AS decimal(5, 2)) AS ProgressPercent,
    g.CollisionCount,
    g.AttemptCount,
    g.LeaseOwner,
    g.LeaseExpiresAt,
    CAST(
        IIF(g.Status = N'Processing' AND g.LeaseExpiresAt < SYSUTCDATETIME(), 1, 0) AS bit
    ) AS IsStalled,
    CAST(
        1000.0 * g.GeneratedAmount / NULLIF(t.RunMilliseconds, 0) AS decimal(12, 2)
    ) AS CodesPerSecond,
    t.SecondsPending,
    g.FailureReason,
    g.RequestedBy,
    g.CreatedAt,
    g.StartedAt,
    g.CompletedAt
FROM dbo.GenerationRequests AS g
CROSS APPLY (
    SELECT
        -- Big: a request that waited for weeks between two claims exceeds int milliseconds.
        DATEDIFF_BIG(
            MILLISECOND, g.StartedAt, COALESCE(g.CompletedAt, g.LastProgressAt, SYSUTCDATETIME())
        ) AS RunMilliseconds,
        DATEDIFF(
            SECOND, g.CreatedAt, COALESCE(g.StartedAt, g.CompletedAt, SYSUTCDATETIME())
        ) AS SecondsPending
) AS t;
GO
