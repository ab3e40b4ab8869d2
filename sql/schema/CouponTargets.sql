/*
dbo.CouponTargets: who may use a coupon, or every coupon of a campaign. Rows of the coupon
replace those of its campaign, kind by kind; include rows: one must match, exclude rows: none
may.

Written by: sp_SetTargets, sp_CreateCoupon, sp_CreateCampaign.
Read by:    steps S10, S11 and S12.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponTargets
(
    TargetId int IDENTITY (1, 1) NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CouponId bigint NULL,
    TargetKind nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL,
    TargetValue nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    IsExcluded bit NOT NULL CONSTRAINT DF_CouponTargets_IsExcluded DEFAULT (0),

    CONSTRAINT PK_CouponTargets PRIMARY KEY CLUSTERED (TargetId),
    CONSTRAINT UQ_CouponTargets_CampaignId_CouponId_TargetKind_TargetValue
        UNIQUE NONCLUSTERED (CampaignId, CouponId, TargetKind, TargetValue),
    CONSTRAINT FK_CouponTargets_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT FK_CouponTargets_Coupons FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT CK_CouponTargets_TargetKind CHECK (
        TargetKind IN (
            N'tier', N'country', N'service', N'consultant'
        )
    ),
    CONSTRAINT CK_CouponTargets_Owner CHECK (
        (CampaignId IS NULL AND CouponId IS NOT NULL)
        OR (CampaignId IS NOT NULL AND CouponId IS NULL)
    ),
    CONSTRAINT CK_CouponTargets_Tier CHECK (
        TargetKind <> N'tier'
        OR TargetValue IN (
            N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual'
        )
    )
);
GO

CREATE NONCLUSTERED INDEX IX_CouponTargets_CouponId
    ON dbo.CouponTargets (CouponId)
    WHERE CouponId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_CouponTargets_CampaignId
    ON dbo.CouponTargets (CampaignId)
    WHERE CampaignId IS NOT NULL;
GO
