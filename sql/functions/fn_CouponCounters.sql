/*
dbo.fn_CouponCounters: exact counters of a coupon: its own row, or its stripes when it has several;
RemainingUses is NULL when unlimited.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_CouponCounters(@CouponId bigint)
RETURNS TABLE
AS
RETURN
    SELECT
        n.UsedCount,
        n.ReservedCount,
        c.MaxUses - n.UsedCount - n.ReservedCount AS RemainingUses
    FROM dbo.Coupons AS c
    OUTER APPLY (
        SELECT
            SUM(s.UsedCount) AS UsedCount,
            SUM(s.ReservedCount) AS ReservedCount
        FROM dbo.CouponCounterStripes AS s
        WHERE
            s.CouponId = c.CouponId
            AND c.StripeCount > 1
    ) AS t
    CROSS APPLY (
        SELECT
            IIF(c.StripeCount = 1, c.UsedCount, ISNULL(t.UsedCount, 0)) AS UsedCount,
            IIF(c.StripeCount = 1, c.ReservedCount, ISNULL(t.ReservedCount, 0)) AS ReservedCount
    ) AS n
    WHERE c.CouponId = @CouponId;
GO
