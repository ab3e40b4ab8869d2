/*
dbo.TokenUsageLedger: one row per priced model call; never updated.

Written by: sp_DeductCredits.
Read by:    sp_GetTokenUsage, sp_SummariseUsage, vw_LicenseUsage, vw_SubscriptionCredits.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.TokenUsageLedger
(
    UsageId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ProviderId nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ModelId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Operation nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    InputTokens int NOT NULL CONSTRAINT DF_TokenUsageLedger_InputTokens DEFAULT (0),
    OutputTokens int NOT NULL CONSTRAINT DF_TokenUsageLedger_OutputTokens DEFAULT (0),
    VendorCost decimal(18, 6) NOT NULL CONSTRAINT DF_TokenUsageLedger_VendorCost DEFAULT (0),
    CreditsDeducted int NOT NULL CONSTRAINT DF_TokenUsageLedger_CreditsDeducted DEFAULT (0),
    IsByok bit NOT NULL CONSTRAINT DF_TokenUsageLedger_IsByok DEFAULT (0),
    LicenseId bigint NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_TokenUsageLedger_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_TokenUsageLedger PRIMARY KEY CLUSTERED (UsageId),
    CONSTRAINT UQ_TokenUsageLedger_RequestId UNIQUE NONCLUSTERED (RequestId),
    CONSTRAINT FK_TokenUsageLedger_UserProfiles
        FOREIGN KEY (UserId) REFERENCES dbo.UserProfiles (UserId),
    CONSTRAINT FK_TokenUsageLedger_Providers
        FOREIGN KEY (ProviderId) REFERENCES dbo.Providers (ProviderId),
    CONSTRAINT FK_TokenUsageLedger_PerpetualLicenses
        FOREIGN KEY (LicenseId) REFERENCES dbo.PerpetualLicenses (LicenseId),
    CONSTRAINT CK_TokenUsageLedger_Operation CHECK (
        Operation IN (
            N'completion', N'chat', N'embedding', N'function_call'
        )
    ),
    CONSTRAINT CK_TokenUsageLedger_InputTokens CHECK (InputTokens >= 0),
    CONSTRAINT CK_TokenUsageLedger_OutputTokens CHECK (OutputTokens >= 0),
    CONSTRAINT CK_TokenUsageLedger_VendorCost CHECK (VendorCost >= 0),
    CONSTRAINT CK_TokenUsageLedger_CreditsDeducted CHECK (CreditsDeducted >= 0),
    CONSTRAINT CK_TokenUsageLedger_IsByok CHECK (IsByok = 0 OR CreditsDeducted = 0)
);
GO

CREATE NONCLUSTERED INDEX IX_TokenUsageLedger_UserId_CreatedAt
    ON dbo.TokenUsageLedger (UserId, CreatedAt)
    INCLUDE (CreditsDeducted, VendorCost);

CREATE NONCLUSTERED INDEX IX_TokenUsageLedger_ModelId_ProviderId_CreatedAt
    ON dbo.TokenUsageLedger (ModelId, ProviderId, CreatedAt);

CREATE NONCLUSTERED INDEX IX_TokenUsageLedger_LicenseId
    ON dbo.TokenUsageLedger (LicenseId);
GO
