SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Opens one run of a job: takes the application lock of the job, which a second instance
           finds taken, and writes the row of the run. A run of this job that still is called
           Running although nobody holds the lock was killed; it is closed as Failed.
Called by: every procedure of class B, first thing inside its TRY, outside its transactions.
Locks:     application lock couponry:<job> of the session; L11: JobRuns.
Returns:   @JobRunId; @IsBusy 1 when another session runs the job: then the row says Skipped, and
           the caller answers Success 1 with the message Skipped, and does nothing.
Throws:    nothing of its own.
Replay:    not needed. sp_i_EndJob gives the lock back; so does the end of the session.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_StartJob
    @JobName nvarchar(50),          -- as in `couponry job run <name>`
    @JobRunId bigint OUTPUT,
    @IsBusy bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Resource nvarchar(255) = CONCAT(N'couponry:', @JobName), @Result int,
            @Now datetime2(3);

    SELECT @JobRunId = NULL, @IsBusy = NULL;

    -- Of the session, because a job commits many transactions; not waited for: one is enough.
    EXEC @Result = sys.sp_getapplock @Resource = @Resource, @LockMode = N'Exclusive',
         @LockOwner = N'Session', @LockTimeout = 0;
    SELECT @IsBusy = IIF(@Result < 0, 1, 0), @Now = SYSUTCDATETIME();

    IF @IsBusy = 0
        UPDATE dbo.JobRuns
        SET Status = N'Failed', FinishedAt = @Now, Error = N'The run ended without a report.'
        WHERE JobName = @JobName AND Status = N'Running';

    INSERT INTO dbo.JobRuns (JobName, Status, StartedAt, FinishedAt, Host)
    VALUES (@JobName, IIF(@IsBusy = 1, N'Skipped', N'Running'), @Now,
            IIF(@IsBusy = 1, @Now, NULL), HOST_NAME());
    SET @JobRunId = SCOPE_IDENTITY();
END;
