/*
dbo.CampaignCoupons: coupons attached to campaigns. A hand-made coupon gets its home row
(primary) when it is created; generated codes have none, their home is Coupons.CampaignId.

Written by: sp_CreateCoupon, sp_AttachCoupon, sp_DetachCoupon.
Read by:    the fallback suggestion, vw_CampaignCoupons.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CampaignCoupons
(
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CouponId bigint NOT NULL,
    Role nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_CampaignCoupons_Role DEFAULT (N'primary'),
    Priority smallint NOT NULL CONSTRAINT DF_CampaignCoupons_Priority DEFAULT (100),
    AttachedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CampaignCoupons_AttachedAt DEFAULT (SYSUTCDATETIME()),
    AttachedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CampaignCoupons PRIMARY KEY CLUSTERED (CampaignId, CouponId),
    CONSTRAINT FK_CampaignCoupons_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT FK_CampaignCoupons_Coupons FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT CK_CampaignCoupons_Role CHECK (Role IN (N'primary', N'secondary', N'fallback'))
);
GO

CREATE NONCLUSTERED INDEX IX_CampaignCoupons_CouponId
    ON dbo.CampaignCoupons (CouponId);
GO
