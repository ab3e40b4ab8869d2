SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves the oldest closed fraud events into their archive, without address and device.
Called by: sp_ArchiveRedemptionHistory, one transaction each.
Locks:     L11: FraudEvents, FraudEventsArchive.
Returns:   @Moved, the rows of this chunk.
Throws:    50102 no committable transaction; 50202 more or fewer rows arrived than left.
Replay:    harmless; what was moved is not found again.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ArchiveFraud
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
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ArchiveFraud needs a committable transaction.', 1;

    -- UPDLOCK: chosen now, deleted below; a row that somebody changes meanwhile is waited for.
    INSERT INTO @Chunk (RowId)
    SELECT TOP (@ChunkSize) h.FraudEventId
    FROM dbo.FraudEvents AS h WITH (UPDLOCK, ROWLOCK)
    WHERE h.LastSeenAt < @Before AND h.ReviewStatus <> N'pending'
    ORDER BY h.FraudEventId;
    SET @Moved = @@ROWCOUNT;

    DELETE h
    OUTPUT deleted.FraudEventId, deleted.CouponId, deleted.CouponCode, deleted.CampaignId,
           deleted.UserId, deleted.RedemptionId, deleted.DetectionType, deleted.Severity,
           deleted.RiskScore, deleted.DetailsJson, NULL, NULL, deleted.CountryCode,
           deleted.IsFlagged, deleted.ActionTaken, deleted.ReviewStatus, deleted.ReviewedBy,
           deleted.ReviewedAt, deleted.ReviewNote, deleted.OccurrenceCount, deleted.DetectedAt,
           deleted.LastSeenAt, @Now
    INTO dbo.FraudEventsArchive
        (FraudEventId, CouponId, CouponCode, CampaignId, UserId, RedemptionId, DetectionType,
         Severity, RiskScore, DetailsJson, IpAddress, DeviceFingerprint, CountryCode, IsFlagged,
         ActionTaken, ReviewStatus, ReviewedBy, ReviewedAt, ReviewNote, OccurrenceCount, DetectedAt,
         LastSeenAt, ArchivedAt)
    FROM dbo.FraudEvents AS h
    INNER JOIN @Chunk AS c ON c.RowId = h.FraudEventId;
    SET @Deleted = @@ROWCOUNT;
    SELECT @Stored = COUNT(*)
    FROM dbo.FraudEventsArchive AS a
    INNER JOIN @Chunk AS c ON c.RowId = a.FraudEventId;
    IF @Deleted <> @Moved OR @Stored <> @Moved
        THROW 50202, N'INVARIANT_ROWCOUNT: the archive received other rows than left.', 1;
END;
