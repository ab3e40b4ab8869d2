SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells the outside world what has expired and what will within expiry_notice_days: each
           hand-made coupon, each campaign's end, each batch of generated codes, once.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:expiry-sweep; transactions of at most 500 coupons: L3, L11
Returns:   SR + Expired, Expiring (events)
Throws:    50100, 50102
Replay:    coupons carry the time of their event; of campaigns and batches the event itself is
           looked for, so they are told as long as the outbox remembers
*/
CREATE OR ALTER PROCEDURE dbo.sp_RunExpirySweep
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Expiry swept.', @Now datetime2(3) = SYSUTCDATETIME(),
            @NoticeDays int, @KeptDays int, @Oldest datetime2(3), @Notice datetime2(3),
            @Horizon datetime2(3), @Chunk int = 500, @Count int, @Expired int = 0,
            @Expiring int = 0, @Items int, @Error nvarchar(2000);
    DECLARE @Told TABLE (
        CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
        ExpiresAt datetime2(3) NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @NoticeDays = n.IntValue, @KeptDays = k.IntValue
    FROM dbo.fn_Setting(N'expiry_notice_days') AS n
    CROSS JOIN dbo.fn_Setting(N'outbox_retention_days') AS k;
    IF @NoticeDays IS NULL OR @KeptDays IS NULL
        THROW 50100, N'SETTING_MISSING: expiry_notice_days or outbox_retention_days', 1;
    -- What is told without a mark of its own is told within the memory of the outbox only.
    SELECT @Oldest = DATEADD(DAY, -@KeptDays, @Now), @Notice = DATEADD(DAY, @NoticeDays, @Now),
           @Horizon = DATEADD(DAY, IIF(@NoticeDays < @KeptDays, @NoticeDays, @KeptDays), @Now);

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'expiry-sweep', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;

        SET @Count = IIF(@IsBusy = 0, @Chunk, 0);
        WHILE @Count = @Chunk
        BEGIN
            DELETE FROM @Told;
            IF @Own = 1 BEGIN TRANSACTION;
            UPDATE TOP (@Chunk) dbo.Coupons
            SET ExpiredEventAt = @Now
            OUTPUT inserted.CouponCode, inserted.ExpiresAt INTO @Told (CouponCode, ExpiresAt)
            WHERE GenerationBatchId IS NULL AND DeletedAt IS NULL AND ExpiresAt < @Now
                  AND ExpiredEventAt IS NULL;
            SET @Count = @@ROWCOUNT;
            INSERT INTO dbo.OutboxEvents (EventType, EntityType, EntityId, PayloadJson, OccurredAt)
            SELECT N'expired', N'coupon', t.CouponCode,
                   (SELECT t.CouponCode AS couponCode, t.ExpiresAt AS [at]
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER), @Now
            FROM @Told AS t;
            IF @Own = 1 COMMIT TRANSACTION;
            SET @Expired += @Count;
        END;

        SET @Count = IIF(@IsBusy = 0, @Chunk, 0);
        WHILE @Count = @Chunk
        BEGIN
            DELETE FROM @Told;
            IF @Own = 1 BEGIN TRANSACTION;
            UPDATE TOP (@Chunk) dbo.Coupons
            SET ExpiryNotifiedAt = @Now
            OUTPUT inserted.CouponCode, inserted.ExpiresAt INTO @Told (CouponCode, ExpiresAt)
            WHERE GenerationBatchId IS NULL AND DeletedAt IS NULL AND ExpiresAt >= @Now
                  AND ExpiresAt <= @Notice AND ExpiryNotifiedAt IS NULL;
            SET @Count = @@ROWCOUNT;
            INSERT INTO dbo.OutboxEvents (EventType, EntityType, EntityId, PayloadJson, OccurredAt)
            SELECT N'coupon_expiring', N'coupon', t.CouponCode,
                   (SELECT t.CouponCode AS couponCode, t.ExpiresAt AS [at]
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER), @Now
            FROM @Told AS t;
            IF @Own = 1 COMMIT TRANSACTION;
            SET @Expiring += @Count;
        END;

        IF @IsBusy = 0
        BEGIN
            IF @Own = 1 BEGIN TRANSACTION;
            EXEC dbo.sp_i_AnnounceEnds @EventType = N'expired', @After = @Oldest, @Until = @Now,
                 @Now = @Now, @Count = @Count OUTPUT;
            SET @Expired += @Count;
            EXEC dbo.sp_i_AnnounceEnds @EventType = N'coupon_expiring', @After = @Now,
                 @Until = @Horizon, @Now = @Now, @Count = @Count OUTPUT;
            SET @Expiring += @Count;
            IF @Own = 1 COMMIT TRANSACTION;
        END;

        SET @Items = @Expired + @Expiring;
        IF @IsBusy = 1
            SET @Message = N'Skipped';
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'expiry-sweep', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Items;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'expiry-sweep', @JobRunId = @JobRunId,
             @Status = N'Failed', @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Expired AS Expired, @Expiring AS Expiring;
END;
