/*
dbo.CampaignCounterStripes: exact counters of a campaign, spread over StripeCount rows so that a
hot campaign is not one hot row. The limits of the stripes sum up to those of the campaign; NULL
= unlimited.

Written by: sp_CreateCampaign, sp_SetCampaignStripes, redemption writes.
Read by:    fn_CampaignCounters, vw_ActiveCampaigns, steps S17 and S20.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CampaignCounterStripes
(
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    StripeNo tinyint NOT NULL,
    StripeLimit int NULL,
    BudgetLimit decimal(10, 2) NULL,
    UsedCount int NOT NULL CONSTRAINT DF_CampaignCounterStripes_UsedCount DEFAULT (0),
    ReservedCount int NOT NULL CONSTRAINT DF_CampaignCounterStripes_ReservedCount DEFAULT (0),
    BudgetUsed decimal(10, 2) NOT NULL CONSTRAINT DF_CampaignCounterStripes_BudgetUsed DEFAULT (0),
    BudgetReserved decimal(10, 2) NOT NULL
        CONSTRAINT DF_CampaignCounterStripes_BudgetReserved DEFAULT (0),

    CONSTRAINT PK_CampaignCounterStripes PRIMARY KEY CLUSTERED (CampaignId, StripeNo),
    CONSTRAINT FK_CampaignCounterStripes_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT CK_CampaignCounterStripes_StripeNo CHECK (StripeNo <= 63),
    CONSTRAINT CK_CampaignCounterStripes_UsedCount CHECK (UsedCount >= 0),
    CONSTRAINT CK_CampaignCounterStripes_ReservedCount CHECK (ReservedCount >= 0),
    CONSTRAINT CK_CampaignCounterStripes_Uses CHECK (
        StripeLimit IS NULL OR UsedCount + ReservedCount <= StripeLimit
    ),
    CONSTRAINT CK_CampaignCounterStripes_BudgetUsed CHECK (BudgetUsed >= 0),
    CONSTRAINT CK_CampaignCounterStripes_BudgetReserved CHECK (BudgetReserved >= 0),
    CONSTRAINT CK_CampaignCounterStripes_Budget CHECK (
        BudgetLimit IS NULL OR BudgetUsed + BudgetReserved <= BudgetLimit
    )
);
GO
