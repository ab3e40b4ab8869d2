SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves ledger rows older than archive_after_months, and fraud events closed and older,
           into their archives, chunk by chunk. Counters, limits and recounts do not change.
Called by: coupon_job, coupon_ops
Locks:     application locks couponry:archive and couponry:reconcile, since a recount must not look
           while rows move; one transaction for each chunk: L8, L11
Returns:   SR + Moved (ledger rows and fraud events)
Throws:    50001, 50002, 50100, 50102, 50202
Replay:    continues; 0 when nothing is left to move
*/
CREATE OR ALTER PROCEDURE dbo.sp_ArchiveRedemptionHistory
    @OlderThanMonths int = NULL,
    @ChunkSize int = 5000,
    @MaxRows int = 1000000
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Archived.', @Now datetime2(3) = SYSUTCDATETIME(),
            @Before datetime2(3), @Moved bigint = 0, @Count int, @Chunk int, @Kind int = 1,
            @Result int, @Error nvarchar(2000);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    IF @OlderThanMonths IS NULL
        SELECT @OlderThanMonths = s.IntValue FROM dbo.fn_Setting(N'archive_after_months') AS s;
    IF @OlderThanMonths IS NULL THROW 50100, N'SETTING_MISSING: archive_after_months', 1;
    IF @ChunkSize IS NULL THROW 50001, N'ARG_REQUIRED: @ChunkSize', 1;
    IF @MaxRows IS NULL THROW 50001, N'ARG_REQUIRED: @MaxRows', 1;
    IF @OlderThanMonths NOT BETWEEN 3 AND 1200
        THROW 50002, N'ARG_OUT_OF_RANGE: @OlderThanMonths must be 3 to 1200.', 1;
    IF @ChunkSize NOT BETWEEN 1 AND 100000
        THROW 50002, N'ARG_OUT_OF_RANGE: @ChunkSize must be 1 to 100000.', 1;
    IF @MaxRows < 1 THROW 50002, N'ARG_OUT_OF_RANGE: @MaxRows must be 1 or more.', 1;
    SET @Before = DATEADD(MONTH, -@OlderThanMonths, @Now);

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'archive', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;
        IF @IsBusy = 0
        BEGIN
            EXEC @Result = sys.sp_getapplock @Resource = N'couponry:reconcile',
                 @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0;
            IF @Result < 0
            BEGIN
                SET @IsBusy = 1;
                EXEC dbo.sp_i_EndJob @JobName = N'archive', @JobRunId = @JobRunId,
                     @Status = N'Skipped';
            END;
        END;

        -- Kind 1: the ledger, then 2: fraud events.
        WHILE @IsBusy = 0 AND @Kind <= 2 AND @Moved < @MaxRows
        BEGIN
            -- Never more than 2,000: a statement with 5,000 row locks locks the ledger instead.
            SELECT @Chunk = MIN(c.Size)
            FROM (VALUES (2000), (@ChunkSize), (@MaxRows - @Moved)) AS c (Size);
            IF @Own = 1 BEGIN TRANSACTION;
            IF @Kind = 1
                EXEC dbo.sp_i_ArchiveLedger @Before = @Before, @ChunkSize = @Chunk, @Now = @Now,
                     @Moved = @Count OUTPUT;
            ELSE
                EXEC dbo.sp_i_ArchiveFraud @Before = @Before, @ChunkSize = @Chunk, @Now = @Now,
                     @Moved = @Count OUTPUT;
            IF @Own = 1 COMMIT TRANSACTION;

            SELECT @Moved += @Count, @Kind += IIF(@Count < @Chunk, 1, 0);
        END;

        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
        BEGIN
            EXEC dbo.sp_i_EndJob @JobName = N'reconcile', @JobRunId = NULL;
            EXEC dbo.sp_i_EndJob @JobName = N'archive', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Moved;
        END;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'reconcile', @JobRunId = NULL;
        EXEC dbo.sp_i_EndJob @JobName = N'archive', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Moved, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Moved AS Moved;
END;
