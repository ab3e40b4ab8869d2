/*
dbo.vw_FraudQueue: the fraud events that wait for a review, with what else is known of their users:
all their events of 30 days and their failed attempts of 24 hours. The reader orders them, by
SeverityRank (critical is 1) and DetectedAt.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_FraudQueue
AS
SELECT
    e.FraudEventId,
    e.DetectedAt,
    e.Severity,
    l.SeverityRank,
    e.DetectionType,
    l.RiskFactor,
    e.UserId,
    e.CouponCode,
    e.CampaignId,
    e.RiskScore,
    e.OccurrenceCount,
    (
        SELECT COUNT(*)
        FROM dbo.FraudEvents AS u
        WHERE
            u.UserId = e.UserId
            AND u.DetectedAt > DATEADD(DAY, -30, SYSUTCDATETIME())
    ) AS UserEvents30d,
    (
        SELECT COUNT(*)
        FROM dbo.RedemptionHistory AS h
        WHERE
            h.UserId = e.UserId
            AND h.Status = N'failed'
            AND h.AttemptedAt > DATEADD(DAY, -1, SYSUTCDATETIME())
    ) AS UserFailures24h,
    l.RecommendedAction
FROM dbo.FraudEvents AS e
CROSS APPLY dbo.fn_FraudLabels(e.DetectionType, e.Severity) AS l
WHERE e.ReviewStatus = N'pending';
GO
