SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Finds the counters that differ from the ledger (live and archived), the open
           reservations and the credit ledgers; locks what they belong to, recounts, corrects, and
           audits each correction. @Fix 0 recounts under the same locks and only reports.
           An entity is a campaign, a coupon (code or number), or a user (all of the user's
           counters, or one: user/campaign, user/coupon number).
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:reconcile; one transaction for each entity that differs:
           L3 (a coupon, all stripes), L4 (a campaign, all stripes), L2 L5 L6 (a user's uses),
           L2 L10 (a user's credits); L11
Returns:   SR + Checked (entities looked at), Drifted and Corrected (counters); RS2 EntityType,
           EntityId, CounterName, Stored, Actual, Corrected
Throws:    50001, 50003, 50102
Replay:    what was corrected differs no more; what is above its limit is reported again
*/
CREATE OR ALTER PROCEDURE dbo.sp_ReconcileCounters
    @Scope nvarchar(10) = N'all',
    @EntityId nvarchar(200) = NULL,
    @Fix bit = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Counters reconciled.', @Checked int = 0, @Drifted int = 0,
            @Corrected int = 0, @Next int = 1, @Last int, @Type nvarchar(40), @Id nvarchar(201),
            @WorkJson nvarchar(max), @RowsJson nvarchar(max), @Payload nvarchar(max),
            @RunId nvarchar(120), @Now datetime2(3), @Error nvarchar(2000);
    DECLARE @Work TABLE (
        WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        EntityType nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
        EntityId nvarchar(201) COLLATE Latin1_General_100_BIN2 NOT NULL);
    DECLARE @Found TABLE (
        RowNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        EntityType nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
        EntityId nvarchar(201) COLLATE Latin1_General_100_BIN2 NOT NULL,
        CounterName nvarchar(40) NOT NULL,
        Stored decimal(14,2) NOT NULL,
        Actual decimal(14,2) NOT NULL,
        Corrected bit NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @Scope = COALESCE(NULLIF(TRIM(@Scope), N''), N'all'),
           @EntityId = NULLIF(TRIM(@EntityId), N'');
    IF @Scope NOT IN (N'all', N'coupon', N'campaign', N'user', N'credit')
        THROW 50003, N'ARG_NOT_IN_LIST: @Scope', 1;
    IF @Fix IS NULL THROW 50001, N'ARG_REQUIRED: @Fix', 1;

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'reconcile', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        IF @IsBusy = 0
        BEGIN
            EXEC dbo.sp_i_FindDrift @Scope = @Scope, @EntityId = @EntityId,
                 @Checked = @Checked OUTPUT, @WorkJson = @WorkJson OUTPUT;
            INSERT INTO @Work (EntityType, EntityId)
            SELECT j.EntityType, j.EntityId
            FROM OPENJSON(@WorkJson) WITH (
                EntityType nvarchar(40) '$.type', EntityId nvarchar(201) '$.id') AS j;
        END;

        SELECT @Last = COUNT(*) FROM @Work;
        WHILE @Next <= @Last
        BEGIN
            SELECT @Type = w.EntityType, @Id = w.EntityId FROM @Work AS w WHERE w.WorkNo = @Next;
            SET @Next += 1;

            IF @Own = 1 BEGIN TRANSACTION;
            EXEC dbo.sp_i_ReconcileOne @EntityType = @Type, @EntityId = @Id, @Fix = @Fix,
                 @RowsJson = @RowsJson OUTPUT;
            IF @Own = 1 COMMIT TRANSACTION;

            INSERT INTO @Found (EntityType, EntityId, CounterName, Stored, Actual, Corrected)
            SELECT @Type, COALESCE(j.EntityId, @Id), j.CounterName, j.Stored, j.Actual,
                   IIF(@Fix = 1 AND j.Stored <> j.Kept, 1, 0)
            FROM OPENJSON(@RowsJson) WITH (
                EntityId nvarchar(201) '$.entity', CounterName nvarchar(40) '$.counter',
                Stored decimal(14,2) '$.stored', Actual decimal(14,2) '$.actual',
                Kept decimal(14,2) '$.kept') AS j;
        END;

        SELECT @Drifted = COUNT(*), @Corrected = COALESCE(SUM(CAST(f.Corrected AS int)), 0)
        FROM @Found AS f;
        IF @Fix = 1 AND @Drifted > 0
        BEGIN
            SELECT @Now = SYSUTCDATETIME(), @RunId = CAST(@JobRunId AS nvarchar(20)),
                   @Payload = (SELECT @JobRunId AS runId, @Drifted AS drifted,
                                      @Corrected AS corrected
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            IF @Own = 1 BEGIN TRANSACTION;
            EXEC dbo.sp_i_Enqueue @EventType = N'counter_drift', @EntityType = N'job_run',
                 @EntityId = @RunId, @PayloadJson = @Payload, @Now = @Now;
            IF @Own = 1 COMMIT TRANSACTION;
        END;

        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'reconcile', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Checked, @DetailsJson = @Payload;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'reconcile', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Drifted, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Checked AS Checked, @Drifted AS Drifted,
           @Corrected AS Corrected;
    SELECT f.EntityType, f.EntityId, f.CounterName, f.Stored, f.Actual, f.Corrected
    FROM @Found AS f
    ORDER BY f.RowNo;
END;
