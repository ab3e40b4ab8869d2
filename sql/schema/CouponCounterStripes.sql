/*
dbo.CouponCounterStripes: counters of one shared code with StripeCount > 1, spread over its
stripes.

Written by: sp_SetCampaignStripes, redemption writes.
Read by:    fn_CouponCounters, step S14.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponCounterStripes
(
    CouponId bigint NOT NULL,
    StripeNo tinyint NOT NULL,
    StripeLimit int NULL,
    UsedCount int NOT NULL CONSTRAINT DF_CouponCounterStripes_UsedCount DEFAULT (0),
    ReservedCount int NOT NULL CONSTRAINT DF_CouponCounterStripes_ReservedCount DEFAULT (0),
    UniqueUsers int NOT NULL CONSTRAINT DF_CouponCounterStripes_UniqueUsers DEFAULT (0),
    TotalDiscount decimal(10, 2) NOT NULL
        CONSTRAINT DF_CouponCounterStripes_TotalDiscount DEFAULT (0),
    LastUsedAt datetime2(3) NULL,

    CONSTRAINT PK_CouponCounterStripes PRIMARY KEY CLUSTERED (CouponId, StripeNo),
    CONSTRAINT FK_CouponCounterStripes_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT CK_CouponCounterStripes_StripeNo CHECK (StripeNo <= 63),
    CONSTRAINT CK_CouponCounterStripes_UsedCount CHECK (UsedCount >= 0),
    CONSTRAINT CK_CouponCounterStripes_ReservedCount CHECK (ReservedCount >= 0),
    CONSTRAINT CK_CouponCounterStripes_Uses CHECK (
        StripeLimit IS NULL OR UsedCount + ReservedCount <= StripeLimit
    ),
    CONSTRAINT CK_CouponCounterStripes_UniqueUsers CHECK (UniqueUsers >= 0),
    CONSTRAINT CK_CouponCounterStripes_TotalDiscount CHECK (TotalDiscount >= 0)
);
GO
