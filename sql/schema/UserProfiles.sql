/*
dbo.UserProfiles: facts about a user that the rules need, and the row that serialises the calls
of one user (lock level L2).

Written by: sp_UpsertUserProfile, every redemption write (LastAttemptAt, LockedUntil, last
            address), sp_EraseUserData.
Read by:    the evaluation steps S02, S03, S13, S22, S23, fn_RiskScore, fn_UserLinks,
            fn_IsFirstTimeUser.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.UserProfiles
(
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Email nvarchar(254) NULL,
    EmailDomain AS (
        CAST(
            LOWER(SUBSTRING(Email, NULLIF(CHARINDEX(N'@', Email), 0) + 1, 254)) AS nvarchar(254)
        ) COLLATE Latin1_General_100_BIN2
    ) PERSISTED,
    NormalisedEmail nvarchar(254) COLLATE Latin1_General_100_BIN2 NULL,
    EmailVerified bit NOT NULL CONSTRAINT DF_UserProfiles_EmailVerified DEFAULT (0),
    HasPaymentMethod bit NOT NULL CONSTRAINT DF_UserProfiles_HasPaymentMethod DEFAULT (0),
    PaymentFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
    CountryCode nchar(2) COLLATE Latin1_General_100_BIN2 NULL,
    FirstPurchaseAt datetime2(3) NULL,
    LastRefundAt datetime2(3) NULL,
    RefundCount int NOT NULL CONSTRAINT DF_UserProfiles_RefundCount DEFAULT (0),
    LockedUntil datetime2(3) NULL,
    LastAttemptAt datetime2(3) NULL,
    LastIpAddress nvarchar(45) NULL,
    LastCountryCode nchar(2) COLLATE Latin1_General_100_BIN2 NULL,
    IsErased bit NOT NULL CONSTRAINT DF_UserProfiles_IsErased DEFAULT (0),
    CreatedAt datetime2(3) NOT NULL CONSTRAINT DF_UserProfiles_CreatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedAt datetime2(3) NOT NULL CONSTRAINT DF_UserProfiles_UpdatedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_UserProfiles PRIMARY KEY CLUSTERED (UserId),
    CONSTRAINT CK_UserProfiles_RefundCount CHECK (RefundCount >= 0)
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_UserProfiles_Email
    ON dbo.UserProfiles (Email)
    WHERE Email IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_UserProfiles_NormalisedEmail
    ON dbo.UserProfiles (NormalisedEmail)
    WHERE NormalisedEmail IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_UserProfiles_PaymentFingerprint
    ON dbo.UserProfiles (PaymentFingerprint)
    WHERE PaymentFingerprint IS NOT NULL;
GO
