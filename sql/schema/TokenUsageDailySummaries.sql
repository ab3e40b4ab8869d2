/*
dbo.TokenUsageDailySummaries: usage by day, user, provider and model.

Written by: sp_SummariseUsage.
Read by:    usage reports.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.TokenUsageDailySummaries
(
    UsageDate date NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ProviderId nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ModelId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Requests bigint NOT NULL CONSTRAINT DF_TokenUsageDailySummaries_Requests DEFAULT (0),
    InputTokens bigint NOT NULL CONSTRAINT DF_TokenUsageDailySummaries_InputTokens DEFAULT (0),
    OutputTokens bigint NOT NULL CONSTRAINT DF_TokenUsageDailySummaries_OutputTokens DEFAULT (0),
    CreditsDeducted bigint NOT NULL
        CONSTRAINT DF_TokenUsageDailySummaries_CreditsDeducted DEFAULT (0),
    VendorCost decimal(18, 6) NOT NULL
        CONSTRAINT DF_TokenUsageDailySummaries_VendorCost DEFAULT (0),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_TokenUsageDailySummaries_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_TokenUsageDailySummaries
        PRIMARY KEY CLUSTERED (UsageDate, UserId, ProviderId, ModelId)
);
GO

-- Not in the specification's list: erasure and export ask for the days of one user, and the key
-- begins with the day.
CREATE NONCLUSTERED INDEX IX_TokenUsageDailySummaries_UserId
    ON dbo.TokenUsageDailySummaries (UserId);
GO
