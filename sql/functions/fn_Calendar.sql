/*
dbo.fn_Calendar: where a moment stands in the calendar, in UTC: its day, the Monday of its week, the
first of its month, and its weekday (1 Monday to 7 Sunday, whatever DATEFIRST says), hour and month.
PeriodStart is the day, week or month, as @Grain wants. 1 January 1900 was a Monday.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Calendar(@At datetime2(3), @Grain nvarchar(5))
RETURNS TABLE
AS
RETURN
    SELECT
        d.Day,
        d.MonthStart,
        CASE @Grain
            WHEN N'week' THEN DATEADD(DAY, 1 - d.Weekday, d.Day)
            WHEN N'month' THEN d.MonthStart
            ELSE d.Day
        END AS PeriodStart,
        d.Weekday,
        DATEPART(HOUR, @At) AS HourUtc,
        MONTH(@At) AS Month
    FROM (
        SELECT
            CAST(@At AS date) AS Day,
            DATEFROMPARTS(YEAR(@At), MONTH(@At), 1) AS MonthStart,
            DATEDIFF(DAY, '19000101', @At) % 7 + 1 AS Weekday
    ) AS d;
GO
