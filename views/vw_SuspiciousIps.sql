/*
dbo.vw_SuspiciousIps: addresses that many users share (3 and more), or that try codes nobody issued
(10 and more, dry runs included), within 24 hours. Personal data: for operators.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_SuspiciousIps
AS
SELECT
    t.IpAddress,
    t.Users24h,
    t.Attempts24h,
    t.Failures24h,
    t.UnknownCodes24h,
    CAST(
        IIF(
            EXISTS (
                SELECT 1 AS Found
                FROM dbo.AccessLists AS a
                WHERE
                    a.ListKind = N'block'
                    AND a.SubjectKind = N'ip'
                    AND a.SubjectValue = t.IpAddress COLLATE Latin1_General_100_BIN2
                    AND a.IsActive = 1
                    AND (a.ExpiresAt IS NULL OR a.ExpiresAt > SYSUTCDATETIME())
            ), 1, 0
        ) AS bit
    ) AS IsBlocked
FROM (
    SELECT
        r.IpAddress,
        COUNT(DISTINCT r.UserId) AS Users24h,
        SUM(r.IsAttempt) AS Attempts24h,
        SUM(r.IsFailure) AS Failures24h,
        SUM(
            IIF(r.ResultCode IN (N'COUPON_NOT_FOUND', N'INVALID_CODE_FORMAT'), 1, 0)
        ) AS UnknownCodes24h
    FROM (
        SELECT
            h.IpAddress,
            h.UserId,
            h.FailureReason COLLATE Latin1_General_100_BIN2 AS ResultCode,
            1 AS IsAttempt,
            IIF(h.Status = N'failed', 1, 0) AS IsFailure
        FROM dbo.RedemptionHistory AS h
        WHERE
            h.IpAddress IS NOT NULL
            AND h.AttemptedAt > DATEADD(DAY, -1, SYSUTCDATETIME())
        UNION ALL
        SELECT
            v.IpAddress,
            v.UserId,
            v.ResultCode,
            0 AS IsAttempt,
            0 AS IsFailure
        FROM dbo.FunnelEvents AS v
        WHERE
            v.IpAddress IS NOT NULL
            AND v.EventType = N'coupon_view'
            AND v.OccurredAt > DATEADD(DAY, -1, SYSUTCDATETIME())
    ) AS r
    GROUP BY r.IpAddress
) AS t
WHERE t.Users24h >= 3 OR t.UnknownCodes24h >= 10;
GO
