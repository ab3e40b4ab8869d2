/*
dbo.SchemaVersions: which scripts were applied, when and by whom.

Written by: the deployment (couponry db install).
Read by:    couponry db status, sp_VerifyInstallation.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.SchemaVersions
(
    Version int NOT NULL,
    Name nvarchar(200) NOT NULL,
    Checksum varbinary(32) NOT NULL,
    AppliedAt datetime2(3) NOT NULL
        CONSTRAINT DF_SchemaVersions_AppliedAt DEFAULT (SYSUTCDATETIME()),
    AppliedBy nvarchar(128) NOT NULL,
    DurationMs int NULL,
    RollbackScript nvarchar(200) NULL,

    CONSTRAINT PK_SchemaVersions PRIMARY KEY CLUSTERED (Version)
);
GO
