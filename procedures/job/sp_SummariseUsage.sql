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
            @Message nvarchar(400) = N'Usage summarised.', @Rows int = 0, @Count int,
            @After nvarchar(100) = N'', @Last nvarchar(100), @Error nvarchar(2000);
    DECLARE @Users TABLE (
        UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);

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

        WHILE @IsBusy = 0
        BEGIN
            DELETE FROM @Users;
            INSERT INTO @Users (UserId)
            SELECT TOP (1000) q.UserId
            FROM (SELECT u.UserId FROM dbo.TokenUsageLedger AS u
                  WHERE u.CreatedAt >= @From AND u.CreatedAt < @To AND u.UserId > @After
                  UNION
                  SELECT a.UserId FROM dbo.CreditAllocations AS a
                  WHERE a.AppliedToBalanceAt >= @From AND a.AppliedToBalanceAt < @To
                        AND a.UserId > @After
                  UNION
                  SELECT d.UserId FROM dbo.CreditDeductionLedger AS d
                  WHERE d.CreatedAt >= @From AND d.CreatedAt < @To AND d.UserId > @After
                  UNION
                  SELECT t.UserId FROM dbo.TokenUsageDailySummaries AS t
                  WHERE t.UsageDate = @Date AND t.UserId > @After
                  UNION
                  SELECT c.UserId FROM dbo.CreditUsageDailySummaries AS c
                  WHERE c.UsageDate = @Date AND c.UserId > @After) AS q
            ORDER BY q.UserId;
            SELECT @Count = COUNT(*), @Last = MAX(u.UserId) FROM @Users AS u;
            IF @Count = 0
                BREAK;

            IF @Own = 1 BEGIN TRANSACTION;
            DELETE FROM dbo.TokenUsageDailySummaries
            WHERE UsageDate = @Date AND UserId > @After AND UserId <= @Last;
            DELETE FROM dbo.CreditUsageDailySummaries
            WHERE UsageDate = @Date AND UserId > @After AND UserId <= @Last;

            INSERT INTO dbo.TokenUsageDailySummaries
                (UsageDate, UserId, ProviderId, ModelId, Requests, InputTokens, OutputTokens,
                 CreditsDeducted, VendorCost)
            SELECT @Date, u.UserId, u.ProviderId, u.ModelId, COUNT_BIG(*),
                   SUM(CAST(u.InputTokens AS bigint)), SUM(CAST(u.OutputTokens AS bigint)),
                   SUM(CAST(u.CreditsDeducted AS bigint)), SUM(u.VendorCost)
            FROM @Users AS p
            INNER JOIN dbo.TokenUsageLedger AS u ON u.UserId = p.UserId
            WHERE u.CreatedAt >= @From AND u.CreatedAt < @To
            GROUP BY u.UserId, u.ProviderId, u.ModelId;
            SET @Rows += @@ROWCOUNT;

            -- The closing balance is what was ever given less what was ever taken until then.
            INSERT INTO dbo.CreditUsageDailySummaries
                (UsageDate, UserId, Granted, Deducted, Expired, Revoked, ClosingBalance)
            SELECT @Date, p.UserId, g.Granted, t.Deducted, t.Expired, t.Revoked,
                   g.EverGranted - t.EverTaken
            FROM @Users AS p
            CROSS APPLY (
                SELECT COALESCE(SUM(a.Amount), 0) AS EverGranted,
                       COALESCE(SUM(IIF(a.AppliedToBalanceAt >= @From, a.Amount, 0)), 0) AS Granted,
                       COUNT(IIF(a.AppliedToBalanceAt >= @From, 1, NULL)) AS Grants
                FROM dbo.CreditAllocations AS a
                WHERE a.UserId = p.UserId AND a.AppliedToBalanceAt < @To) AS g
            CROSS APPLY (
                SELECT COALESCE(SUM(d.Amount), 0) AS EverTaken,
                       COALESCE(SUM(IIF(d.CreatedAt >= @From AND d.Reason = N'expiry',
                                        d.Amount, 0)), 0) AS Expired,
                       COALESCE(SUM(IIF(d.CreatedAt >= @From AND d.Reason = N'reversal',
                                        d.Amount, 0)), 0) AS Revoked,
                       COALESCE(SUM(IIF(d.CreatedAt >= @From
                                        AND d.Reason NOT IN (N'expiry', N'reversal'),
                                        d.Amount, 0)), 0) AS Deducted,
                       COUNT(IIF(d.CreatedAt >= @From, 1, NULL)) AS Takings
                FROM dbo.CreditDeductionLedger AS d
                WHERE d.UserId = p.UserId AND d.CreatedAt < @To) AS t
            WHERE g.Grants > 0 OR t.Takings > 0;
            SET @Rows += @@ROWCOUNT;
            IF @Own = 1 COMMIT TRANSACTION;
            SET @After = @Last;
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
