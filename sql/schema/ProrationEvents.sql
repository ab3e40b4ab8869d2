/*
dbo.ProrationEvents: the money side of one tier change within a period; NetAmount may be
negative.

Written by: sp_ChangeSubscriptionTier.
Read by:    vw_ProrationTimeline.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.ProrationEvents
(
    ProrationId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SubscriptionId bigint NOT NULL,
    FromTier nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ToTier nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ChangeType nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    DaysRemaining int NOT NULL,
    DaysInPeriod int NOT NULL,
    UnusedCredit decimal(10, 2) NOT NULL,
    NewTierCost decimal(10, 2) NOT NULL,
    DiscountAmount decimal(10, 2) NOT NULL CONSTRAINT DF_ProrationEvents_DiscountAmount DEFAULT (0),
    NetAmount decimal(10, 2) NOT NULL,
    EffectiveDate datetime2(3) NOT NULL,
    Status nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_ProrationEvents_Status DEFAULT (N'pending'),
    RedemptionId bigint NULL,
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_ProrationEvents_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_ProrationEvents PRIMARY KEY CLUSTERED (ProrationId),
    CONSTRAINT UQ_ProrationEvents_RequestId UNIQUE NONCLUSTERED (RequestId),
    CONSTRAINT FK_ProrationEvents_Subscriptions
        FOREIGN KEY (SubscriptionId) REFERENCES dbo.Subscriptions (SubscriptionId),
    CONSTRAINT CK_ProrationEvents_FromTier CHECK (
        FromTier IN (
            N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual'
        )
    ),
    CONSTRAINT CK_ProrationEvents_ToTier CHECK (
        ToTier IN (
            N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual'
        )
    ),
    CONSTRAINT CK_ProrationEvents_ChangeType CHECK (ChangeType IN (N'upgrade', N'downgrade')),
    CONSTRAINT CK_ProrationEvents_Status CHECK (
        Status IN (
            N'pending', N'applied', N'failed', N'reversed'
        )
    ),
    CONSTRAINT CK_ProrationEvents_Days CHECK (DaysRemaining >= 0 AND DaysRemaining <= DaysInPeriod),
    CONSTRAINT CK_ProrationEvents_Tiers CHECK (FromTier <> ToTier),
    CONSTRAINT CK_ProrationEvents_UnusedCredit CHECK (UnusedCredit >= 0),
    CONSTRAINT CK_ProrationEvents_NewTierCost CHECK (NewTierCost >= 0),
    CONSTRAINT CK_ProrationEvents_DiscountAmount CHECK (DiscountAmount >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_ProrationEvents_SubscriptionId_EffectiveDate_Status
    ON dbo.ProrationEvents (SubscriptionId, EffectiveDate, Status);
GO
