SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes what is left of credits whose time is over, allocation by allocation: off the
           balance, into the ledger as expiry. What was spent stays spent.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:expire-credits; per allocation one transaction with L2 of its
           user and L10
Returns:   SR + Expired (allocations), Credits
Throws:    50002 @BatchSize not 1 to 10000; 50102 called in a doomed transaction; 50200 an
           allocation does not hold what it says
Replay:    an allocation that holds nothing any more is left alone
*/
CREATE OR ALTER PROCEDURE dbo.sp_ExpireCredits
    @BatchSize int = 1000
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Credits expired.', @Expired int = 0, @Credits bigint = 0,
            @Next int = 1, @Last int, @AllocationId bigint, @UserId nvarchar(100),
            @Now datetime2(3), @Rest int, @IsTaken bit, @Before int, @After int,
            @Parts nvarchar(max), @RequestId nvarchar(100), @Error nvarchar(2000);
    DECLARE @Work TABLE (
        WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        AllocationId bigint NOT NULL,
        UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @BatchSize = COALESCE(@BatchSize, 1000);
    IF @BatchSize NOT BETWEEN 1 AND 10000
        THROW 50002, N'ARG_OUT_OF_RANGE: @BatchSize must be 1 to 10000.', 1;

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'expire-credits', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        -- A look without lock; each allocation is looked at again under the lock of its user.
        IF @IsBusy = 0
            INSERT INTO @Work (AllocationId, UserId)
            SELECT TOP (@BatchSize) a.AllocationId, a.UserId
            FROM dbo.CreditAllocations AS a
            WHERE a.RemainingAmount > 0 AND a.ExpiresAt <= SYSUTCDATETIME()
                  AND a.AppliedToBalanceAt IS NOT NULL
            ORDER BY a.ExpiresAt, a.AllocationId;

        SELECT @Last = COUNT(*) FROM @Work;
        WHILE @Next <= @Last
        BEGIN
            SELECT @AllocationId = w.AllocationId, @UserId = w.UserId
            FROM @Work AS w
            WHERE w.WorkNo = @Next;
            SELECT @Next += 1, @Rest = 0, @IsTaken = 0;

            IF @Own = 1 BEGIN TRANSACTION;
            EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
            SELECT @Rest = a.RemainingAmount
            FROM dbo.CreditAllocations AS a
            WHERE a.AllocationId = @AllocationId AND a.ExpiresAt <= @Now;

            -- A balance below its allocations is left to the reconciliation.
            IF @Rest > 0
                EXEC dbo.sp_i_TakeCredits
                     @UserId = @UserId, @Amount = @Rest, @Reason = N'expiry',
                     @AllocationId = @AllocationId, @Now = @Now, @IsTaken = @IsTaken OUTPUT,
                     @BalanceBefore = @Before OUTPUT, @BalanceAfter = @After OUTPUT,
                     @AllocationsJson = @Parts OUTPUT;
            IF @IsTaken = 1
            BEGIN
                UPDATE dbo.CreditAllocations
                SET ExpiredAt = @Now
                WHERE AllocationId = @AllocationId;
                SET @RequestId = CONCAT(N'expire-', @AllocationId);
                EXEC dbo.sp_i_RecordDeduction
                     @UserId = @UserId, @RequestId = @RequestId, @Amount = @Rest,
                     @BalanceBefore = @Before, @BalanceAfter = @After, @Reason = N'expiry',
                     @AllocationsJson = @Parts, @Now = @Now;
                SELECT @Expired += 1, @Credits += @Rest;
            END;
            IF @Own = 1 COMMIT TRANSACTION;
        END;

        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'expire-credits', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Expired;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'expire-credits', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Expired, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Expired AS Expired, @Credits AS Credits;
END;
