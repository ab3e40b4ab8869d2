/*
dbo.UserCreditSources: lifetime sums of credits by user and type.

Written by: sp_GrantCredits, sp_DeductCredits, sp_ExpireCredits, benefits of a redemption.
Read by:    sp_GetCreditBalance.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.UserCreditSources
(
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CreditType nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    TotalGranted bigint NOT NULL CONSTRAINT DF_UserCreditSources_TotalGranted DEFAULT (0),
    TotalUsed bigint NOT NULL CONSTRAINT DF_UserCreditSources_TotalUsed DEFAULT (0),
    TotalExpired bigint NOT NULL CONSTRAINT DF_UserCreditSources_TotalExpired DEFAULT (0),
    TotalRevoked bigint NOT NULL CONSTRAINT DF_UserCreditSources_TotalRevoked DEFAULT (0),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_UserCreditSources_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_UserCreditSources PRIMARY KEY CLUSTERED (UserId, CreditType),
    CONSTRAINT FK_UserCreditSources_UserCreditBalances
        FOREIGN KEY (UserId) REFERENCES dbo.UserCreditBalances (UserId),
    CONSTRAINT CK_UserCreditSources_CreditType CHECK (
        CreditType IN (
            N'subscription', N'bonus', N'referral', N'coupon', N'admin_grant'
        )
    ),
    CONSTRAINT CK_UserCreditSources_TotalGranted CHECK (
        TotalGranted >= TotalUsed + TotalExpired + TotalRevoked
    ),
    CONSTRAINT CK_UserCreditSources_TotalUsed CHECK (TotalUsed >= 0),
    CONSTRAINT CK_UserCreditSources_TotalExpired CHECK (TotalExpired >= 0),
    CONSTRAINT CK_UserCreditSources_TotalRevoked CHECK (TotalRevoked >= 0)
);
GO
