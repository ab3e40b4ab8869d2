/*
Indexes for what reads many rows: credits that end, the days of one user, the purge of keys, the
payment events of one user, refunds that came before their payment. Each is built at once and holds
up the writers of its table until it is there.

Changes:  dbo.CreditAllocations, dbo.CreditUsageDailySummaries, dbo.IdempotencyKeys,
          dbo.ProcessedPaymentEvents, dbo.TokenUsageDailySummaries
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.CreditAllocations', N'U')
          AND i.name = N'IX_CreditAllocations_ExpiresAt'
)
    CREATE NONCLUSTERED INDEX IX_CreditAllocations_ExpiresAt
        ON dbo.CreditAllocations (ExpiresAt)
        INCLUDE (UserId, AppliedToBalanceAt)
        WHERE RemainingAmount > 0 AND ExpiresAt IS NOT NULL;
GO

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.CreditUsageDailySummaries', N'U')
          AND i.name = N'IX_CreditUsageDailySummaries_UserId'
)
    CREATE NONCLUSTERED INDEX IX_CreditUsageDailySummaries_UserId
        ON dbo.CreditUsageDailySummaries (UserId);
GO

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.IdempotencyKeys', N'U')
          AND i.name = N'IX_IdempotencyKeys_CreatedAt'
)
    CREATE NONCLUSTERED INDEX IX_IdempotencyKeys_CreatedAt
        ON dbo.IdempotencyKeys (CreatedAt);
GO

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.ProcessedPaymentEvents', N'U')
          AND i.name = N'IX_ProcessedPaymentEvents_Deferred'
)
    CREATE NONCLUSTERED INDEX IX_ProcessedPaymentEvents_Deferred
        ON dbo.ProcessedPaymentEvents (OrderId, ReservationId, PaymentIntentId)
        INCLUDE (UserId, OccurredAt, ReceivedAt)
        WHERE Outcome = N'deferred';
GO

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.ProcessedPaymentEvents', N'U')
          AND i.name = N'IX_ProcessedPaymentEvents_UserId'
)
    CREATE NONCLUSTERED INDEX IX_ProcessedPaymentEvents_UserId
        ON dbo.ProcessedPaymentEvents (UserId)
        WHERE UserId IS NOT NULL;
GO

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.TokenUsageDailySummaries', N'U')
          AND i.name = N'IX_TokenUsageDailySummaries_UserId'
)
    CREATE NONCLUSTERED INDEX IX_TokenUsageDailySummaries_UserId
        ON dbo.TokenUsageDailySummaries (UserId);
GO
