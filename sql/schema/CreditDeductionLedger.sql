/*
dbo.CreditDeductionLedger: one row per deduction of credits, with the balance before and after;
never updated.

Written by: sp_DeductCredits, sp_ExpireCredits, benefits and reversals of a redemption.
Read by:    vw_CreditLedger.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CreditDeductionLedger
(
    DeductionId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Amount int NOT NULL,
    BalanceBefore int NOT NULL,
    BalanceAfter int NOT NULL,
    Reason nvarchar(12) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_CreditDeductionLedger_Reason DEFAULT (N'usage'),
    UsageId bigint NULL,
    RedemptionId bigint NULL,
    AllocationsJson nvarchar(max) NOT NULL
        CONSTRAINT DF_CreditDeductionLedger_AllocationsJson DEFAULT (N'[]'),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CreditDeductionLedger_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CreditDeductionLedger PRIMARY KEY CLUSTERED (DeductionId),
    CONSTRAINT UQ_CreditDeductionLedger_RequestId UNIQUE NONCLUSTERED (RequestId),
    CONSTRAINT FK_CreditDeductionLedger_UserCreditBalances
        FOREIGN KEY (UserId) REFERENCES dbo.UserCreditBalances (UserId),
    CONSTRAINT FK_CreditDeductionLedger_TokenUsageLedger
        FOREIGN KEY (UsageId) REFERENCES dbo.TokenUsageLedger (UsageId),
    CONSTRAINT CK_CreditDeductionLedger_Reason CHECK (
        Reason IN (
            N'usage', N'order', N'expiry', N'reversal', N'adjustment'
        )
    ),
    CONSTRAINT CK_CreditDeductionLedger_AllocationsJson_IsJson CHECK (ISJSON(AllocationsJson) = 1),
    CONSTRAINT CK_CreditDeductionLedger_Amount CHECK (Amount > 0),
    CONSTRAINT CK_CreditDeductionLedger_BalanceAfter CHECK (
        BalanceAfter >= 0 AND BalanceAfter = BalanceBefore - Amount
    )
);
GO

CREATE NONCLUSTERED INDEX IX_CreditDeductionLedger_UserId_CreatedAt
    ON dbo.CreditDeductionLedger (UserId, CreatedAt);

CREATE NONCLUSTERED INDEX IX_CreditDeductionLedger_UsageId
    ON dbo.CreditDeductionLedger (UsageId);
GO
