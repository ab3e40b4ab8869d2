/*
dbo.Coupons: one code, hand-made or generated, with its own limits and counters. A soft-deleted
code stays in the unique index: it can be restored but never issued again. SearchKey folds
look-alikes as fn_SearchKey does.

Written by: sp_CreateCoupon, sp_BulkInsertCoupons and the other coupon procedures, redemption
            writes (counters).
Read by:    evaluation steps S04 to S15, vw_CouponList, vw_RedemptionStats.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Coupons
(
    CouponId bigint IDENTITY (1, 1) NOT NULL,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    IsRedeemed bit NOT NULL CONSTRAINT DF_Coupons_IsRedeemed DEFAULT (0),
    RedeemedAt datetime2(3) NULL,
    RedeemedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    ExpiresAt datetime2(3) NULL,
    AssignedTo nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    GenerationBatchId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CreatedAt datetime2(3) NOT NULL CONSTRAINT DF_Coupons_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CouponType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Coupons_CouponType DEFAULT (N'percentage_discount'),
    DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    DiscountValue decimal(10, 2) NULL,
    MaxDiscountAmount decimal(10, 2) NULL,
    MinimumOrderAmount decimal(10, 2) NOT NULL CONSTRAINT DF_Coupons_MinimumOrderAmount DEFAULT (0),
    MaxUses int NULL CONSTRAINT DF_Coupons_MaxUses DEFAULT (1),
    UsedCount int NOT NULL CONSTRAINT DF_Coupons_UsedCount DEFAULT (0),
    ReservedCount int NOT NULL CONSTRAINT DF_Coupons_ReservedCount DEFAULT (0),
    MaxUsesPerUser int NOT NULL CONSTRAINT DF_Coupons_MaxUsesPerUser DEFAULT (1),
    UniqueUsers int NOT NULL CONSTRAINT DF_Coupons_UniqueUsers DEFAULT (0),
    TotalDiscountApplied decimal(10, 2) NOT NULL
        CONSTRAINT DF_Coupons_TotalDiscountApplied DEFAULT (0),
    LastUsedAt datetime2(3) NULL,
    ValidFrom datetime2(3) NULL,
    IsActive bit NOT NULL CONSTRAINT DF_Coupons_IsActive DEFAULT (1),
    IsFlagged bit NOT NULL CONSTRAINT DF_Coupons_IsFlagged DEFAULT (0),
    InternalName nvarchar(100) NULL,
    Description nvarchar(1000) NULL,
    ApplicableTo nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Coupons_ApplicableTo DEFAULT (N'all'),
    IsStackable bit NOT NULL CONSTRAINT DF_Coupons_IsStackable DEFAULT (0),
    StackingGroup nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    VariantLabel nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    PartnerId int NULL,
    UpgradeVersion nvarchar(20) NULL,
    CampaignSource nvarchar(100) NULL,
    UtmSource nvarchar(100) NULL,
    UtmMedium nvarchar(100) NULL,
    UtmCampaign nvarchar(100) NULL,
    Notes nvarchar(2000) NULL,
    StripeCount tinyint NOT NULL CONSTRAINT DF_Coupons_StripeCount DEFAULT (1),
    TemplateId int NULL,
    SearchKey AS (
        CAST(
            REPLACE(TRANSLATE(UPPER(CouponCode), N'-_01L582', N'  OIISBZ'), N' ', N'')
            + ISNULL(
                N' ' + REPLACE(
                    TRANSLATE(
                        UPPER(InternalName COLLATE Latin1_General_100_BIN2),
                        N'-_01L582', N'  OIISBZ'
                    ),
                    N' ', N''
                ),
                N''
            ) AS nvarchar(160)
        ) COLLATE Latin1_General_100_BIN2
    ) PERSISTED,
    ExpiryNotifiedAt datetime2(3) NULL,
    ExpiredEventAt datetime2(3) NULL,
    LimitEventAt datetime2(3) NULL,
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL CONSTRAINT DF_Coupons_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    DeletedAt datetime2(3) NULL,
    DeletedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    RowVer rowversion NOT NULL,

    CONSTRAINT PK_Coupons PRIMARY KEY CLUSTERED (CouponId),
    CONSTRAINT FK_Coupons_Campaigns FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT FK_Coupons_Partners FOREIGN KEY (PartnerId) REFERENCES dbo.Partners (PartnerId),
    CONSTRAINT FK_Coupons_CouponTemplates
        FOREIGN KEY (TemplateId) REFERENCES dbo.CouponTemplates (TemplateId),
    CONSTRAINT CK_Coupons_CouponType CHECK (
        CouponType IN (
            N'percentage_discount', N'fixed_amount_discount', N'tier_specific_discount',
            N'duration_bonus', N'byok_migration'
        )
    ),
    CONSTRAINT CK_Coupons_DiscountType CHECK (
        DiscountType IN (
            N'percentage', N'fixed_amount', N'credits', N'months_free', N'free_session'
        )
    ),
    CONSTRAINT CK_Coupons_ApplicableTo CHECK (
        ApplicableTo IN (
            N'all', N'book_a_meeting', N'30_for_30', N'specific_consultants',
            N'first_time_users'
        )
    ),
    CONSTRAINT CK_Coupons_Code CHECK (
        LEN(CouponCode) >= 3 AND CouponCode NOT LIKE N'%[^A-Z0-9_-]%'
    ),
    CONSTRAINT CK_Coupons_IsRedeemed CHECK (
        StripeCount > 1 OR IsRedeemed = CASE WHEN UsedCount >= MaxUses THEN 1 ELSE 0 END
    ),
    CONSTRAINT CK_Coupons_Redeemed CHECK (
        IsRedeemed = 1 OR (RedeemedAt IS NULL AND RedeemedBy IS NULL)
    ),
    CONSTRAINT CK_Coupons_TypePair CHECK (
        (DiscountType IS NULL AND CouponType IN (N'percentage_discount', N'fixed_amount_discount'))
        OR CONCAT(CouponType, N'/', DiscountType) IN (
            N'percentage_discount/percentage', N'percentage_discount/free_session',
            N'fixed_amount_discount/fixed_amount', N'fixed_amount_discount/credits',
            N'tier_specific_discount/percentage', N'tier_specific_discount/fixed_amount',
            N'duration_bonus/months_free',
            N'byok_migration/percentage', N'byok_migration/fixed_amount'
        )
    ),
    CONSTRAINT CK_Coupons_DiscountValue CHECK (
        CASE
            WHEN DiscountType IS NULL OR DiscountType = N'free_session'
                THEN IIF(DiscountValue IS NULL, 1, 0)
            WHEN DiscountValue IS NULL THEN 0
            WHEN DiscountType = N'percentage' THEN IIF(DiscountValue BETWEEN 1 AND 100, 1, 0)
            WHEN DiscountType = N'months_free'
                THEN IIF(DiscountValue BETWEEN 1 AND 36 AND DiscountValue % 1 = 0, 1, 0)
            ELSE IIF(DiscountValue > 0, 1, 0)
        END = 1
    ),
    CONSTRAINT CK_Coupons_MaxDiscountAmount CHECK (MaxDiscountAmount > 0),
    CONSTRAINT CK_Coupons_MinimumOrderAmount CHECK (MinimumOrderAmount >= 0),
    CONSTRAINT CK_Coupons_MaxUses CHECK (MaxUses >= 1),
    CONSTRAINT CK_Coupons_UsedCount CHECK (UsedCount >= 0),
    CONSTRAINT CK_Coupons_ReservedCount CHECK (ReservedCount >= 0),
    CONSTRAINT CK_Coupons_Uses CHECK (MaxUses IS NULL OR UsedCount + ReservedCount <= MaxUses),
    CONSTRAINT CK_Coupons_MaxUsesPerUser CHECK (MaxUsesPerUser BETWEEN 1 AND 10),
    CONSTRAINT CK_Coupons_UniqueUsers CHECK (UniqueUsers >= 0),
    CONSTRAINT CK_Coupons_TotalDiscountApplied CHECK (TotalDiscountApplied >= 0),
    CONSTRAINT CK_Coupons_Dates CHECK (ExpiresAt > ValidFrom),
    CONSTRAINT CK_Coupons_InternalName CHECK (LEN(InternalName) >= 3),
    CONSTRAINT CK_Coupons_StripeCount CHECK (StripeCount BETWEEN 1 AND 64)
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_Coupons_CouponCode
    ON dbo.Coupons (CouponCode)
    INCLUDE (CampaignId, IsActive, IsRedeemed, ExpiresAt, StripeCount, DeletedAt);

CREATE NONCLUSTERED INDEX IX_Coupons_CampaignId
    ON dbo.Coupons (CampaignId, CouponId)
    INCLUDE (IsRedeemed, ExpiresAt, IsActive, MaxUses, UsedCount, DeletedAt);

CREATE NONCLUSTERED INDEX IX_Coupons_IsRedeemed
    ON dbo.Coupons (IsRedeemed, CampaignId)
    INCLUDE (ExpiresAt)
    WHERE DeletedAt IS NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_ExpiresAt
    ON dbo.Coupons (ExpiresAt)
    INCLUDE (CampaignId, CouponCode, ExpiredEventAt, ExpiryNotifiedAt)
    WHERE ExpiresAt IS NOT NULL AND DeletedAt IS NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_RedeemedBy
    ON dbo.Coupons (RedeemedBy, RedeemedAt)
    WHERE RedeemedBy IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_AssignedTo
    ON dbo.Coupons (AssignedTo)
    INCLUDE (CouponCode, ExpiresAt)
    WHERE AssignedTo IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_GenerationBatchId
    ON dbo.Coupons (GenerationBatchId, CouponId)
    INCLUDE (CouponCode, ExpiresAt, IsRedeemed)
    WHERE GenerationBatchId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_HandMade
    ON dbo.Coupons (CreatedAt DESC)
    INCLUDE (SearchKey, CampaignId, DiscountType, IsActive)
    WHERE GenerationBatchId IS NULL AND DeletedAt IS NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_SearchKey
    ON dbo.Coupons (SearchKey)
    WHERE DeletedAt IS NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_PartnerId
    ON dbo.Coupons (PartnerId)
    WHERE PartnerId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_Coupons_TemplateId
    ON dbo.Coupons (TemplateId)
    WHERE TemplateId IS NOT NULL;
GO
