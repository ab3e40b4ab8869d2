/*
dbo.UserRedemptions: how often one user used one campaign.

Written by: redemption writes.
Read by:    step S16, vw_CounterDrift.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.UserRedemptions
(
    UserRedemptionId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RedemptionCount int NOT NULL CONSTRAINT DF_UserRedemptions_RedemptionCount DEFAULT (0),
    LastRedeemedAt datetime2(3) NULL,
    ReservedCount int NOT NULL CONSTRAINT DF_UserRedemptions_ReservedCount DEFAULT (0),
    TotalDiscount decimal(10, 2) NOT NULL CONSTRAINT DF_UserRedemptions_TotalDiscount DEFAULT (0),
    FirstRedeemedAt datetime2(3) NULL,

    CONSTRAINT PK_UserRedemptions PRIMARY KEY CLUSTERED (UserRedemptionId),
    CONSTRAINT UQ_UserRedemptions_UserId_CampaignId UNIQUE NONCLUSTERED (UserId, CampaignId),
    CONSTRAINT FK_UserRedemptions_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT CK_UserRedemptions_RedemptionCount CHECK (RedemptionCount >= 0),
    CONSTRAINT CK_UserRedemptions_ReservedCount CHECK (ReservedCount >= 0),
    CONSTRAINT CK_UserRedemptions_TotalDiscount CHECK (TotalDiscount >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_UserRedemptions_CampaignId
    ON dbo.UserRedemptions (CampaignId)
    INCLUDE (UserId, RedemptionCount);
GO
