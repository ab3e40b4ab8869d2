/*
dbo.vw_SettingsList: the present configuration beside its defaults.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_SettingsList
AS
SELECT
    s.SettingName,
    s.SettingValue,
    s.DefaultValue AS [Default],
    s.Description,
    s.UpdatedAt,
    s.UpdatedBy
FROM dbo.Settings AS s;
GO
