/*
dbo.FraudEventsArchive: old fraud events, same columns without IDENTITY. They were checked when
they were written: no constraint but the key.

Written by: sp_ArchiveRedemptionHistory, sp_EraseUserData.
Read by:    investigations.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.FraudEventsArchive
(
    FraudEventId bigint NOT NULL,
    CouponId bigint NULL,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    RedemptionId bigint NULL,
    DetectionType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Severity nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RiskScore decimal(3, 2) NULL,
    DetailsJson nvarchar(max) NOT NULL,
    IpAddress nvarchar(45) NULL,
    DeviceFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
    CountryCode nchar(2) COLLATE Latin1_General_100_BIN2 NULL,
    IsFlagged bit NOT NULL,
    ActionTaken nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ReviewStatus nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ReviewedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ReviewedAt datetime2(3) NULL,
    ReviewNote nvarchar(1000) NULL,
    OccurrenceCount int NOT NULL,
    DetectedAt datetime2(3) NOT NULL,
    LastSeenAt datetime2(3) NOT NULL,
    ArchivedAt datetime2(3) NOT NULL
        CONSTRAINT DF_FraudEventsArchive_ArchivedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_FraudEventsArchive PRIMARY KEY CLUSTERED (FraudEventId)
);
GO

CREATE NONCLUSTERED INDEX IX_FraudEventsArchive_UserId
    ON dbo.FraudEventsArchive (UserId);
GO
