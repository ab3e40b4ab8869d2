/*
dbo.Subscriptions: one row per paying customer, changed in place; live = trial, active or
past_due.

Written by: sp_StartSubscription, sp_ChangeSubscriptionTier, sp_SetSubscriptionStatus,
            sp_ProcessPaymentEvent.
Read by:    tier step S10, fn_IsFirstTimeUser, vw_SubscriptionCredits, vw_CouponSubscriptions.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Subscriptions
(
    SubscriptionId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Tier nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Status nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Subscriptions_Status DEFAULT (N'active'),
    BillingCycle nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Subscriptions_BillingCycle DEFAULT (N'monthly'),
    BasePriceUsd decimal(10, 2) NOT NULL,
    MonthlyCreditAllocation int NOT NULL
        CONSTRAINT DF_Subscriptions_MonthlyCreditAllocation DEFAULT (0),
    CurrentPeriodStart datetime2(3) NOT NULL,
    CurrentPeriodEnd datetime2(3) NOT NULL,
    TrialEndsAt datetime2(3) NULL,
    CancelledAt datetime2(3) NULL,
    StripeCustomerId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    StripeSubscriptionId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CouponRedemptionId bigint NULL,
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_Subscriptions_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_Subscriptions_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_Subscriptions PRIMARY KEY CLUSTERED (SubscriptionId),
    CONSTRAINT FK_Subscriptions_UserProfiles
        FOREIGN KEY (UserId) REFERENCES dbo.UserProfiles (UserId),
    CONSTRAINT FK_Subscriptions_SubscriptionTierConfigs
        FOREIGN KEY (Tier) REFERENCES dbo.SubscriptionTierConfigs (Tier),
    CONSTRAINT CK_Subscriptions_Status CHECK (
        Status IN (
            N'trial', N'active', N'past_due', N'cancelled', N'expired', N'suspended'
        )
    ),
    CONSTRAINT CK_Subscriptions_BillingCycle CHECK (BillingCycle IN (N'monthly', N'annual')),
    CONSTRAINT CK_Subscriptions_BasePriceUsd CHECK (BasePriceUsd >= 0),
    CONSTRAINT CK_Subscriptions_MonthlyCreditAllocation CHECK (MonthlyCreditAllocation >= 0),
    CONSTRAINT CK_Subscriptions_Period CHECK (CurrentPeriodEnd > CurrentPeriodStart)
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_Subscriptions_StripeCustomerId
    ON dbo.Subscriptions (StripeCustomerId)
    WHERE StripeCustomerId IS NOT NULL;

CREATE UNIQUE NONCLUSTERED INDEX UQ_Subscriptions_StripeSubscriptionId
    ON dbo.Subscriptions (StripeSubscriptionId)
    WHERE StripeSubscriptionId IS NOT NULL;

CREATE UNIQUE NONCLUSTERED INDEX UQ_Subscriptions_RequestId
    ON dbo.Subscriptions (RequestId)
    WHERE RequestId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_Subscriptions_UserId_CurrentPeriodEnd_Status
    ON dbo.Subscriptions (UserId, CurrentPeriodEnd, Status)
    INCLUDE (Tier, BasePriceUsd);
GO
