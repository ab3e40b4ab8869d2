SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records that a job begins whose work is done outside the database. Jobs that are
           procedures (class B) keep their own row.
Called by: coupon_job, coupon_ops
Locks:     L11 (insert)
Returns:   SR + JobRunId
Throws:    50001, 50102
Replay:    none: each call is a run of its own
*/
CREATE OR ALTER PROCEDURE dbo.sp_StartJobRun
    @JobName nvarchar(50),
    @Host nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @JobName = NULLIF(TRIM(@JobName), N''), @Host = NULLIF(TRIM(@Host), N'');
    IF @JobName IS NULL THROW 50001, N'ARG_REQUIRED: @JobName', 1;
    IF @Host IS NULL THROW 50001, N'ARG_REQUIRED: @Host', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        INSERT INTO dbo.JobRuns (JobName, StartedAt, Host)
        VALUES (@JobName, SYSUTCDATETIME(), @Host);
        SET @JobRunId = SCOPE_IDENTITY();

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Job run started.' AS nvarchar(400)) AS Message, @JobRunId AS JobRunId;
END;
