/*
dbo.fn_EffectiveDiscount: the discount a coupon gives on a base amount: its best spending tier, else
its own, else the percentage, else the amount of its campaign. Origin says which, or none.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_EffectiveDiscount(@CouponId bigint, @BaseAmount decimal(10, 2))
RETURNS TABLE
AS
RETURN
    SELECT
        CASE o.Origin
            WHEN N'tier' THEN t.DiscountType
            WHEN N'coupon' THEN c.DiscountType
            WHEN N'campaign'
                THEN IIF(p.DiscountPercentage IS NOT NULL, N'percentage', N'fixed_amount')
        END AS DiscountType,
        CAST(
            CASE o.Origin
                WHEN N'tier' THEN t.DiscountValue
                WHEN N'coupon' THEN c.DiscountValue
                WHEN N'campaign' THEN COALESCE(p.DiscountPercentage, p.DiscountAmount)
            END AS decimal(10, 2)
        ) AS DiscountValue,
        IIF(o.Origin = N'none', NULL, c.MaxDiscountAmount) AS MaxDiscountAmount,
        o.Origin
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS p
        ON p.CampaignId = c.CampaignId
    OUTER APPLY (
        SELECT TOP (1)
            d.DiscountType,
            d.DiscountValue
        FROM dbo.DiscountTiers AS d
        WHERE
            d.CouponId = c.CouponId
            AND d.MinOrderAmount <= @BaseAmount
        ORDER BY d.MinOrderAmount DESC
    ) AS t
    CROSS APPLY (
        SELECT
            CASE
                WHEN t.DiscountType IS NOT NULL THEN N'tier'
                WHEN c.DiscountType IS NOT NULL THEN N'coupon'
                WHEN p.DiscountPercentage IS NOT NULL THEN N'campaign'
                WHEN p.DiscountAmount IS NOT NULL THEN N'campaign'
                ELSE N'none'
            END AS Origin
    ) AS o
    WHERE c.CouponId = @CouponId;
GO
