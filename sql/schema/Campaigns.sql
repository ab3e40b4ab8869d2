/*
dbo.Campaigns: one marketing campaign: its dates, limits, budget and default discount.
CurrentRedemptions is exact after every commit while StripeCount is 1; the sum over
CampaignCounterStripes always is.

Written by: sp_CreateCampaign, sp_SetCampaignStatus and the other campaign procedures,
            redemption writes (CurrentRedemptions, budget alert), sp_RefreshCampaignCounters.
Read by:    evaluation steps S05, S16, S17, S19, S20, vw_ActiveCampaigns and nearly every
            report.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Campaigns
(
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Name nvarchar(200) NOT NULL,
    Description nvarchar(1000) NULL,
    StartDate datetime2(3) NOT NULL,
    EndDate datetime2(3) NULL,
    DiscountPercentage decimal(5, 2) NULL,
    DiscountAmount decimal(10, 2) NULL,
    MaxRedemptionsPerUser int NULL CONSTRAINT DF_Campaigns_MaxRedemptionsPerUser DEFAULT (1),
    MaxTotalRedemptions int NULL,
    CurrentRedemptions int NOT NULL CONSTRAINT DF_Campaigns_CurrentRedemptions DEFAULT (0),
    IsActive bit NOT NULL CONSTRAINT DF_Campaigns_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL CONSTRAINT DF_Campaigns_CreatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedAt datetime2(3) NOT NULL CONSTRAINT DF_Campaigns_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CampaignType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Campaigns_CampaignType DEFAULT (N'promotional'),
    MarketingChannel nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    CampaignSource nvarchar(100) NULL,
    UtmSource nvarchar(100) NULL,
    UtmMedium nvarchar(100) NULL,
    UtmCampaign nvarchar(100) NULL,
    CurrencyCode nchar(3) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Campaigns_CurrencyCode DEFAULT (N'USD'),
    BudgetAmount decimal(10, 2) NULL,
    BudgetAlertPercent tinyint NOT NULL CONSTRAINT DF_Campaigns_BudgetAlertPercent DEFAULT (80),
    BudgetAlertSentAt datetime2(3) NULL,
    MarketingCost decimal(10, 2) NOT NULL CONSTRAINT DF_Campaigns_MarketingCost DEFAULT (0),
    StripeCount tinyint NOT NULL CONSTRAINT DF_Campaigns_StripeCount DEFAULT (1),
    DeactivationReason nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    ClonedFromId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    DeletedAt datetime2(3) NULL,
    DeletedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    RowVer rowversion NOT NULL,

    CONSTRAINT PK_Campaigns PRIMARY KEY CLUSTERED (CampaignId),
    CONSTRAINT FK_Campaigns_Campaigns_ClonedFrom
        FOREIGN KEY (ClonedFromId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT CK_Campaigns_CampaignType CHECK (
        CampaignType IN (
            N'seasonal', N'win_back', N'referral', N'promotional', N'early_bird'
        )
    ),
    CONSTRAINT CK_Campaigns_MarketingChannel CHECK (
        MarketingChannel IN (
            N'email', N'social', N'paid_ads', N'organic'
        )
    ),
    CONSTRAINT CK_Campaigns_CampaignId CHECK (
        LEN(CampaignId) >= 1 AND CampaignId NOT LIKE N'%[^A-Za-z0-9._-]%'
    ),
    CONSTRAINT CK_Campaigns_Name CHECK (LEN(Name) >= 1),
    CONSTRAINT CK_Campaigns_Dates CHECK (EndDate > StartDate),
    CONSTRAINT CK_Campaigns_DiscountPercentage CHECK (
        DiscountPercentage > 0 AND DiscountPercentage <= 100
    ),
    CONSTRAINT CK_Campaigns_DiscountAmount CHECK (DiscountAmount > 0),
    CONSTRAINT CK_Campaigns_OneDiscount CHECK (
        DiscountPercentage IS NULL OR DiscountAmount IS NULL
    ),
    CONSTRAINT CK_Campaigns_MaxRedemptionsPerUser CHECK (MaxRedemptionsPerUser >= 1),
    CONSTRAINT CK_Campaigns_MaxTotalRedemptions CHECK (MaxTotalRedemptions >= 1),
    CONSTRAINT CK_Campaigns_CurrentRedemptions CHECK (
        CurrentRedemptions >= 0
        AND (MaxTotalRedemptions IS NULL OR CurrentRedemptions <= MaxTotalRedemptions)
    ),
    CONSTRAINT CK_Campaigns_CurrencyCode CHECK (CurrencyCode LIKE N'[A-Z][A-Z][A-Z]'),
    CONSTRAINT CK_Campaigns_BudgetAmount CHECK (BudgetAmount > 0),
    CONSTRAINT CK_Campaigns_BudgetAlertPercent CHECK (BudgetAlertPercent BETWEEN 1 AND 100),
    CONSTRAINT CK_Campaigns_MarketingCost CHECK (MarketingCost >= 0),
    CONSTRAINT CK_Campaigns_StripeCount CHECK (StripeCount BETWEEN 1 AND 64),
    CONSTRAINT CK_Campaigns_DeactivationReason CHECK (
        DeactivationReason IS NULL
        OR (IsActive = 0 AND DeactivationReason IN (N'manual', N'budget_exhausted', N'fraud'))
    )
);
GO

CREATE NONCLUSTERED INDEX IX_Campaigns_IsActive
    ON dbo.Campaigns (IsActive)
    INCLUDE (Name, StartDate, EndDate, MaxTotalRedemptions)
    WHERE DeletedAt IS NULL;

CREATE NONCLUSTERED INDEX IX_Campaigns_StartDate_EndDate
    ON dbo.Campaigns (StartDate, EndDate)
    INCLUDE (IsActive, CampaignType);
GO
