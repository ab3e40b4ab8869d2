/*
dbo.CampaignMarkers: events drawn on timelines, of one campaign or (NULL) of all.

Written by: sp_AddMarker.
Read by:    analytics procedures.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CampaignMarkers
(
    MarkerId int IDENTITY (1, 1) NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    OccurredAt datetime2(3) NOT NULL,
    Kind nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Label nvarchar(200) NOT NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CampaignMarkers_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CampaignMarkers PRIMARY KEY CLUSTERED (MarkerId),
    CONSTRAINT FK_CampaignMarkers_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT CK_CampaignMarkers_Kind CHECK (
        Kind IN (
            N'launch', N'email', N'social_post', N'press', N'other'
        )
    )
);
GO

CREATE NONCLUSTERED INDEX IX_CampaignMarkers_CampaignId
    ON dbo.CampaignMarkers (CampaignId)
    WHERE CampaignId IS NOT NULL;
GO
