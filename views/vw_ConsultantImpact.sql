/*
dbo.vw_ConsultantImpact: what codes brought in for each consultant.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ConsultantImpact
AS
SELECT
    a.ConsultantId,
    SUM(a.Successes) AS Successes,
    CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
    CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal
FROM dbo.fn_Activity() AS a
WHERE
    a.Counted = 1
    AND a.ConsultantId IS NOT NULL
GROUP BY a.ConsultantId;
GO
