/*
dbo.CouponAnalyticsSnapshots: figures of one day for the system, a campaign or a coupon; purged
after snapshot_retention_days.

Written by: sp_CreateAnalyticsSnapshot.
Read by:    vw_AnalyticsDaily.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponAnalyticsSnapshots
(
    SnapshotDate date NOT NULL,
    ScopeKind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ScopeId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Views int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_Views DEFAULT (0),
    Attempts int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_Attempts DEFAULT (0),
    Successes int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_Successes DEFAULT (0),
    Failures int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_Failures DEFAULT (0),
    Reversals int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_Reversals DEFAULT (0),
    UniqueUsers int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_UniqueUsers DEFAULT (0),
    NewUsers int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_NewUsers DEFAULT (0),
    FraudEvents int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_FraudEvents DEFAULT (0),
    BlockedAttempts int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_BlockedAttempts DEFAULT (0),
    ActiveCoupons int NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_ActiveCoupons DEFAULT (0),
    DiscountTotal decimal(14, 2) NOT NULL
        CONSTRAINT DF_CouponAnalyticsSnapshots_DiscountTotal DEFAULT (0),
    RevenueTotal decimal(14, 2) NOT NULL
        CONSTRAINT DF_CouponAnalyticsSnapshots_RevenueTotal DEFAULT (0),
    CashTotal decimal(14, 2) NOT NULL CONSTRAINT DF_CouponAnalyticsSnapshots_CashTotal DEFAULT (0),
    AvgDiscount decimal(14, 2) NULL,
    AvgRiskScore decimal(3, 2) NULL,
    ConversionRate decimal(7, 4) NULL,

    CONSTRAINT PK_CouponAnalyticsSnapshots PRIMARY KEY CLUSTERED (SnapshotDate, ScopeKind, ScopeId),
    CONSTRAINT CK_CouponAnalyticsSnapshots_ScopeKind CHECK (
        ScopeKind IN (
            N'system', N'campaign', N'coupon'
        )
    )
);
GO
