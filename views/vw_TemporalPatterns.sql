/*
dbo.vw_TemporalPatterns: when codes are used: weekday (1 Monday to 7 Sunday, whatever DATEFIRST
says), UTC hour and month of the year. 1 January 1900 was a Monday.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_TemporalPatterns
AS
SELECT
    a.CouponId,
    a.CampaignId,
    t.Weekday,
    t.HourUtc,
    t.Month,
    SUM(a.Attempts) AS Attempts,
    SUM(a.Successes) AS Successes
FROM dbo.fn_Activity() AS a
CROSS APPLY (
    SELECT
        DATEDIFF(DAY, '19000101', a.OccurredOn) % 7 + 1 AS Weekday,
        DATEPART(HOUR, a.OccurredAt) AS HourUtc,
        MONTH(a.OccurredAt) AS Month
) AS t
WHERE a.Attempts = 1
GROUP BY
    a.CouponId,
    a.CampaignId,
    t.Weekday,
    t.HourUtc,
    t.Month;
GO
