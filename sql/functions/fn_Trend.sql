/*
dbo.fn_Trend: where the successes of the last 7 days lead, against those of the 7 days before: up or
down from trend_threshold_percent on, else stable.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Trend(@Recent int, @Earlier int)
RETURNS TABLE
AS
RETURN
    SELECT
        CASE
            WHEN @Recent = @Earlier THEN N'stable'
            WHEN 100.0 * @Recent >= (100 + t.Threshold) * @Earlier THEN N'up'
            WHEN 100.0 * @Recent <= (100 - t.Threshold) * @Earlier THEN N'down'
            ELSE N'stable'
        END AS Trend
    FROM (
        SELECT MAX(f.DecimalValue) AS Threshold
        FROM dbo.fn_Setting(N'trend_threshold_percent') AS f
    ) AS t;
GO
