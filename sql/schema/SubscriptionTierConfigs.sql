/*
dbo.SubscriptionTierConfigs: prices and monthly credits of each subscription tier.

Written by: sp_SetTierConfig, the reference seed.
Read by:    sp_StartSubscription, sp_ChangeSubscriptionTier.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.SubscriptionTierConfigs
(
    Tier nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    DisplayName nvarchar(50) NOT NULL,
    MonthlyPrice decimal(10, 2) NOT NULL
        CONSTRAINT DF_SubscriptionTierConfigs_MonthlyPrice DEFAULT (0),
    AnnualPrice decimal(10, 2) NOT NULL
        CONSTRAINT DF_SubscriptionTierConfigs_AnnualPrice DEFAULT (0),
    MonthlyCredits int NOT NULL CONSTRAINT DF_SubscriptionTierConfigs_MonthlyCredits DEFAULT (0),
    IsActive bit NOT NULL CONSTRAINT DF_SubscriptionTierConfigs_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_SubscriptionTierConfigs_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_SubscriptionTierConfigs_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_SubscriptionTierConfigs PRIMARY KEY CLUSTERED (Tier),
    CONSTRAINT CK_SubscriptionTierConfigs_Tier CHECK (
        Tier IN (
            N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual'
        )
    ),
    CONSTRAINT CK_SubscriptionTierConfigs_MonthlyPrice CHECK (MonthlyPrice >= 0),
    CONSTRAINT CK_SubscriptionTierConfigs_AnnualPrice CHECK (AnnualPrice >= 0),
    CONSTRAINT CK_SubscriptionTierConfigs_MonthlyCredits CHECK (MonthlyCredits >= 0)
);
GO
