/*
dbo.AuditLog: every admin, job and correction write; kept 7 years, updated by nothing but
erasure.

Written by: sp_i_Audit.
Read by:    sp_ListAuditLog, vw_AuditTrail.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.AuditLog
(
    AuditId bigint IDENTITY (1, 1) NOT NULL,
    OccurredAt datetime2(3) NOT NULL CONSTRAINT DF_AuditLog_OccurredAt DEFAULT (SYSUTCDATETIME()),
    Actor nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    LoginName nvarchar(128) NOT NULL,
    Action nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    EntityType nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    EntityId nvarchar(120) COLLATE Latin1_General_100_BIN2 NULL,
    SubjectUserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    BeforeJson nvarchar(max) NULL,
    AfterJson nvarchar(max) NULL,
    Reason nvarchar(500) NULL,
    IpAddress nvarchar(45) NULL,
    UserAgent nvarchar(500) NULL,
    CorrelationId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_AuditLog PRIMARY KEY CLUSTERED (AuditId),
    CONSTRAINT CK_AuditLog_BeforeJson_IsJson CHECK (BeforeJson IS NULL OR ISJSON(BeforeJson) = 1),
    CONSTRAINT CK_AuditLog_AfterJson_IsJson CHECK (AfterJson IS NULL OR ISJSON(AfterJson) = 1)
);
GO

CREATE NONCLUSTERED INDEX IX_AuditLog_OccurredAt
    ON dbo.AuditLog (OccurredAt);

CREATE NONCLUSTERED INDEX IX_AuditLog_EntityType_EntityId
    ON dbo.AuditLog (EntityType, EntityId, OccurredAt);

CREATE NONCLUSTERED INDEX IX_AuditLog_SubjectUserId
    ON dbo.AuditLog (SubjectUserId, OccurredAt);

CREATE NONCLUSTERED INDEX IX_AuditLog_Actor
    ON dbo.AuditLog (Actor, OccurredAt);
GO
