/*
dbo.vw_ProrationTimeline: the tier changes of subscriptions and what they came to.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ProrationTimeline
AS
SELECT
    p.SubscriptionId,
    p.EffectiveDate,
    p.FromTier,
    p.ToTier,
    p.UnusedCredit,
    p.NewTierCost,
    p.DiscountAmount,
    p.NetAmount,
    p.Status
FROM dbo.ProrationEvents AS p;
GO
