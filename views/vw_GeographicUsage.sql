/*
dbo.vw_GeographicUsage: redemptions by country, -- where it is unknown. SharePercent is the part of
all successes.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_GeographicUsage
AS
SELECT
    c.CountryCode,
    SUM(a.Successes) AS Successes,
    COUNT(DISTINCT a.CountedUser) AS UniqueUsers,
    CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
    CAST(
        100.0 * SUM(a.Successes) / NULLIF(SUM(SUM(a.Successes)) OVER (), 0) AS decimal(7, 4)
    ) AS SharePercent
FROM dbo.fn_Activity() AS a
CROSS APPLY (SELECT ISNULL(a.CountryCode, N'--') AS CountryCode) AS c
WHERE a.Counted = 1
GROUP BY c.CountryCode;
GO
