SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records how a job ended whose work is done outside the database.
Called by: coupon_job, coupon_ops
Locks:     the JobRuns row
Returns:   SR + JobRunId
Throws:    50001, 50002, 50003, 50004, 50102
Replay:    the same end again succeeds and writes nothing; another end is refused
*/
CREATE OR ALTER PROCEDURE dbo.sp_EndJobRun
    @JobRunId bigint,
    @Status nvarchar(10),
    @ItemsProcessed bigint = 0,
    @DetailsJson nvarchar(max) = NULL,
    @Error nvarchar(2000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Present nvarchar(10),
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Job run ended.';

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @Status = NULLIF(TRIM(@Status), N''), @Error = NULLIF(TRIM(@Error), N''),
           @DetailsJson = NULLIF(TRIM(@DetailsJson), N''),
           @ItemsProcessed = COALESCE(@ItemsProcessed, 0);
    IF @JobRunId IS NULL THROW 50001, N'ARG_REQUIRED: @JobRunId', 1;
    IF @Status IS NULL THROW 50001, N'ARG_REQUIRED: @Status', 1;
    IF @Status COLLATE Latin1_General_100_BIN2 NOT IN (N'Succeeded', N'Failed', N'Skipped')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status must be Succeeded, Failed or Skipped.', 1;
    IF @ItemsProcessed < 0
        THROW 50002, N'ARG_OUT_OF_RANGE: @ItemsProcessed must not be negative.', 1;
    IF ISJSON(@DetailsJson) = 0 THROW 50004, N'ARG_BAD_JSON: @DetailsJson is not JSON.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- The condition decides: a run ends once.
        UPDATE dbo.JobRuns
        SET Status = @Status, FinishedAt = SYSUTCDATETIME(), ItemsProcessed = @ItemsProcessed,
            DetailsJson = @DetailsJson, Error = @Error
        WHERE JobRunId = @JobRunId AND Status = N'Running';

        IF @@ROWCOUNT = 0
        BEGIN
            SELECT @Present = j.Status FROM dbo.JobRuns AS j WHERE j.JobRunId = @JobRunId;
            IF @Present IS NULL
                SELECT @ErrorCode = N'ENTRY_NOT_FOUND',
                       @Message = CONCAT(N'Job run ', @JobRunId, N' not found.');
            ELSE IF @Present <> @Status
                SELECT @ErrorCode = N'INVALID_STATUS_TRANSITION',
                       @Message = CONCAT(N'Job run ', @JobRunId, N' is ', @Present, N'.');
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @JobRunId, NULL) AS JobRunId;
END;
