/*
dbo.vw_RedemptionStats: how the codes of each campaign are used up. Every code that is not deleted
is redeemed, expired or available; ReservedCount and InactiveCount are parts of AvailableCount. A
reservation is looked up by its own small index, so that the big table is read by
IX_Coupons_CampaignId alone.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_RedemptionStats
AS
SELECT
    p.CampaignId,
    p.Name AS CampaignName,
    SUM(IIF(s.State = N'none', 0, 1)) AS TotalCoupons,
    SUM(IIF(s.State = N'redeemed', 1, 0)) AS RedeemedCount,
    SUM(IIF(s.State = N'available', 1, 0)) AS AvailableCount,
    SUM(IIF(s.State = N'expired', 1, 0)) AS ExpiredCount,
    SUM(IIF(s.State = N'available' AND r.CouponId IS NOT NULL, 1, 0)) AS ReservedCount,
    SUM(IIF(s.State = N'available' AND c.IsActive = 0, 1, 0)) AS InactiveCount
FROM dbo.Campaigns AS p
LEFT JOIN dbo.Coupons AS c
    ON c.CampaignId = p.CampaignId AND c.DeletedAt IS NULL
LEFT JOIN (
    SELECT v.CouponId
    FROM dbo.Reservations AS v
    WHERE v.Status = N'Reserved'
    GROUP BY v.CouponId
) AS r
    ON r.CouponId = c.CouponId AND c.MaxUses = 1
CROSS APPLY (
    SELECT
        CASE
            WHEN c.CouponId IS NULL THEN N'none'
            WHEN c.IsRedeemed = 1 THEN N'redeemed'
            WHEN c.ExpiresAt < SYSUTCDATETIME() OR p.EndDate < SYSUTCDATETIME() THEN N'expired'
            ELSE N'available'
        END AS State
) AS s
GROUP BY
    p.CampaignId,
    p.Name;
GO
