/*
dbo.RedemptionHistoryArchive: ledger rows older than archive_after_months, same columns without
IDENTITY. They were checked when they were written: no constraint but the key.

Written by: sp_ArchiveRedemptionHistory, sp_EraseUserData.
Read by:    vw_RedemptionLedger, vw_CounterDrift, recounts.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.RedemptionHistoryArchive
(
    RedemptionId bigint NOT NULL,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    AttemptedAt datetime2(3) NOT NULL,
    Success bit NOT NULL,
    FailureReason nvarchar(500) NULL,
    IpAddress nvarchar(45) NULL,
    UserAgent nvarchar(500) NULL,
    Status nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    FailureMessage nvarchar(400) NULL,
    FailedStep nvarchar(4) COLLATE Latin1_General_100_BIN2 NULL,
    CouponId bigint NULL,
    ReservationId bigint NULL,
    OrderId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    OrderAmount decimal(10, 2) NULL,
    FinalAmount decimal(10, 2) NULL,
    BaseAmount decimal(10, 2) NULL,
    DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    DiscountAmount decimal(10, 2) NOT NULL,
    CurrencyCode nchar(3) COLLATE Latin1_General_100_BIN2 NULL,
    CreditsGranted int NOT NULL,
    CreditsApplied int NOT NULL,
    MonthsGranted int NOT NULL,
    LicenseId bigint NULL,
    SubscriptionId bigint NULL,
    UserTier nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    ServiceType nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    ConsultantId nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    CountryCode nchar(2) COLLATE Latin1_General_100_BIN2 NULL,
    DeviceFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
    MarketingChannel nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    UtmSource nvarchar(100) NULL,
    UtmMedium nvarchar(100) NULL,
    UtmCampaign nvarchar(100) NULL,
    RiskScore decimal(3, 2) NULL,
    ReviewStatus nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ReviewedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ReviewedAt datetime2(3) NULL,
    IdempotencyKey nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CompletedAt datetime2(3) NULL,
    ReversedAt datetime2(3) NULL,
    ReversedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ReversalReason nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    UseRestored bit NULL,
    RefundedAmount decimal(10, 2) NOT NULL,
    FulfilmentStatus nvarchar(12) COLLATE Latin1_General_100_BIN2 NULL,
    FulfilledAt datetime2(3) NULL,
    ArchivedAt datetime2(3) NOT NULL
        CONSTRAINT DF_RedemptionHistoryArchive_ArchivedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_RedemptionHistoryArchive PRIMARY KEY CLUSTERED (RedemptionId)
);
GO

CREATE NONCLUSTERED INDEX IX_RedemptionHistoryArchive_CouponId
    ON dbo.RedemptionHistoryArchive (CouponId);

CREATE NONCLUSTERED INDEX IX_RedemptionHistoryArchive_CampaignId
    ON dbo.RedemptionHistoryArchive (CampaignId);

CREATE NONCLUSTERED INDEX IX_RedemptionHistoryArchive_UserId_AttemptedAt
    ON dbo.RedemptionHistoryArchive (UserId, AttemptedAt);
GO
