/*
dbo.JobRuns: one run of one job.

Written by: sp_StartJobRun, sp_EndJobRun and the procedures of class B; purged by
            sp_CleanupData.
Read by:    vw_JobStatus.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.JobRuns
(
    JobRunId bigint IDENTITY (1, 1) NOT NULL,
    JobName nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Status nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_JobRuns_Status DEFAULT (N'Running'),
    StartedAt datetime2(3) NOT NULL CONSTRAINT DF_JobRuns_StartedAt DEFAULT (SYSUTCDATETIME()),
    FinishedAt datetime2(3) NULL,
    Host nvarchar(200) NULL,
    ItemsProcessed bigint NOT NULL CONSTRAINT DF_JobRuns_ItemsProcessed DEFAULT (0),
    DetailsJson nvarchar(max) NULL,
    Error nvarchar(2000) NULL,

    CONSTRAINT PK_JobRuns PRIMARY KEY CLUSTERED (JobRunId),
    CONSTRAINT CK_JobRuns_Status CHECK (
        Status IN (
            N'Running', N'Succeeded', N'Failed', N'Skipped'
        )
    ),
    CONSTRAINT CK_JobRuns_DetailsJson_IsJson CHECK (DetailsJson IS NULL OR ISJSON(DetailsJson) = 1),
    CONSTRAINT CK_JobRuns_ItemsProcessed CHECK (ItemsProcessed >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_JobRuns_JobName_StartedAt
    ON dbo.JobRuns (JobName, StartedAt DESC);
GO
