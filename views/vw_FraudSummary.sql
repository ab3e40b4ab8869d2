/*
dbo.vw_FraudSummary: fraud events by UTC day, type and severity, and how right they were.
DetectionPrecision = rejected (confirmed) of all reviewed ones, in percent; NULL before a review.
FraudRate = the successful redemptions tied to a confirmed event of this row, in percent of all
successful redemptions of the day; NULL on a day without any.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_FraudSummary
AS
SELECT
    f.Day,
    f.DetectionType,
    f.RiskFactor,
    f.Severity,
    f.Events,
    f.Approved,
    f.Rejected,
    f.Pending,
    CAST(100.0 * f.Rejected / NULLIF(f.Approved + f.Rejected, 0) AS decimal(5, 2))
        AS DetectionPrecision,
    CAST(100.0 * f.FraudulentSuccesses / NULLIF(s.Successes, 0) AS decimal(7, 4)) AS FraudRate
FROM (
    SELECT
        CAST(e.DetectedAt AS date) AS Day,
        e.DetectionType,
        l.RiskFactor,
        e.Severity,
        COUNT(*) AS Events,
        SUM(IIF(e.ReviewStatus = N'approved', 1, 0)) AS Approved,
        SUM(IIF(e.ReviewStatus = N'rejected', 1, 0)) AS Rejected,
        SUM(IIF(e.ReviewStatus = N'pending', 1, 0)) AS Pending,
        COUNT(DISTINCT h.RedemptionId) AS FraudulentSuccesses
    FROM dbo.FraudEvents AS e
    CROSS APPLY (
        SELECT
            CASE
                WHEN e.DetectionType IN (N'velocity_abuse', N'bot_pattern', N'code_guessing')
                    THEN N'multiple_rapid_attempts'
                WHEN e.DetectionType IN (N'suspicious_email_patterns', N'multiple_accounts')
                    THEN N'suspicious_email_patterns'
                WHEN
                    e.DetectionType IN (N'ip_address_abuse', N'ip_switching', N'geographic_anomaly')
                    THEN N'ip_address_abuse'
                WHEN
                    e.DetectionType IN (
                        N'unusual_usage_patterns', N'temporal_anomaly', N'stacking_abuse',
                        N'device_fingerprint_mismatch'
                    )
                    THEN N'unusual_usage_patterns'
            END AS RiskFactor
    ) AS l
    LEFT JOIN dbo.RedemptionHistory AS h
        ON
            h.RedemptionId = e.RedemptionId
            AND h.Status = N'success'
            AND e.ReviewStatus = N'rejected'
    GROUP BY
        CAST(e.DetectedAt AS date),
        e.DetectionType,
        l.RiskFactor,
        e.Severity
) AS f
CROSS APPLY (
    SELECT COUNT(*) AS Successes
    FROM dbo.RedemptionHistory AS r
    WHERE
        r.Status = N'success'
        AND r.AttemptedAt >= CAST(f.Day AS datetime2(3))
        AND r.AttemptedAt < DATEADD(DAY, 1, CAST(f.Day AS datetime2(3)))
) AS s;
GO
