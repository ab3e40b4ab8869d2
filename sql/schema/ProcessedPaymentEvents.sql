/*
dbo.ProcessedPaymentEvents: payment webhooks by their event id, so that each takes effect once
(lock level L1).

Written by: sp_ProcessPaymentEvent; purged by sp_CleanupData.
Read by:    sp_ProcessPaymentEvent, vw_PaymentEvents.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.ProcessedPaymentEvents
(
    EventId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    EventType nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    Outcome nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    RequestHash varbinary(32) NOT NULL,
    ReservationId bigint NULL,
    RedemptionId bigint NULL,
    OrderId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    PaymentIntentId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    Amount decimal(10, 2) NULL,
    OccurredAt datetime2(3) NULL,
    ReceivedAt datetime2(3) NOT NULL
        CONSTRAINT DF_ProcessedPaymentEvents_ReceivedAt DEFAULT (SYSUTCDATETIME()),
    ProcessedAt datetime2(3) NULL,
    Attempts int NOT NULL CONSTRAINT DF_ProcessedPaymentEvents_Attempts DEFAULT (1),
    PayloadJson nvarchar(max) NULL,
    ResultJson nvarchar(max) NULL,
    LastError nvarchar(1000) NULL,

    CONSTRAINT PK_ProcessedPaymentEvents PRIMARY KEY CLUSTERED (EventId),
    CONSTRAINT CK_ProcessedPaymentEvents_EventType CHECK (
        EventType IN (
            N'payment_intent.succeeded', N'payment_intent.payment_failed',
            N'payment_intent.canceled', N'checkout.session.completed',
            N'checkout.session.expired', N'charge.refunded', N'charge.dispute.created',
            N'invoice.paid', N'invoice.payment_failed'
        )
    ),
    CONSTRAINT CK_ProcessedPaymentEvents_Outcome CHECK (
        Outcome IN (
            N'processed', N'ignored', N'deferred', N'failed'
        )
    ),
    CONSTRAINT CK_ProcessedPaymentEvents_PayloadJson_IsJson CHECK (
        PayloadJson IS NULL OR ISJSON(PayloadJson) = 1
    ),
    CONSTRAINT CK_ProcessedPaymentEvents_ResultJson_IsJson CHECK (
        ResultJson IS NULL OR ISJSON(ResultJson) = 1
    ),
    CONSTRAINT CK_ProcessedPaymentEvents_Attempts CHECK (Attempts >= 1)
);
GO

CREATE NONCLUSTERED INDEX IX_ProcessedPaymentEvents_OrderId
    ON dbo.ProcessedPaymentEvents (OrderId)
    INCLUDE (EventType, Outcome)
    WHERE OrderId IS NOT NULL;

-- Not in the specification's list: each payment looks for refunds that came before it, of which
-- there are hardly any; without this index it would read all events of the retention time.
CREATE NONCLUSTERED INDEX IX_ProcessedPaymentEvents_Deferred
    ON dbo.ProcessedPaymentEvents (OrderId, ReservationId, PaymentIntentId)
    INCLUDE (UserId, OccurredAt, ReceivedAt)
    WHERE Outcome = N'deferred';

-- Not in the specification's list: an erasure looks for the events of one user while it holds the
-- user, and must not read the whole table with locks.
CREATE NONCLUSTERED INDEX IX_ProcessedPaymentEvents_UserId
    ON dbo.ProcessedPaymentEvents (UserId)
    WHERE UserId IS NOT NULL;
GO
