/*
dbo.DiscountTiers: spend more, save more: the row with the highest MinOrderAmount not above the
base applies.

Written by: sp_SetDiscountTiers.
Read by:    fn_EffectiveDiscount, step S21.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.DiscountTiers
(
    CouponId bigint NOT NULL,
    MinOrderAmount decimal(10, 2) NOT NULL,
    DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    DiscountValue decimal(10, 2) NOT NULL,

    CONSTRAINT PK_DiscountTiers PRIMARY KEY CLUSTERED (CouponId, MinOrderAmount),
    CONSTRAINT FK_DiscountTiers_Coupons FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT CK_DiscountTiers_DiscountType CHECK (
        DiscountType IN (
            N'percentage', N'fixed_amount'
        )
    ),
    CONSTRAINT CK_DiscountTiers_MinOrderAmount CHECK (MinOrderAmount >= 0),
    CONSTRAINT CK_DiscountTiers_DiscountValue CHECK (
        (DiscountType = N'percentage' AND DiscountValue BETWEEN 1 AND 100)
        OR (DiscountType = N'fixed_amount' AND DiscountValue > 0)
    )
);
GO
