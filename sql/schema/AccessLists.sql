/*
dbo.AccessLists: block, watch and white lists. Values are normalised: domains lower, countries
upper; user_agent values are substrings. Removal sets IsActive to 0.

Written by: sp_SetAccessListEntry, sp_RemoveAccessListEntry, sp_FlagUser, fraud rules.
Read by:    step S03, fn_RiskScore, vw_AccessLists, vw_Watchlist.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.AccessLists
(
    EntryId bigint IDENTITY (1, 1) NOT NULL,
    ListKind nvarchar(5) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SubjectKind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SubjectValue nvarchar(254) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RiskScore decimal(3, 2) NULL,
    RecommendedAction nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    Reason nvarchar(500) NOT NULL,
    ExpiresAt datetime2(3) NULL,
    FraudEventId bigint NULL,
    IsActive bit NOT NULL CONSTRAINT DF_AccessLists_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL CONSTRAINT DF_AccessLists_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL CONSTRAINT DF_AccessLists_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_AccessLists PRIMARY KEY CLUSTERED (EntryId),
    CONSTRAINT UQ_AccessLists_ListKind_SubjectKind_SubjectValue
        UNIQUE NONCLUSTERED (ListKind, SubjectKind, SubjectValue),
    CONSTRAINT CK_AccessLists_ListKind CHECK (ListKind IN (N'block', N'watch', N'white')),
    CONSTRAINT CK_AccessLists_SubjectKind CHECK (
        SubjectKind IN (
            N'user', N'ip', N'country', N'email_domain', N'disposable_domain', N'device',
            N'payment_method', N'user_agent'
        )
    ),
    CONSTRAINT CK_AccessLists_RecommendedAction CHECK (
        RecommendedAction IN (
            N'monitor', N'restrict', N'block'
        )
    ),
    CONSTRAINT CK_AccessLists_RiskScore CHECK (RiskScore BETWEEN 0 AND 1)
);
GO

CREATE NONCLUSTERED INDEX IX_AccessLists_Subject
    ON dbo.AccessLists (SubjectKind, SubjectValue, ListKind)
    INCLUDE (ExpiresAt, RiskScore)
    WHERE IsActive = 1;
GO
