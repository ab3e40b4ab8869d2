/*
dbo.RedemptionHistory: the ledger: one row per attempt to use a code, failed ones and unknown
codes included (therefore no foreign key to the code). Counted = Status success, or reversed with
UseRestored = 0. Transitions: pending to success or failed, success to reversed.

Written by: sp_RedeemCoupon, sp_ReserveCoupon and what follows a reservation,
            sp_ReverseRedemption, reviews; sp_ArchiveRedemptionHistory moves old rows away.
Read by:    steps S02, S13, S18, S24, S25, vw_RedemptionLedger, vw_CounterDrift and every
            report.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.RedemptionHistory
(
    RedemptionId bigint IDENTITY (1, 1) NOT NULL,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    AttemptedAt datetime2(3) NOT NULL
        CONSTRAINT DF_RedemptionHistory_AttemptedAt DEFAULT (SYSUTCDATETIME()),
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
    DiscountAmount decimal(10, 2) NOT NULL
        CONSTRAINT DF_RedemptionHistory_DiscountAmount DEFAULT (0),
    CurrencyCode nchar(3) COLLATE Latin1_General_100_BIN2 NULL,
    CreditsGranted int NOT NULL CONSTRAINT DF_RedemptionHistory_CreditsGranted DEFAULT (0),
    CreditsApplied int NOT NULL CONSTRAINT DF_RedemptionHistory_CreditsApplied DEFAULT (0),
    MonthsGranted int NOT NULL CONSTRAINT DF_RedemptionHistory_MonthsGranted DEFAULT (0),
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
    ReviewStatus nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_RedemptionHistory_ReviewStatus DEFAULT (N'none'),
    ReviewedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ReviewedAt datetime2(3) NULL,
    IdempotencyKey nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CompletedAt datetime2(3) NULL,
    ReversedAt datetime2(3) NULL,
    ReversedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ReversalReason nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    UseRestored bit NULL,
    RefundedAmount decimal(10, 2) NOT NULL
        CONSTRAINT DF_RedemptionHistory_RefundedAmount DEFAULT (0),
    FulfilmentStatus nvarchar(12) COLLATE Latin1_General_100_BIN2 NULL,
    FulfilledAt datetime2(3) NULL,

    CONSTRAINT PK_RedemptionHistory PRIMARY KEY CLUSTERED (RedemptionId),
    CONSTRAINT FK_RedemptionHistory_PerpetualLicenses
        FOREIGN KEY (LicenseId) REFERENCES dbo.PerpetualLicenses (LicenseId),
    CONSTRAINT FK_RedemptionHistory_Subscriptions
        FOREIGN KEY (SubscriptionId) REFERENCES dbo.Subscriptions (SubscriptionId),
    CONSTRAINT CK_RedemptionHistory_Status CHECK (
        Status IN (
            N'success', N'failed', N'reversed', N'pending'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_DiscountType CHECK (
        DiscountType IN (
            N'percentage', N'fixed_amount', N'credits', N'months_free', N'free_session'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_UserTier CHECK (
        UserTier IN (
            N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_MarketingChannel CHECK (
        MarketingChannel IN (
            N'email', N'social', N'paid_ads', N'organic'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_ReviewStatus CHECK (
        ReviewStatus IN (
            N'none', N'pending', N'approved', N'rejected', N'auto_closed'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_ReversalReason CHECK (
        ReversalReason IN (
            N'refund', N'chargeback', N'admin', N'error'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_FulfilmentStatus CHECK (
        FulfilmentStatus IN (
            N'pending', N'completed', N'attended', N'no_show', N'cancelled'
        )
    ),
    CONSTRAINT CK_RedemptionHistory_SuccessStatus CHECK (
        (Success = 1 AND Status IN (N'success', N'reversed'))
        OR (Success = 0 AND Status IN (N'failed', N'pending'))
    ),
    CONSTRAINT CK_RedemptionHistory_FailureReason CHECK (
        FailureReason IS NULL OR Status = N'failed'
    ),
    CONSTRAINT CK_RedemptionHistory_FailedStep CHECK (FailedStep LIKE N'S[0-2][0-9]'),
    CONSTRAINT CK_RedemptionHistory_DiscountAmount CHECK (DiscountAmount >= 0),
    CONSTRAINT CK_RedemptionHistory_RiskScore CHECK (RiskScore BETWEEN 0 AND 1),
    CONSTRAINT CK_RedemptionHistory_Reversed CHECK (
        Status <> N'reversed' OR (ReversedAt IS NOT NULL AND UseRestored IS NOT NULL)
    ),
    CONSTRAINT CK_RedemptionHistory_RefundedAmount CHECK (
        RefundedAmount BETWEEN 0 AND ISNULL(FinalAmount, 0)
    )
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_RedemptionHistory_IdempotencyKey
    ON dbo.RedemptionHistory (IdempotencyKey)
    WHERE IdempotencyKey IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_UserId_AttemptedAt
    ON dbo.RedemptionHistory (UserId, AttemptedAt DESC)
    INCLUDE (Success, Status, FailureReason, IpAddress, CouponId, DeviceFingerprint);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_UserId_Status_AttemptedAt
    ON dbo.RedemptionHistory (UserId, Status, AttemptedAt)
    INCLUDE (CouponId, CampaignId, OrderId, DiscountAmount, SubscriptionId);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_CouponId_UserId_AttemptedAt
    ON dbo.RedemptionHistory (CouponId, UserId, AttemptedAt)
    INCLUDE (Status, UseRestored, DiscountAmount, FinalAmount);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_CouponCode
    ON dbo.RedemptionHistory (CouponCode, AttemptedAt);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_AttemptedAt
    ON dbo.RedemptionHistory (AttemptedAt)
    INCLUDE (Status, CampaignId, CouponId, UserId, DiscountAmount, FinalAmount);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_Success
    ON dbo.RedemptionHistory (Success, AttemptedAt)
    INCLUDE (CampaignId, FailureReason);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_CampaignId_Status
    ON dbo.RedemptionHistory (CampaignId, Status)
    INCLUDE (UserId, UseRestored, DiscountAmount, DeviceFingerprint);

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_IpAddress_AttemptedAt
    ON dbo.RedemptionHistory (IpAddress, AttemptedAt)
    INCLUDE (UserId)
    WHERE IpAddress IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_OrderId
    ON dbo.RedemptionHistory (OrderId, UserId)
    INCLUDE (Status, CouponId, DiscountAmount)
    WHERE OrderId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_SubscriptionId
    ON dbo.RedemptionHistory (SubscriptionId)
    WHERE SubscriptionId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_RedemptionHistory_ReviewStatus
    ON dbo.RedemptionHistory (ReviewStatus, AttemptedAt)
    WHERE ReviewStatus = N'pending';
GO
