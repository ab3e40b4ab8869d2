/*
dbo.vw_ServiceBreakdown: the services against each other, and how many booked sessions were
attended.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ServiceBreakdown
AS
SELECT
    s.ServiceType,
    SUM(a.Successes) AS Successes,
    CAST(SUM(a.DiscountTotal) AS decimal(14, 2)) AS DiscountTotal,
    CAST(SUM(a.RevenueTotal) AS decimal(14, 2)) AS RevenueTotal,
    SUM(a.FreeSessions) AS FreeSessions,
    CAST(
        100.0 * SUM(a.SessionsAttended) / NULLIF(SUM(a.SessionsAttended + a.NoShows), 0)
        AS decimal(7, 4)
    ) AS AttendanceRate
FROM dbo.fn_Activity() AS a
CROSS APPLY (SELECT ISNULL(a.ServiceType, N'(none)') AS ServiceType) AS s
WHERE a.Attempts = 1
GROUP BY s.ServiceType;
GO
