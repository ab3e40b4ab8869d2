/*
dbo.fn_Rates: how many attempts succeed, and how many of those who looked at a code used it, in
percent; NULL where there is nothing to divide by. A service that redeems without a dry run leaves
no views: then attempts stand in for them. Chances is what the conversion rate is divided by.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Rates(
    @Views int,
    @Attempts int,
    @Successes int,
    @Failures int
)
RETURNS TABLE
AS
RETURN
    SELECT
        CAST(100.0 * @Successes / NULLIF(@Successes + @Failures, 0) AS decimal(7, 4))
            AS SuccessRate,
        CAST(100.0 * @Successes / NULLIF(m.Chances, 0) AS decimal(7, 4)) AS ConversionRate,
        m.Chances
    FROM (SELECT IIF(@Views > @Attempts, @Views, @Attempts) AS Chances) AS m;
GO
