/*
dbo.vw_PartnerCommissions: what is owed to each partner for the successes of a month with the codes
of the partner, at the percentage that applies now. Refunds lower the month of the redemption.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_PartnerCommissions
AS
SELECT
    s.PartnerId,
    s.Name,
    s.Month,
    s.Successes,
    s.CashTotal,
    s.CommissionPercent,
    CAST(ROUND(s.CashTotal * s.CommissionPercent / 100, 2) AS decimal(14, 2)) AS CommissionAmount
FROM (
    SELECT
        p.PartnerId,
        p.Name,
        p.CommissionPercent,
        m.MonthStart AS Month,
        SUM(a.Successes) AS Successes,
        CAST(SUM(a.CashTotal) AS decimal(14, 2)) AS CashTotal
    FROM dbo.Partners AS p
    INNER JOIN dbo.Coupons AS c
        ON c.PartnerId = p.PartnerId
    INNER JOIN dbo.fn_Activity() AS a
        ON a.CouponId = c.CouponId
    CROSS APPLY dbo.fn_Calendar(a.OccurredAt, N'month') AS m
    WHERE a.Successes = 1
    GROUP BY
        p.PartnerId,
        p.Name,
        p.CommissionPercent,
        m.MonthStart
) AS s;
GO
