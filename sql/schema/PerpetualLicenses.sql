/*
dbo.PerpetualLicenses: licences bought or granted for good; ByokEnabled = usage with own keys
costs no credits.

Written by: sp_GrantPerpetualLicense, sp_SetLicenseStatus, sp_SetLicenseMode, benefits of a
            redemption.
Read by:    sp_DeductCredits, vw_LicenseUsage.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.PerpetualLicenses
(
    LicenseId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    LicenseKey nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Status nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_PerpetualLicenses_Status DEFAULT (N'pending'),
    PurchasePrice decimal(10, 2) NOT NULL,
    PurchasedVersion nvarchar(20) NOT NULL,
    ByokEnabled bit NOT NULL CONSTRAINT DF_PerpetualLicenses_ByokEnabled DEFAULT (1),
    AcquisitionCouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    RedemptionId bigint NULL,
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    MaxActivations tinyint NOT NULL CONSTRAINT DF_PerpetualLicenses_MaxActivations DEFAULT (3),
    ActivatedAt datetime2(3) NULL,
    SuspendedAt datetime2(3) NULL,
    RevokedAt datetime2(3) NULL,
    ExpiresAt datetime2(3) NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_PerpetualLicenses_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_PerpetualLicenses_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_PerpetualLicenses PRIMARY KEY CLUSTERED (LicenseId),
    CONSTRAINT UQ_PerpetualLicenses_LicenseKey UNIQUE NONCLUSTERED (LicenseKey),
    CONSTRAINT FK_PerpetualLicenses_UserProfiles
        FOREIGN KEY (UserId) REFERENCES dbo.UserProfiles (UserId),
    CONSTRAINT CK_PerpetualLicenses_Status CHECK (
        Status IN (
            N'pending', N'active', N'suspended', N'revoked', N'expired'
        )
    ),
    CONSTRAINT CK_PerpetualLicenses_PurchasePrice CHECK (PurchasePrice >= 0),
    CONSTRAINT CK_PerpetualLicenses_MaxActivations CHECK (MaxActivations >= 1)
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_PerpetualLicenses_RequestId
    ON dbo.PerpetualLicenses (RequestId)
    WHERE RequestId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_PerpetualLicenses_UserId_Status
    ON dbo.PerpetualLicenses (UserId, Status);

CREATE NONCLUSTERED INDEX IX_PerpetualLicenses_AcquisitionCouponCode
    ON dbo.PerpetualLicenses (AcquisitionCouponCode)
    WHERE AcquisitionCouponCode IS NOT NULL;
GO
