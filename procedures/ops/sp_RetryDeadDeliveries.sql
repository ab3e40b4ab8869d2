SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the dead deliveries of a subscription back into the queue, with all attempts anew.
Called by: coupon_ops
Locks:     the OutboxDeliveries rows, L11 insert
Returns:   SR + Requeued
Throws:    50001, 50008, 50102
Replay:    harmless: nothing dead, nothing requeued
*/
CREATE OR ALTER PROCEDURE dbo.sp_RetryDeadDeliveries
    @WebhookId int,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Dead deliveries requeued.', @Requeued int,
            @Rows int = 2000,
            @EntityId nvarchar(20) = CAST(@WebhookId AS nvarchar(20)), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @WebhookId IS NULL THROW 50001, N'ARG_REQUIRED: @WebhookId', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;
        SET @Now = SYSUTCDATETIME();

        IF NOT EXISTS (SELECT 1 FROM dbo.WebhookSubscriptions AS w
                       WHERE w.WebhookId = @WebhookId)
            SELECT @ErrorCode = N'WEBHOOK_NOT_FOUND',
                   @Message = CONCAT(N'Webhook ', @WebhookId, N' not found.');
        ELSE
        BEGIN
            -- In portions: thousands of row locks in one statement would lock the table, and no
            -- other delivery could go on.
            SET @Requeued = 0;
            WHILE @Rows = 2000
            BEGIN
                UPDATE TOP (2000) dbo.OutboxDeliveries
                SET Status = N'Pending', Attempts = 0, NextAttemptAt = @Now
                WHERE WebhookId = @WebhookId AND Status = N'Dead';
                SET @Rows = @@ROWCOUNT;
                SET @Requeued += @Rows;
            END;
        END;

        IF @Requeued > 0
        BEGIN
            SET @AfterJson = (SELECT @Requeued AS requeued FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'webhook.retry_dead', @EntityType = N'webhook',
                 @EntityId = @EntityId, @AfterJson = @AfterJson, @Actor = @Actor,
                 @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                 @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Requeued AS Requeued;
END;
