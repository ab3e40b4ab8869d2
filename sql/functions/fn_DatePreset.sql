/*
dbo.fn_DatePreset: a named period of whole UTC days, half-open; no row for an unknown name.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_DatePreset(@Preset nvarchar(20), @Now datetime2(3))
RETURNS TABLE
AS
RETURN
    SELECT
        CAST(r.FromUtc AS datetime2(3)) AS FromUtc,
        CAST(r.ToUtc AS datetime2(3)) AS ToUtc
    FROM (
        SELECT
            CAST(@Now AS date) AS Today,
            DATEFROMPARTS(YEAR(@Now), DATEPART(QUARTER, @Now) * 3 - 2, 1) AS Quarter
    ) AS d
    CROSS APPLY (
        VALUES
            (N'today', d.Today, DATEADD(DAY, 1, d.Today)),
            (N'yesterday', DATEADD(DAY, -1, d.Today), d.Today),
            (N'last_7_days', DATEADD(DAY, -6, d.Today), DATEADD(DAY, 1, d.Today)),
            (N'last_30_days', DATEADD(DAY, -29, d.Today), DATEADD(DAY, 1, d.Today)),
            (N'last_quarter', DATEADD(QUARTER, -1, d.Quarter), d.Quarter),
            (N'all', CAST('00010101' AS date), CAST('99991231' AS date))
    ) AS r(Preset, FromUtc, ToUtc)
    WHERE r.Preset = @Preset;
GO
