SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides whether a batch of codes may be stored now: a batch known already is answered
           from its record, a worker without the lease is turned away, a cancelled or complete
           request takes no more, and batch numbers follow each other without a gap.
Called by: sp_i_StoreCodes, inside the transaction of sp_BulkInsertCoupons
Locks:     L1 (the request)
Returns:   @ErrorCode (NULL: store it, or @IsReplay = 1: it is stored), @Message, and the counts
Throws:    50002
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AdmitBatch
    @RequestId nvarchar(100),
    @LeaseOwner nvarchar(100),
    @BatchNo int,
    @RequestHash varbinary(32),
    @IsReplay bit OUTPUT,
    @InsertedCount int OUTPUT,
    @CollisionCount int OUTPUT,
    @GeneratedAmount int OUTPUT,
    @RemainingAmount int OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Now datetime2(3), @Holder nvarchar(100), @LeaseExpiresAt datetime2(3),
            @CancelRequestedAt datetime2(3), @LastBatchNo int, @StoredHash varbinary(32);

    SELECT @IsReplay = 0, @InsertedCount = NULL, @CollisionCount = NULL, @GeneratedAmount = NULL,
           @RemainingAmount = NULL, @ErrorCode = NULL, @Message = N'Batch stored.';

    -- UPDLOCK: the batches of one request come one after the other, also those of a worker that
    -- does not know yet that it has lost the lease.
    SELECT @Holder = g.LeaseOwner, @LeaseExpiresAt = g.LeaseExpiresAt,
           @CancelRequestedAt = g.CancelRequestedAt, @LastBatchNo = g.LastBatchNo,
           @GeneratedAmount = g.GeneratedAmount,
           @RemainingAmount = g.RequestedAmount - g.GeneratedAmount
    FROM dbo.GenerationRequests AS g WITH (UPDLOCK, ROWLOCK)
    WHERE g.RequestId = @RequestId;
    SET @Now = SYSUTCDATETIME();

    SELECT @StoredHash = b.RequestHash, @InsertedCount = b.InsertedCount,
           @CollisionCount = b.CollisionCount
    FROM dbo.GenerationBatches AS b
    WHERE b.RequestId = @RequestId AND b.BatchNo = @BatchNo;

    IF @LastBatchNo IS NULL
        SELECT @ErrorCode = N'REQUEST_NOT_FOUND',
               @Message = CONCAT(N'Generation request ', @RequestId, N' not found.');
    ELSE IF @StoredHash = @RequestHash
        SELECT @IsReplay = 1, @Message = N'Batch was stored before.';
    ELSE IF @StoredHash IS NOT NULL
        SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
               @Message = CONCAT(N'Batch ', @BatchNo, N' was stored with other codes.');
    -- A lease exists exactly while the request is Processing.
    ELSE IF @Holder IS NULL OR @LeaseExpiresAt < @Now
            OR @Holder <> @LeaseOwner COLLATE Latin1_General_100_BIN2
        SELECT @ErrorCode = N'LEASE_LOST',
               @Message = N'The lease of this request is not held by the caller.';
    ELSE IF @CancelRequestedAt IS NOT NULL
        SELECT @ErrorCode = N'CANCEL_REQUESTED', @Message = N'Cancellation was asked for.';
    ELSE IF @BatchNo <> @LastBatchNo + 1
        THROW 50002, N'ARG_OUT_OF_RANGE: @BatchNo must be the last stored batch + 1.', 1;
    ELSE IF @RemainingAmount = 0
        SELECT @ErrorCode = N'REQUEST_COMPLETE', @Message = N'All codes exist already.';
END;
