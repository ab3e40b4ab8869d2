/*
dbo.vw_TemporalPatterns: when codes are used: by weekday (1 Monday to 7 Sunday), UTC hour and month
of the year.
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
CROSS APPLY dbo.fn_Calendar(a.OccurredAt, N'day') AS t
WHERE a.Attempts = 1
GROUP BY
    a.CouponId,
    a.CampaignId,
    t.Weekday,
    t.HourUtc,
    t.Month;
GO
