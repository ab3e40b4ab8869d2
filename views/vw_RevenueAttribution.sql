/*
dbo.vw_RevenueAttribution: revenue of each month with and without a coupon. A payment counts while
some of it is kept; Amount is what is kept. LTV is all that the users of the row ever paid, by user.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_RevenueAttribution
AS
SELECT
    q.Month,
    q.Origin,
    SUM(q.Payments) AS Payments,
    SUM(q.Amount) AS Amount,
    COUNT(*) AS Users,
    CAST(SUM(t.LifetimeAmount) / COUNT(*) AS decimal(18, 2)) AS LTV
FROM (
    SELECT
        p.Month,
        p.Origin,
        p.UserId,
        COUNT(*) AS Payments,
        SUM(p.Amount) AS Amount
    FROM (
        SELECT
            DATEFROMPARTS(YEAR(x.CreatedAt), MONTH(x.CreatedAt), 1) AS Month,
            CAST(
                IIF(x.RedemptionId IS NULL, N'organic', N'coupon') AS nvarchar(7)
            ) AS Origin,
            x.UserId,
            x.Amount - x.RefundedAmount AS Amount
        FROM dbo.PaymentTransactions AS x
        WHERE x.Status IN (N'succeeded', N'partially_refunded')
    ) AS p
    GROUP BY p.Month, p.Origin, p.UserId
) AS q
INNER JOIN (
    SELECT
        x.UserId,
        SUM(x.Amount - x.RefundedAmount) AS LifetimeAmount
    FROM dbo.PaymentTransactions AS x
    WHERE x.Status IN (N'succeeded', N'partially_refunded')
    GROUP BY x.UserId
) AS t
    ON t.UserId = q.UserId
GROUP BY q.Month, q.Origin;
GO
