SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Rebuilds the two daily summaries of one UTC day, tokens by user and model and credits by
           user, from the ledgers; without a date those of yesterday. Users by the thousand, each
           thousand complete in itself.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:usage-summary; then only the summaries
Returns:   SR + Rows (of both summaries)
Throws:    50006 the day lies in the future; 50102 called in a doomed transaction
Replay:    the same day again leads to the same rows
*/
CREATE OR ALTER PROCEDURE dbo.sp_SummariseUsage
    @Date date = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Today date = CAST(SYSUTCDATETIME() AS date), @From datetime2(3), @To datetime2(3),
            @Message nvarchar(400) = N'Usage summarised.', @Rows int = 0, @Next int = 1,
            @Last int, @Error nvarchar(2000);
    DECLARE @Work TABLE (
        WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @Date = COALESCE(@Date, DATEADD(DAY, -1, @Today));
    IF @Date > @Today
        THROW 50006, N'ARG_BAD_DATES: @Date lies in the future.', 1;
    SELECT @From = CAST(@Date AS datetime2(3)),
           @To = CAST(DATEADD(DAY, 1, @Date) AS datetime2(3));

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'usage-summary', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        -- Who has anything in the ledgers of the day, or in the summaries that are there.
        IF @IsBusy = 0
            INSERT INTO @Work (UserId)
            SELECT q.UserId
            FROM (SELECT u.UserId FROM dbo.TokenUsageLedger AS u
                  WHERE u.CreatedAt >= @From AND u.CreatedAt < @To
                  UNION
                  SELECT a.UserId FROM dbo.CreditAllocations AS a
                  WHERE a.AppliedToBalanceAt >= @From AND a.AppliedToBalanceAt < @To
                  UNION
                  SELECT d.UserId FROM dbo.CreditDeductionLedger AS d
                  WHERE d.CreatedAt >= @From AND d.CreatedAt < @To
                  UNION
                  SELECT t.UserId FROM dbo.TokenUsageDailySummaries AS t
                  WHERE t.UsageDate = @Date
                  UNION
                  SELECT c.UserId FROM dbo.CreditUsageDailySummaries AS c
                  WHERE c.UsageDate = @Date) AS q
            ORDER BY q.UserId;

        SELECT @Last = COUNT(*) FROM @Work;
        WHILE @Next <= @Last
        BEGIN
            IF @Own = 1 BEGIN TRANSACTION;
            DELETE s
            FROM dbo.TokenUsageDailySummaries AS s
            INNER JOIN @Work AS w ON w.UserId = s.UserId
            WHERE s.UsageDate = @Date AND w.WorkNo >= @Next AND w.WorkNo < @Next + 1000;
            DELETE s
            FROM dbo.CreditUsageDailySummaries AS s
            INNER JOIN @Work AS w ON w.UserId = s.UserId
            WHERE s.UsageDate = @Date AND w.WorkNo >= @Next AND w.WorkNo < @Next + 1000;

            INSERT INTO dbo.TokenUsageDailySummaries
                (UsageDate, UserId, ProviderId, ModelId, Requests, InputTokens, OutputTokens,
                 CreditsDeducted, VendorCost)
            SELECT @Date, u.UserId, u.ProviderId, u.ModelId, COUNT_BIG(*),
                   SUM(CAST(u.InputTokens AS bigint)), SUM(CAST(u.OutputTokens AS bigint)),
                   SUM(CAST(u.CreditsDeducted AS bigint)), SUM(u.VendorCost)
            FROM @Work AS w
            INNER JOIN dbo.TokenUsageLedger AS u ON u.UserId = w.UserId
            WHERE u.CreatedAt >= @From AND u.CreatedAt < @To
                  AND w.WorkNo >= @Next AND w.WorkNo < @Next + 1000
            GROUP BY u.UserId, u.ProviderId, u.ModelId;
            SET @Rows += @@ROWCOUNT;

            INSERT INTO dbo.CreditUsageDailySummaries
                (UsageDate, UserId, Granted, Deducted, Expired, Revoked, ClosingBalance)
            SELECT @Date, w.UserId, c.Granted, c.Deducted, c.Expired, c.Revoked, c.ClosingBalance
            FROM @Work AS w
            CROSS APPLY dbo.fn_CreditDay(w.UserId, @From, @To) AS c
            WHERE w.WorkNo >= @Next AND w.WorkNo < @Next + 1000 AND c.Moves > 0;
            SET @Rows += @@ROWCOUNT;
            IF @Own = 1 COMMIT TRANSACTION;
            SET @Next += 1000;
        END;

        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'usage-summary', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Rows;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'usage-summary', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Rows, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Rows AS Rows;
END;
