/*
dbo.FraudEvents: what the fraud rules saw. Repeats within 60 minutes update the open event.

Written by: redemption writes, sp_RunFraudScan, sp_RecordFraudEvent, sp_ReviewFraudEvents.
Read by:    step S23, fn_RiskScore, vw_FraudQueue, vw_FraudSummary.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.FraudEvents
(
    FraudEventId bigint IDENTITY (1, 1) NOT NULL,
    CouponId bigint NULL,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    RedemptionId bigint NULL,
    DetectionType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Severity nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RiskScore decimal(3, 2) NULL,
    DetailsJson nvarchar(max) NOT NULL CONSTRAINT DF_FraudEvents_DetailsJson DEFAULT (N'{}'),
    IpAddress nvarchar(45) NULL,
    DeviceFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
    CountryCode nchar(2) COLLATE Latin1_General_100_BIN2 NULL,
    IsFlagged bit NOT NULL CONSTRAINT DF_FraudEvents_IsFlagged DEFAULT (0),
    ActionTaken nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_FraudEvents_ActionTaken DEFAULT (N'none'),
    ReviewStatus nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_FraudEvents_ReviewStatus DEFAULT (N'pending'),
    ReviewedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ReviewedAt datetime2(3) NULL,
    ReviewNote nvarchar(1000) NULL,
    OccurrenceCount int NOT NULL CONSTRAINT DF_FraudEvents_OccurrenceCount DEFAULT (1),
    DetectedAt datetime2(3) NOT NULL
        CONSTRAINT DF_FraudEvents_DetectedAt DEFAULT (SYSUTCDATETIME()),
    LastSeenAt datetime2(3) NOT NULL
        CONSTRAINT DF_FraudEvents_LastSeenAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_FraudEvents PRIMARY KEY CLUSTERED (FraudEventId),
    CONSTRAINT CK_FraudEvents_DetectionType CHECK (
        DetectionType IN (
            N'velocity_abuse', N'ip_switching', N'bot_pattern', N'device_fingerprint_mismatch',
            N'stacking_abuse', N'multiple_accounts', N'code_guessing',
            N'suspicious_email_patterns', N'ip_address_abuse', N'geographic_anomaly',
            N'temporal_anomaly', N'unusual_usage_patterns'
        )
    ),
    CONSTRAINT CK_FraudEvents_Severity CHECK (
        Severity IN (
            N'low', N'medium', N'high', N'critical'
        )
    ),
    CONSTRAINT CK_FraudEvents_DetailsJson_IsJson CHECK (ISJSON(DetailsJson) = 1),
    CONSTRAINT CK_FraudEvents_ActionTaken CHECK (
        ActionTaken IN (
            N'none', N'flagged', N'blocked_attempt', N'banned_user', N'ip_blocked',
            N'locked_out'
        )
    ),
    CONSTRAINT CK_FraudEvents_ReviewStatus CHECK (
        ReviewStatus IN (
            N'pending', N'approved', N'rejected', N'auto_closed'
        )
    ),
    CONSTRAINT CK_FraudEvents_Subject CHECK (
        UserId IS NOT NULL OR IpAddress IS NOT NULL OR CouponId IS NOT NULL
    ),
    CONSTRAINT CK_FraudEvents_RiskScore CHECK (RiskScore BETWEEN 0 AND 1),
    CONSTRAINT CK_FraudEvents_OccurrenceCount CHECK (OccurrenceCount >= 1)
);
GO

CREATE NONCLUSTERED INDEX IX_FraudEvents_CouponId_Severity
    ON dbo.FraudEvents (CouponId, Severity, IsFlagged);

CREATE NONCLUSTERED INDEX IX_FraudEvents_UserId
    ON dbo.FraudEvents (UserId, ReviewStatus, DetectedAt DESC)
    INCLUDE (Severity, DetectionType, IsFlagged);

CREATE NONCLUSTERED INDEX IX_FraudEvents_Queue
    ON dbo.FraudEvents (ReviewStatus, Severity, DetectedAt)
    WHERE ReviewStatus = N'pending';
GO
