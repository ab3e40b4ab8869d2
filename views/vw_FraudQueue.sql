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
    m.CouponCode,
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
LEFT JOIN dbo.Coupons AS c
    ON c.CouponId = e.CouponId
CROSS APPLY dbo.fn_ShownCode(e.CouponCode, c.GenerationBatchId, c.IsRedeemed) AS m
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
        END AS RiskFactor,
        CASE e.Severity
            WHEN N'critical' THEN 1
            WHEN N'high' THEN 2
            WHEN N'medium' THEN 3
            WHEN N'low' THEN 4
        END AS SeverityRank,
        CASE e.Severity
            WHEN N'critical' THEN N'block'
            WHEN N'high' THEN N'restrict'
            WHEN N'medium' THEN N'review'
            WHEN N'low' THEN N'monitor'
        END AS RecommendedAction
) AS l
WHERE e.ReviewStatus = N'pending';
GO
