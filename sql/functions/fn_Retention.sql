/*
dbo.fn_Retention: every user of every coupon with the first counted use, whether the time to come
back (retention_window_days) is over, and whether the user did: with another success of any code, or
with a payment that succeeded and is not the payment of the first use itself.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Retention()
RETURNS TABLE
AS
RETURN
    SELECT
        f.CouponId,
        f.CampaignId,
        f.UserId,
        f.FirstUsedAt,
        IIF(w.EndsAt <= SYSUTCDATETIME(), 1, 0) AS IsOver,
        CASE
            WHEN EXISTS (
                SELECT 1 AS Found
                FROM dbo.RedemptionHistory AS h
                WHERE
                    h.UserId = f.UserId
                    AND h.Status = N'success'
                    AND h.AttemptedAt > f.FirstUsedAt
                    AND h.AttemptedAt <= w.EndsAt
            ) THEN 1
            WHEN EXISTS (
                SELECT 1 AS Found
                FROM dbo.PaymentTransactions AS p
                WHERE
                    p.UserId = f.UserId
                    AND p.Status IN (N'succeeded', N'partially_refunded')
                    AND p.CreatedAt > f.FirstUsedAt
                    AND p.CreatedAt <= w.EndsAt
                    AND NOT EXISTS (
                        SELECT 1 AS Found
                        FROM dbo.RedemptionHistory AS o
                        WHERE
                            o.CouponId = f.CouponId
                            AND o.UserId = f.UserId
                            AND o.AttemptedAt = f.FirstUsedAt
                            AND (o.RedemptionId = p.RedemptionId OR o.OrderId = p.OrderId)
                    )
            ) THEN 1
            ELSE 0
        END AS IsRetained
    FROM (
        SELECT
            a.CouponId,
            a.CampaignId,
            a.UserId,
            MIN(a.OccurredAt) AS FirstUsedAt
        FROM dbo.fn_Activity() AS a
        WHERE
            a.Counted = 1
            AND a.CouponId IS NOT NULL
        GROUP BY
            a.CouponId,
            a.CampaignId,
            a.UserId
    ) AS f
    CROSS JOIN (
        SELECT MAX(v.IntValue) AS Days
        FROM dbo.fn_Setting(N'retention_window_days') AS v
    ) AS d
    CROSS APPLY (SELECT DATEADD(DAY, d.Days, f.FirstUsedAt) AS EndsAt) AS w;
GO
