/*
dbo.WebhookSubscriptions: who gets which events over which channel. SecretName names a secret in
the vault, it is never the secret.

Written by: sp_SetWebhook.
Read by:    the dispatcher, vw_OutboxBacklog.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.WebhookSubscriptions
(
    WebhookId int IDENTITY (1, 1) NOT NULL,
    Name nvarchar(100) NOT NULL,
    Channel nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Target nvarchar(500) NOT NULL,
    EventTypesJson nvarchar(max) NOT NULL
        CONSTRAINT DF_WebhookSubscriptions_EventTypesJson DEFAULT (N'["*"]'),
    SecretName nvarchar(100) NULL,
    MaxAttempts tinyint NOT NULL CONSTRAINT DF_WebhookSubscriptions_MaxAttempts DEFAULT (8),
    IsActive bit NOT NULL CONSTRAINT DF_WebhookSubscriptions_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_WebhookSubscriptions_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_WebhookSubscriptions_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_WebhookSubscriptions PRIMARY KEY CLUSTERED (WebhookId),
    CONSTRAINT UQ_WebhookSubscriptions_Name UNIQUE NONCLUSTERED (Name),
    CONSTRAINT CK_WebhookSubscriptions_Channel CHECK (
        Channel IN (
            N'webhook', N'slack', N'queue', N'email'
        )
    ),
    CONSTRAINT CK_WebhookSubscriptions_EventTypesJson_IsJson CHECK (ISJSON(EventTypesJson) = 1),
    CONSTRAINT CK_WebhookSubscriptions_MaxAttempts CHECK (MaxAttempts >= 1)
);
GO
