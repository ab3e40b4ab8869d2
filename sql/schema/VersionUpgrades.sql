/*
dbo.VersionUpgrades: paid upgrades of a licence to another version.

Written by: sp_RecordVersionUpgrade.
Read by:    licence reports.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.VersionUpgrades
(
    UpgradeId bigint IDENTITY (1, 1) NOT NULL,
    LicenseId bigint NOT NULL,
    FromVersion nvarchar(20) NOT NULL,
    ToVersion nvarchar(20) NOT NULL,
    UpgradeType nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_VersionUpgrades_UpgradeType DEFAULT (N'standard'),
    StandardPrice decimal(10, 2) NOT NULL,
    PricePaid decimal(10, 2) NOT NULL,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    RedemptionId bigint NULL,
    PurchasedAt datetime2(3) NOT NULL
        CONSTRAINT DF_VersionUpgrades_PurchasedAt DEFAULT (SYSUTCDATETIME()),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_VersionUpgrades_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_VersionUpgrades PRIMARY KEY CLUSTERED (UpgradeId),
    CONSTRAINT UQ_VersionUpgrades_LicenseId_ToVersion UNIQUE NONCLUSTERED (LicenseId, ToVersion),
    CONSTRAINT FK_VersionUpgrades_PerpetualLicenses
        FOREIGN KEY (LicenseId) REFERENCES dbo.PerpetualLicenses (LicenseId),
    CONSTRAINT CK_VersionUpgrades_UpgradeType CHECK (UpgradeType IN (N'standard', N'early_bird')),
    CONSTRAINT CK_VersionUpgrades_PricePaid CHECK (PricePaid >= 0 AND PricePaid <= StandardPrice)
);
GO
