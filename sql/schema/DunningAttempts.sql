/*
dbo.DunningAttempts: attempts to collect an unpaid invoice.

Written by: sp_ProcessPaymentEvent.
Read by:    vw_UnpaidInvoices.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.DunningAttempts
(
    DunningId bigint IDENTITY (1, 1) NOT NULL,
    InvoiceId bigint NOT NULL,
    AttemptNo int NOT NULL,
    Result nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_DunningAttempts_Result DEFAULT (N'scheduled'),
    ScheduledAt datetime2(3) NOT NULL
        CONSTRAINT DF_DunningAttempts_ScheduledAt DEFAULT (SYSUTCDATETIME()),
    AttemptedAt datetime2(3) NULL,
    FailureReason nvarchar(500) NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_DunningAttempts_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_DunningAttempts PRIMARY KEY CLUSTERED (DunningId),
    CONSTRAINT UQ_DunningAttempts_InvoiceId_AttemptNo UNIQUE NONCLUSTERED (InvoiceId, AttemptNo),
    CONSTRAINT FK_DunningAttempts_BillingInvoices
        FOREIGN KEY (InvoiceId) REFERENCES dbo.BillingInvoices (InvoiceId),
    CONSTRAINT CK_DunningAttempts_Result CHECK (
        Result IN (
            N'scheduled', N'succeeded', N'failed'
        )
    ),
    CONSTRAINT CK_DunningAttempts_AttemptNo CHECK (AttemptNo >= 1)
);
GO
