/*
dbo.IdempotencyKeys: first outcome of a keyed call (lock level L1). Scope = procedure name
without sp_.

Written by: every procedure with @IdempotencyKey, through sp_i_Idempotency; purged by
            sp_CleanupData.
Read by:    the same.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.IdempotencyKeys
(
    Scope nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    IdempotencyKey nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestHash varbinary(32) NOT NULL,
    ResultJson nvarchar(max) NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_IdempotencyKeys_CreatedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_IdempotencyKeys PRIMARY KEY CLUSTERED (Scope, IdempotencyKey),
    CONSTRAINT CK_IdempotencyKeys_ResultJson_IsJson CHECK (
        ResultJson IS NULL OR ISJSON(ResultJson) = 1
    )
);
GO

-- Not in the specification's list: the purge, which else would lock its way through the whole
-- table, past the keys of calls that are under way.
CREATE NONCLUSTERED INDEX IX_IdempotencyKeys_CreatedAt
    ON dbo.IdempotencyKeys (CreatedAt);
GO
