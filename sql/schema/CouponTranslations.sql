/*
dbo.CouponTranslations: descriptions by language; en is required as soon as any language is
stored.

Written by: sp_CreateCoupon, sp_SetTranslation.
Read by:    sp_ValidateCoupon, sp_GetCouponDetails.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponTranslations
(
    CouponId bigint NOT NULL,
    LanguageCode nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Description nvarchar(1000) NOT NULL,

    CONSTRAINT PK_CouponTranslations PRIMARY KEY CLUSTERED (CouponId, LanguageCode),
    CONSTRAINT FK_CouponTranslations_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId)
);
GO
