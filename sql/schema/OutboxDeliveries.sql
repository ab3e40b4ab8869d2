/*
dbo.OutboxDeliveries: one event on its way to one subscriber.

Written by: sp_DequeueOutbox, sp_CompleteOutbox; purged by sp_CleanupData.
Read by:    the dispatcher, vw_OutboxBacklog.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.OutboxDeliveries
(
    EventId bigint NOT NULL,
    WebhookId int NOT NULL,
    Status nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_OutboxDeliveries_Status DEFAULT (N'Pending'),
    Attempts int NOT NULL CONSTRAINT DF_OutboxDeliveries_Attempts DEFAULT (0),
    NextAttemptAt datetime2(3) NOT NULL
        CONSTRAINT DF_OutboxDeliveries_NextAttemptAt DEFAULT (SYSUTCDATETIME()),
    LeaseOwner nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    LeaseExpiresAt datetime2(3) NULL,
    LastError nvarchar(1000) NULL,
    DeliveredAt datetime2(3) NULL,

    CONSTRAINT PK_OutboxDeliveries PRIMARY KEY CLUSTERED (EventId, WebhookId),
    CONSTRAINT FK_OutboxDeliveries_OutboxEvents
        FOREIGN KEY (EventId) REFERENCES dbo.OutboxEvents (EventId),
    CONSTRAINT FK_OutboxDeliveries_WebhookSubscriptions
        FOREIGN KEY (WebhookId) REFERENCES dbo.WebhookSubscriptions (WebhookId),
    CONSTRAINT CK_OutboxDeliveries_Status CHECK (
        Status IN (
            N'Pending', N'Leased', N'Delivered', N'Dead'
        )
    ),
    CONSTRAINT CK_OutboxDeliveries_Attempts CHECK (Attempts >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_OutboxDeliveries_Due
    ON dbo.OutboxDeliveries (NextAttemptAt)
    INCLUDE (Status, LeaseExpiresAt)
    WHERE Status IN (N'Pending', N'Leased');
GO
