/*
dbo.vw_CouponSubscriptions: successful redemptions that went with a subscription, and what it is
today.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CouponSubscriptions
AS
SELECT
    h.UserId,
    h.CouponId,
    h.CouponCode,
    h.RedemptionId,
    h.DiscountAmount,
    h.OrderAmount,
    h.FinalAmount,
    s.Tier,
    s.BasePriceUsd,
    s.Status AS SubscriptionStatus
FROM dbo.RedemptionHistory AS h
INNER JOIN dbo.Subscriptions AS s
    ON s.SubscriptionId = h.SubscriptionId
WHERE h.Status = N'success';
GO
