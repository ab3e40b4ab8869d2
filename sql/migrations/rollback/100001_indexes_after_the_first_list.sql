/*
Takes the indexes away again. No row and no column goes; what they were for is slow again.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

DROP INDEX IF EXISTS IX_CreditAllocations_ExpiresAt ON dbo.CreditAllocations;
DROP INDEX IF EXISTS IX_CreditUsageDailySummaries_UserId ON dbo.CreditUsageDailySummaries;
DROP INDEX IF EXISTS IX_IdempotencyKeys_CreatedAt ON dbo.IdempotencyKeys;
DROP INDEX IF EXISTS IX_ProcessedPaymentEvents_Deferred ON dbo.ProcessedPaymentEvents;
DROP INDEX IF EXISTS IX_ProcessedPaymentEvents_UserId ON dbo.ProcessedPaymentEvents;
DROP INDEX IF EXISTS IX_TokenUsageDailySummaries_UserId ON dbo.TokenUsageDailySummaries;
GO
