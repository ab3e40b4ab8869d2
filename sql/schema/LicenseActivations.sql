/*
dbo.LicenseActivations: machines on which a licence runs; re-activation clears DeactivatedAt.

Written by: sp_ActivateLicense, sp_DeactivateLicense.
Read by:    sp_ActivateLicense.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.LicenseActivations
(
    ActivationId bigint IDENTITY (1, 1) NOT NULL,
    LicenseId bigint NOT NULL,
    MachineFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
    DeviceName nvarchar(200) NULL,
    ActivatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_LicenseActivations_ActivatedAt DEFAULT (SYSUTCDATETIME()),
    DeactivatedAt datetime2(3) NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_LicenseActivations_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_LicenseActivations PRIMARY KEY CLUSTERED (ActivationId),
    CONSTRAINT UQ_LicenseActivations_LicenseId_MachineFingerprint
        UNIQUE NONCLUSTERED (LicenseId, MachineFingerprint),
    CONSTRAINT FK_LicenseActivations_PerpetualLicenses
        FOREIGN KEY (LicenseId) REFERENCES dbo.PerpetualLicenses (LicenseId)
);
GO
