SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves the oldest final rows of the ledger into its archive, without address, agent and
           device. Rows that are pending or wait for a review stay.
Called by: sp_ArchiveRedemptionHistory, one transaction each.
Locks:     L8: RedemptionHistory; L11: RedemptionHistoryArchive.
Returns:   @Moved, the rows of this chunk.
Throws:    50102 no committable transaction; 50202 more or fewer rows arrived than left.
Replay:    harmless; what was moved is not found again.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ArchiveLedger
    @Before datetime2(3),
    @ChunkSize int,
    @Now datetime2(3),
    @Moved int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Deleted int, @Stored int;
    DECLARE @Chunk TABLE (RowId bigint NOT NULL PRIMARY KEY);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ArchiveLedger needs a committable transaction.', 1;

    -- UPDLOCK: chosen now, deleted below; a row that somebody changes meanwhile is waited for.
    INSERT INTO @Chunk (RowId)
    SELECT TOP (@ChunkSize) h.RedemptionId
    FROM dbo.RedemptionHistory AS h WITH (UPDLOCK, ROWLOCK)
    WHERE h.AttemptedAt < @Before AND h.Status <> N'pending' AND h.ReviewStatus <> N'pending'
    ORDER BY h.RedemptionId;
    SET @Moved = @@ROWCOUNT;

    DELETE h
    OUTPUT deleted.RedemptionId, deleted.CouponCode, deleted.UserId, deleted.CampaignId,
           deleted.AttemptedAt, deleted.Success, deleted.FailureReason, NULL, NULL, deleted.Status,
           deleted.FailureMessage, deleted.FailedStep, deleted.CouponId, deleted.ReservationId,
           deleted.OrderId, deleted.OrderAmount, deleted.FinalAmount, deleted.BaseAmount,
           deleted.DiscountType, deleted.DiscountAmount, deleted.CurrencyCode,
           deleted.CreditsGranted, deleted.CreditsApplied, deleted.MonthsGranted, deleted.LicenseId,
           deleted.SubscriptionId, deleted.UserTier, deleted.ServiceType, deleted.ConsultantId,
           deleted.CountryCode, NULL, deleted.MarketingChannel, deleted.UtmSource,
           deleted.UtmMedium, deleted.UtmCampaign, deleted.RiskScore, deleted.ReviewStatus,
           deleted.ReviewedBy, deleted.ReviewedAt, deleted.IdempotencyKey, deleted.CompletedAt,
           deleted.ReversedAt, deleted.ReversedBy, deleted.ReversalReason, deleted.UseRestored,
           deleted.RefundedAmount, deleted.FulfilmentStatus, deleted.FulfilledAt, @Now
    INTO dbo.RedemptionHistoryArchive
        (RedemptionId, CouponCode, UserId, CampaignId, AttemptedAt, Success, FailureReason,
         IpAddress, UserAgent, Status, FailureMessage, FailedStep, CouponId, ReservationId, OrderId,
         OrderAmount, FinalAmount, BaseAmount, DiscountType, DiscountAmount, CurrencyCode,
         CreditsGranted, CreditsApplied, MonthsGranted, LicenseId, SubscriptionId, UserTier,
         ServiceType, ConsultantId, CountryCode, DeviceFingerprint, MarketingChannel, UtmSource,
         UtmMedium, UtmCampaign, RiskScore, ReviewStatus, ReviewedBy, ReviewedAt, IdempotencyKey,
         CompletedAt, ReversedAt, ReversedBy, ReversalReason, UseRestored, RefundedAmount,
         FulfilmentStatus, FulfilledAt, ArchivedAt)
    FROM dbo.RedemptionHistory AS h
    INNER JOIN @Chunk AS c ON c.RowId = h.RedemptionId;
    SET @Deleted = @@ROWCOUNT;
    SELECT @Stored = COUNT(*)
    FROM dbo.RedemptionHistoryArchive AS a
    INNER JOIN @Chunk AS c ON c.RowId = a.RedemptionId;
    IF @Deleted <> @Moved OR @Stored <> @Moved
        THROW 50202, N'INVARIANT_ROWCOUNT: the archive received other rows than left.', 1;
END;
