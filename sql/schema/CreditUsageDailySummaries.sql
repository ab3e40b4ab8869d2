/*
dbo.CreditUsageDailySummaries: credit movements and closing balance by day and user.

Written by: sp_SummariseUsage.
Read by:    credit reports.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CreditUsageDailySummaries
(
    UsageDate date NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Granted int NOT NULL CONSTRAINT DF_CreditUsageDailySummaries_Granted DEFAULT (0),
    Deducted int NOT NULL CONSTRAINT DF_CreditUsageDailySummaries_Deducted DEFAULT (0),
    Expired int NOT NULL CONSTRAINT DF_CreditUsageDailySummaries_Expired DEFAULT (0),
    Revoked int NOT NULL CONSTRAINT DF_CreditUsageDailySummaries_Revoked DEFAULT (0),
    ClosingBalance int NOT NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CreditUsageDailySummaries_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CreditUsageDailySummaries PRIMARY KEY CLUSTERED (UsageDate, UserId)
);
GO

-- Not in the specification's list: erasure and export ask for the days of one user, and the key
-- begins with the day.
CREATE NONCLUSTERED INDEX IX_CreditUsageDailySummaries_UserId
    ON dbo.CreditUsageDailySummaries (UserId);
GO
