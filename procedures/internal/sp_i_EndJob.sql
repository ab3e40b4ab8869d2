SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Closes one run of a job: writes how it ended, and gives back the application lock that
           sp_i_StartJob took.
Called by: every procedure of class B: after its last transaction, and in its CATCH after the
           rollback, before the THROW.
Locks:     L11: JobRuns; releases the application lock couponry:<job>.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    harmless: a lock that is not held is not released.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EndJob
    @JobName nvarchar(50),
    @JobRunId bigint,
    @Status nvarchar(10) = N'Succeeded',      -- or Failed
    @ItemsProcessed bigint = 0,
    @DetailsJson nvarchar(max) = NULL,
    @Error nvarchar(2000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Resource nvarchar(255) = CONCAT(N'couponry:', @JobName);

    -- A caller's doomed transaction takes no more writes; its rollback takes the row as well.
    IF XACT_STATE() <> -1
        UPDATE dbo.JobRuns
        SET Status = @Status, FinishedAt = SYSUTCDATETIME(), ItemsProcessed = @ItemsProcessed,
            DetailsJson = @DetailsJson, Error = @Error
        WHERE JobRunId = @JobRunId;

    IF APPLOCK_MODE(N'public', @Resource, N'Session') <> N'NoLock'
        EXEC sys.sp_releaseapplock @Resource = @Resource, @LockOwner = N'Session';
END;
