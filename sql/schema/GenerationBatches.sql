/*
dbo.GenerationBatches: the outcome of one sp_BulkInsertCoupons call, so that a repeated batch is
recognised.

Written by: sp_BulkInsertCoupons.
Read by:    sp_BulkInsertCoupons, sp_GetGenerationRequest.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.GenerationBatches
(
    RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    BatchNo int NOT NULL,
    RequestHash varbinary(32) NOT NULL,
    ReceivedCount int NOT NULL,
    InsertedCount int NOT NULL,
    CollisionCount int NOT NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_GenerationBatches_CreatedAt DEFAULT (SYSUTCDATETIME()),

    CONSTRAINT PK_GenerationBatches PRIMARY KEY CLUSTERED (RequestId, BatchNo),
    CONSTRAINT FK_GenerationBatches_GenerationRequests
        FOREIGN KEY (RequestId) REFERENCES dbo.GenerationRequests (RequestId),
    CONSTRAINT CK_GenerationBatches_BatchNo CHECK (BatchNo >= 1)
);
GO
