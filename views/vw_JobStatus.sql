/*
dbo.vw_JobStatus: the last run of each job, its last success, and whether that is too long ago. The
times are those of the schedule; a job that has none (and one that has never run) is late by them or
never. A run that found another instance at work (Skipped) is no run.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_JobStatus
AS
WITH Jobs AS (
    SELECT v.JobName COLLATE Latin1_General_100_BIN2 AS JobName, v.LateAfterSeconds
    FROM (VALUES
        (N'expire-reservations', 600),
        (N'outbox-dispatch', 300),
        (N'refresh-counters', 300),
        (N'requeue-pending', 900),
        (N'fraud-scan', 1800),
        (N'expiry-sweep', 7200),
        (N'expire-credits', 7200),
        (N'snapshot', 172800),
        (N'usage-summary', 172800),
        (N'reconcile', 172800),
        (N'cleanup', 172800),
        (N'archive', 15897600)
    ) AS v (JobName, LateAfterSeconds)
    UNION ALL
    SELECT DISTINCT r.JobName, NULL
    FROM dbo.JobRuns AS r
    WHERE r.JobName NOT IN (
        N'expire-reservations', N'outbox-dispatch', N'refresh-counters', N'requeue-pending',
        N'fraud-scan', N'expiry-sweep', N'expire-credits', N'snapshot', N'usage-summary',
        N'reconcile', N'cleanup', N'archive')
)
SELECT
    j.JobName,
    l.Status AS LastStatus,
    l.StartedAt AS LastStartedAt,
    CAST(DATEDIFF_BIG(MILLISECOND, l.StartedAt, l.FinishedAt) / 1000.0 AS decimal(18, 3))
        AS LastDurationSeconds,
    l.ItemsProcessed AS LastItems,
    l.Error AS LastError,
    s.FinishedAt AS LastSuccessAt,
    s.SecondsSince AS SecondsSinceSuccess,
    CAST(
        CASE WHEN j.LateAfterSeconds IS NULL THEN 0
             WHEN s.SecondsSince <= j.LateAfterSeconds THEN 0
             ELSE 1
        END AS bit
    ) AS IsLate
FROM Jobs AS j
OUTER APPLY (
    SELECT TOP (1) r.Status, r.StartedAt, r.FinishedAt, r.ItemsProcessed, r.Error
    FROM dbo.JobRuns AS r
    WHERE r.JobName = j.JobName AND r.Status <> N'Skipped'
    ORDER BY r.StartedAt DESC, r.JobRunId DESC
) AS l
OUTER APPLY (
    SELECT TOP (1)
        r.FinishedAt, DATEDIFF_BIG(SECOND, r.FinishedAt, SYSUTCDATETIME()) AS SecondsSince
    FROM dbo.JobRuns AS r
    WHERE r.JobName = j.JobName AND r.Status = N'Succeeded'
    ORDER BY r.StartedAt DESC, r.JobRunId DESC
) AS s;
GO
