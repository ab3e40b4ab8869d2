/*
dbo.CouponUserUsage: how often one user used one coupon.

Written by: redemption writes.
Read by:    step S15, fn_IsFirstTimeUser.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponUserUsage
(
    CouponId bigint NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UsedCount int NOT NULL CONSTRAINT DF_CouponUserUsage_UsedCount DEFAULT (0),
    ReservedCount int NOT NULL CONSTRAINT DF_CouponUserUsage_ReservedCount DEFAULT (0),
    LastUsedAt datetime2(3) NULL,

    CONSTRAINT PK_CouponUserUsage PRIMARY KEY CLUSTERED (CouponId, UserId),
    CONSTRAINT FK_CouponUserUsage_Coupons FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT CK_CouponUserUsage_UsedCount CHECK (UsedCount >= 0),
    CONSTRAINT CK_CouponUserUsage_ReservedCount CHECK (ReservedCount >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_CouponUserUsage_UserId
    ON dbo.CouponUserUsage (UserId);
GO
