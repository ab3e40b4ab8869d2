/*
dbo.vw_AnalyticsDaily: the figures of each day as the nightly job kept them, for the system, each
campaign and each coupon: long trends without touching the ledger.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_AnalyticsDaily
AS
SELECT
    s.SnapshotDate,
    s.ScopeKind,
    s.ScopeId,
    s.Views,
    s.Attempts,
    s.Successes,
    s.Failures,
    s.Reversals,
    s.UniqueUsers,
    s.NewUsers,
    s.FraudEvents,
    s.BlockedAttempts,
    s.ActiveCoupons,
    s.DiscountTotal,
    s.RevenueTotal,
    s.CashTotal,
    s.AvgDiscount,
    s.AvgRiskScore,
    s.ConversionRate
FROM dbo.CouponAnalyticsSnapshots AS s;
GO
