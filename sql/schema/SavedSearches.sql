/*
dbo.SavedSearches: saved (named) and recent (unnamed, at most 20 per owner) searches.

Written by: sp_SaveSearch, sp_DeleteSavedSearch.
Read by:    sp_ListSavedSearches.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.SavedSearches
(
    SavedSearchId int IDENTITY (1, 1) NOT NULL,
    Owner nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Name nvarchar(100) NULL,
    FilterJson nvarchar(max) NOT NULL,
    SortField nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_SavedSearches_SortField DEFAULT (N'created'),
    SortDirection nchar(4) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_SavedSearches_SortDirection DEFAULT (N'desc'),
    IsDefaultSort bit NOT NULL CONSTRAINT DF_SavedSearches_IsDefaultSort DEFAULT (0),
    LastUsedAt datetime2(3) NOT NULL
        CONSTRAINT DF_SavedSearches_LastUsedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_SavedSearches PRIMARY KEY CLUSTERED (SavedSearchId),
    CONSTRAINT CK_SavedSearches_FilterJson_IsJson CHECK (ISJSON(FilterJson) = 1),
    CONSTRAINT CK_SavedSearches_SortDirection CHECK (SortDirection IN (N'asc', N'desc'))
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_SavedSearches_Owner_Name
    ON dbo.SavedSearches (Owner, Name)
    WHERE Name IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_SavedSearches_Owner
    ON dbo.SavedSearches (Owner, LastUsedAt DESC);
GO
