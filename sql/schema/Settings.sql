/*
dbo.Settings: every adjustable number and switch, with default and range.

Written by: the seed (missing rows only), sp_SetSetting.
Read by:    fn_Setting, sp_GetSettings, vw_SettingsList.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Settings
(
    SettingName nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SettingValue nvarchar(400) NOT NULL,
    DefaultValue nvarchar(400) NOT NULL,
    ValueType nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    MinValue decimal(18, 4) NULL,
    MaxValue decimal(18, 4) NULL,
    Description nvarchar(400) NOT NULL,
    UpdatedAt datetime2(3) NOT NULL CONSTRAINT DF_Settings_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    RowVer rowversion NOT NULL,

    CONSTRAINT PK_Settings PRIMARY KEY CLUSTERED (SettingName),
    CONSTRAINT CK_Settings_ValueType CHECK (ValueType IN (N'int', N'decimal', N'bit', N'text')),
    CONSTRAINT CK_Settings_Range CHECK (MinValue <= MaxValue)
);
GO
