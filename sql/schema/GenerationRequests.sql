/*
dbo.GenerationRequests: one order for codes, its progress and its lease (both lease columns set
exactly while Processing).

Written by: sp_CreateGenerationRequest, sp_ClaimGenerationRequest, sp_BulkInsertCoupons,
            sp_UpdateGenerationRequest, sp_CancelGenerationRequest, sp_RetryGenerationRequest,
            sp_ExportBatchCodes.
Read by:    sp_GetGenerationRequest, sp_ListGenerationRequests, vw_GenerationProgress.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.GenerationRequests
(
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestedAmount int NOT NULL,
    GeneratedAmount int NOT NULL CONSTRAINT DF_GenerationRequests_GeneratedAmount DEFAULT (0),
    Prefix nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    ExpirationDate datetime2(3) NULL,
    Status nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_GenerationRequests_Status DEFAULT (N'Pending'),
    StartedAt datetime2(3) NULL,
    CompletedAt datetime2(3) NULL,
    FailureReason nvarchar(1000) NULL,
    RequestedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_GenerationRequests_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CodeLength tinyint NOT NULL CONSTRAINT DF_GenerationRequests_CodeLength DEFAULT (12),
    CouponDefaultsJson nvarchar(max) NULL,
    BatchSize int NOT NULL CONSTRAINT DF_GenerationRequests_BatchSize DEFAULT (5000),
    LeaseOwner nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    LeaseExpiresAt datetime2(3) NULL,
    AttemptCount int NOT NULL CONSTRAINT DF_GenerationRequests_AttemptCount DEFAULT (0),
    LastBatchNo int NOT NULL CONSTRAINT DF_GenerationRequests_LastBatchNo DEFAULT (0),
    CollisionCount int NOT NULL CONSTRAINT DF_GenerationRequests_CollisionCount DEFAULT (0),
    LastProgressAt datetime2(3) NULL,
    CancelRequestedAt datetime2(3) NULL,
    UpdatedAt datetime2(3) NULL,
    ExportedAt datetime2(3) NULL,
    CancelledBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_GenerationRequests PRIMARY KEY CLUSTERED (RequestId),
    CONSTRAINT FK_GenerationRequests_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT CK_GenerationRequests_Status CHECK (
        Status IN (
            N'Pending', N'Processing', N'Completed', N'Failed', N'Cancelled'
        )
    ),
    CONSTRAINT CK_GenerationRequests_CouponDefaultsJson_IsJson CHECK (
        CouponDefaultsJson IS NULL OR ISJSON(CouponDefaultsJson) = 1
    ),
    CONSTRAINT CK_GenerationRequests_RequestedAmount CHECK (RequestedAmount BETWEEN 1 AND 5000000),
    CONSTRAINT CK_GenerationRequests_GeneratedAmount CHECK (
        GeneratedAmount BETWEEN 0 AND RequestedAmount
    ),
    CONSTRAINT CK_GenerationRequests_Prefix CHECK (
        LEN(Prefix) >= 1 AND Prefix NOT LIKE N'%[^A-Z0-9_-]%'
    ),
    CONSTRAINT CK_GenerationRequests_CodeLength CHECK (CodeLength BETWEEN 8 AND 30),
    CONSTRAINT CK_GenerationRequests_TotalLength CHECK (
        CodeLength + ISNULL(LEN(Prefix) + 1, 0) <= 50
    ),
    CONSTRAINT CK_GenerationRequests_BatchSize CHECK (BatchSize BETWEEN 1 AND 20000),
    CONSTRAINT CK_GenerationRequests_Lease CHECK (
        (Status = N'Processing' AND LeaseOwner IS NOT NULL AND LeaseExpiresAt IS NOT NULL)
        OR (Status <> N'Processing' AND LeaseOwner IS NULL AND LeaseExpiresAt IS NULL)
    ),
    CONSTRAINT CK_GenerationRequests_AttemptCount CHECK (AttemptCount >= 0),
    CONSTRAINT CK_GenerationRequests_LastBatchNo CHECK (LastBatchNo >= 0),
    CONSTRAINT CK_GenerationRequests_CollisionCount CHECK (CollisionCount >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_GenerationRequests_Status
    ON dbo.GenerationRequests (Status, CreatedAt)
    INCLUDE (LeaseExpiresAt, CampaignId);

CREATE NONCLUSTERED INDEX IX_GenerationRequests_CampaignId
    ON dbo.GenerationRequests (CampaignId, CreatedAt);
GO
