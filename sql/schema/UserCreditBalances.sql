/*
dbo.UserCreditBalances: the credits a user can spend now; never negative.

Written by: sp_GrantCredits, sp_DeductCredits, sp_ExpireCredits, benefits of a redemption.
Read by:    sp_GetCreditBalance, rule minimum_credit_balance, vw_SubscriptionCredits.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.UserCreditBalances
(
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Amount int NOT NULL CONSTRAINT DF_UserCreditBalances_Amount DEFAULT (0),
    LastDeductionAt datetime2(3) NULL,
    LastDeductionAmount int NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_UserCreditBalances_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_UserCreditBalances_UpdatedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_UserCreditBalances PRIMARY KEY CLUSTERED (UserId),
    CONSTRAINT FK_UserCreditBalances_UserProfiles
        FOREIGN KEY (UserId) REFERENCES dbo.UserProfiles (UserId),
    CONSTRAINT CK_UserCreditBalances_Amount CHECK (Amount >= 0)
);
GO
