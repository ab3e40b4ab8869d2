SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Deletes what the retention settings no longer keep, and switches off list entries that
           have ended. Never touches a ledger; the audit log only past audit_retention_days.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:cleanup; a transaction for each statement, 2,000 rows each:
           rows of one table, no lock order to keep; with indexes below the 5,000 at which all
           would be locked
Returns:   SR + FunnelEvents, OutboxDeliveries, OutboxEvents, IdempotencyKeys, PaymentEvents,
           JobRuns, AuditLog, Snapshots, SavedSearches, AccessLists (rows of each)
Throws:    50100, 50102
Replay:    harmless; what was cut short is continued
*/
CREATE OR ALTER PROCEDURE dbo.sp_CleanupData
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Cleaned up.', @Now datetime2(3) = SYSUTCDATETIME(),
            @Chunk int = 2000, @Rows int, @Step int = 1, @Settings int, @Total bigint,
            @Funnel datetime2(3), @Outbox datetime2(3), @Keys datetime2(3), @Runs datetime2(3),
            @Audit datetime2(3), @Days date, @Error nvarchar(2000);
    DECLARE @Deleted TABLE (StepNo int NOT NULL, RowsDeleted int NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @Settings = COUNT(s.IntValue),
           @Funnel = MAX(IIF(n.Name = N'funnel', s.Since, NULL)),
           @Outbox = MAX(IIF(n.Name = N'outbox', s.Since, NULL)),
           @Keys = MAX(IIF(n.Name = N'idempotency', s.Since, NULL)),
           @Runs = MAX(IIF(n.Name = N'job_run', s.Since, NULL)),
           @Audit = MAX(IIF(n.Name = N'audit', s.Since, NULL)),
           @Days = CAST(MAX(IIF(n.Name = N'snapshot', s.Since, NULL)) AS date)
    FROM (VALUES (N'funnel'), (N'outbox'), (N'idempotency'), (N'job_run'), (N'audit'),
                 (N'snapshot')) AS n(Name)
    CROSS APPLY (SELECT f.IntValue, DATEADD(DAY, -f.IntValue, @Now) AS Since
                 FROM dbo.fn_Setting(CONCAT(n.Name, N'_retention_days')) AS f) AS s;
    IF @Settings < 6 THROW 50100, N'SETTING_MISSING: a retention setting is absent.', 1;

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'cleanup', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        WHILE @IsBusy = 0 AND @Step <= 10
        BEGIN
            IF @Own = 1 BEGIN TRANSACTION;
            IF @Step = 1
                DELETE TOP (@Chunk) FROM dbo.FunnelEvents WHERE OccurredAt < @Funnel;
            ELSE IF @Step = 2
                -- An event goes when nothing of it is still on its way.
                DELETE TOP (@Chunk) FROM dbo.OutboxDeliveries
                WHERE EventId IN (SELECT e.EventId
                                  FROM dbo.OutboxEvents AS e
                                  WHERE e.OccurredAt < @Outbox AND e.FannedOutAt IS NOT NULL)
                      AND EventId NOT IN (SELECT d.EventId
                                          FROM dbo.OutboxDeliveries AS d
                                          WHERE d.Status IN (N'Pending', N'Leased'));
            ELSE IF @Step = 3
                DELETE TOP (@Chunk) FROM dbo.OutboxEvents
                WHERE OccurredAt < @Outbox AND FannedOutAt IS NOT NULL
                      AND EventId NOT IN (SELECT d.EventId FROM dbo.OutboxDeliveries AS d);
            ELSE IF @Step = 4
                DELETE TOP (@Chunk) FROM dbo.IdempotencyKeys WHERE CreatedAt < @Keys;
            ELSE IF @Step = 5
                DELETE TOP (@Chunk) FROM dbo.ProcessedPaymentEvents WHERE ReceivedAt < @Keys;
            ELSE IF @Step = 6
                DELETE TOP (@Chunk) FROM dbo.JobRuns
                WHERE StartedAt < @Runs AND Status <> N'Running';
            ELSE IF @Step = 7
                DELETE TOP (@Chunk) FROM dbo.AuditLog WHERE OccurredAt < @Audit;
            ELSE IF @Step = 8
                DELETE TOP (@Chunk) FROM dbo.CouponAnalyticsSnapshots WHERE SnapshotDate < @Days;
            ELSE IF @Step = 9
                DELETE TOP (@Chunk) FROM dbo.SavedSearches
                WHERE SavedSearchId IN (
                    SELECT r.SavedSearchId
                    FROM (SELECT s.SavedSearchId,
                                 ROW_NUMBER() OVER (PARTITION BY s.Owner
                                                    ORDER BY s.LastUsedAt DESC,
                                                             s.SavedSearchId DESC) AS Place
                          FROM dbo.SavedSearches AS s
                          WHERE s.Name IS NULL) AS r
                    WHERE r.Place > 20);
            ELSE
                UPDATE TOP (@Chunk) dbo.AccessLists
                SET IsActive = 0, UpdatedAt = @Now
                WHERE IsActive = 1 AND ExpiresAt <= @Now;
            SET @Rows = @@ROWCOUNT;
            IF @Own = 1 COMMIT TRANSACTION;

            INSERT INTO @Deleted (StepNo, RowsDeleted) VALUES (@Step, @Rows);
            SET @Step += IIF(@Rows = @Chunk, 0, 1);
        END;

        SELECT @Total = COALESCE(SUM(CAST(d.RowsDeleted AS bigint)), 0) FROM @Deleted AS d;
        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'cleanup', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Total;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'cleanup', @JobRunId = @JobRunId,
             @Status = N'Failed', @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message,
           COALESCE(SUM(IIF(d.StepNo = 1, d.RowsDeleted, 0)), 0) AS FunnelEvents,
           COALESCE(SUM(IIF(d.StepNo = 2, d.RowsDeleted, 0)), 0) AS OutboxDeliveries,
           COALESCE(SUM(IIF(d.StepNo = 3, d.RowsDeleted, 0)), 0) AS OutboxEvents,
           COALESCE(SUM(IIF(d.StepNo = 4, d.RowsDeleted, 0)), 0) AS IdempotencyKeys,
           COALESCE(SUM(IIF(d.StepNo = 5, d.RowsDeleted, 0)), 0) AS PaymentEvents,
           COALESCE(SUM(IIF(d.StepNo = 6, d.RowsDeleted, 0)), 0) AS JobRuns,
           COALESCE(SUM(IIF(d.StepNo = 7, d.RowsDeleted, 0)), 0) AS AuditLog,
           COALESCE(SUM(IIF(d.StepNo = 8, d.RowsDeleted, 0)), 0) AS Snapshots,
           COALESCE(SUM(IIF(d.StepNo = 9, d.RowsDeleted, 0)), 0) AS SavedSearches,
           COALESCE(SUM(IIF(d.StepNo = 10, d.RowsDeleted, 0)), 0) AS AccessLists
    FROM @Deleted AS d;
END;
