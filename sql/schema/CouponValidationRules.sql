/*
dbo.CouponValidationRules: custom rules of a coupon or a campaign; both apply. Config:
{"domains":[...]}, {"minimum":n} or {"days":n} by type.

Written by: sp_SetValidationRule, sp_DeleteValidationRule.
Read by:    step S22.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponValidationRules
(
    RuleId int IDENTITY (1, 1) NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CouponId bigint NULL,
    RuleType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ConfigJson nvarchar(max) NULL,
    IsActive bit NOT NULL CONSTRAINT DF_CouponValidationRules_IsActive DEFAULT (1),
    SortOrder smallint NOT NULL CONSTRAINT DF_CouponValidationRules_SortOrder DEFAULT (100),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CouponValidationRules_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CouponValidationRules_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CouponValidationRules PRIMARY KEY CLUSTERED (RuleId),
    CONSTRAINT FK_CouponValidationRules_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT FK_CouponValidationRules_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT CK_CouponValidationRules_RuleType CHECK (
        RuleType IN (
            N'first_time_user_only', N'specific_email_domain', N'minimum_credit_balance',
            N'exclude_refunded_users', N'require_payment_method'
        )
    ),
    CONSTRAINT CK_CouponValidationRules_ConfigJson_IsJson CHECK (
        ConfigJson IS NULL OR ISJSON(ConfigJson) = 1
    ),
    CONSTRAINT CK_CouponValidationRules_Owner CHECK (
        (CampaignId IS NULL AND CouponId IS NOT NULL)
        OR (CampaignId IS NOT NULL AND CouponId IS NULL)
    )
);
GO

CREATE NONCLUSTERED INDEX IX_CouponValidationRules_CouponId
    ON dbo.CouponValidationRules (CouponId)
    WHERE CouponId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_CouponValidationRules_CampaignId
    ON dbo.CouponValidationRules (CampaignId)
    WHERE CampaignId IS NOT NULL;
GO
