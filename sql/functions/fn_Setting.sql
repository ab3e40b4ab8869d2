/*
dbo.fn_Setting: one setting, as text and as every type it can be read as; no row when it is absent.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Setting(@Name nvarchar(60))
RETURNS TABLE
AS
RETURN
    SELECT
        s.SettingValue,
        TRY_CAST(s.SettingValue AS int) AS IntValue,
        TRY_CAST(s.SettingValue AS decimal(18, 4)) AS DecimalValue,
        TRY_CAST(s.SettingValue AS bit) AS BitValue
    FROM dbo.Settings AS s
    WHERE s.SettingName = @Name;
GO
