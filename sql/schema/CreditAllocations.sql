/*
dbo.CreditAllocations: one grant of credits and what is left of it; spent in the order of expiry.

Written by: sp_GrantCredits, sp_DeductCredits, sp_ExpireCredits, benefits of a redemption.
Read by:    sp_GetCreditBalance, vw_CreditLedger.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CreditAllocations
(
    AllocationId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SubscriptionId bigint NULL,
    CreditType nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_CreditAllocations_CreditType DEFAULT (N'subscription'),
    Source nvarchar(50) NOT NULL,
    Amount int NOT NULL,
    RemainingAmount int NOT NULL,
    AllocationPeriodStart datetime2(3) NULL,
    AllocationPeriodEnd datetime2(3) NULL,
    ExpiresAt datetime2(3) NULL,
    AppliedToBalanceAt datetime2(3) NULL,
    ExpiredAt datetime2(3) NULL,
    RedemptionId bigint NULL,
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CreditAllocations_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CreditAllocations PRIMARY KEY CLUSTERED (AllocationId),
    CONSTRAINT FK_CreditAllocations_UserCreditBalances
        FOREIGN KEY (UserId) REFERENCES dbo.UserCreditBalances (UserId),
    CONSTRAINT FK_CreditAllocations_Subscriptions
        FOREIGN KEY (SubscriptionId) REFERENCES dbo.Subscriptions (SubscriptionId),
    CONSTRAINT CK_CreditAllocations_CreditType CHECK (
        CreditType IN (
            N'subscription', N'bonus', N'referral', N'coupon', N'admin_grant'
        )
    ),
    CONSTRAINT CK_CreditAllocations_Amount CHECK (Amount > 0),
    CONSTRAINT CK_CreditAllocations_RemainingAmount CHECK (
        RemainingAmount >= 0 AND RemainingAmount <= Amount
    )
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_CreditAllocations_RequestId
    ON dbo.CreditAllocations (RequestId)
    WHERE RequestId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_CreditAllocations_UserId_ExpiresAt
    ON dbo.CreditAllocations (UserId, ExpiresAt)
    INCLUDE (RemainingAmount)
    WHERE RemainingAmount > 0;

CREATE NONCLUSTERED INDEX IX_CreditAllocations_SubscriptionId
    ON dbo.CreditAllocations (SubscriptionId)
    WHERE SubscriptionId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_CreditAllocations_RedemptionId
    ON dbo.CreditAllocations (RedemptionId)
    WHERE RedemptionId IS NOT NULL;
GO

-- Not in the specification's list: sp_ExpireCredits looks each hour for what is over, of any user.
-- Credits that never expire are not in it.
CREATE NONCLUSTERED INDEX IX_CreditAllocations_ExpiresAt
    ON dbo.CreditAllocations (ExpiresAt)
    INCLUDE (UserId, AppliedToBalanceAt)
    WHERE RemainingAmount > 0 AND ExpiresAt IS NOT NULL;
GO
