/*
dbo.fn_FraudLabels: what a detection type and a severity are called elsewhere. RiskFactor is the
group of the type; SeverityRank orders severities, critical first; RecommendedAction is what an
operator should do. A type or severity that does not exist has no label (NULL).
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_FraudLabels(
    @DetectionType nvarchar(30),
    @Severity nvarchar(10)
)
RETURNS TABLE
AS
RETURN
    SELECT
        CASE
            WHEN @DetectionType IN (N'velocity_abuse', N'bot_pattern', N'code_guessing')
                THEN N'multiple_rapid_attempts'
            WHEN @DetectionType IN (N'suspicious_email_patterns', N'multiple_accounts')
                THEN N'suspicious_email_patterns'
            WHEN
                @DetectionType IN (N'ip_address_abuse', N'ip_switching', N'geographic_anomaly')
                THEN N'ip_address_abuse'
            WHEN
                @DetectionType IN (
                    N'unusual_usage_patterns', N'temporal_anomaly', N'stacking_abuse',
                    N'device_fingerprint_mismatch'
                )
                THEN N'unusual_usage_patterns'
        END AS RiskFactor,
        CASE @Severity
            WHEN N'critical' THEN 1
            WHEN N'high' THEN 2
            WHEN N'medium' THEN 3
            WHEN N'low' THEN 4
        END AS SeverityRank,
        CASE @Severity
            WHEN N'critical' THEN N'block'
            WHEN N'high' THEN N'restrict'
            WHEN N'medium' THEN N'review'
            WHEN N'low' THEN N'monitor'
        END AS RecommendedAction;
GO
