SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells how a leased delivery went. A failed one comes back after 30 s, 1 min, 2 min … up
           to 6 h; after the subscription's last attempt it is Dead. An error that begins with 410
           (gone) ends the subscription: the delivery is Dead, and the subscription inactive.
Called by: coupon_job
Locks:     the OutboxDeliveries row; L11: WebhookSubscriptions, AuditLog when it is gone
Returns:   SR
Throws:    50001, 50008, 50102
Replay:    the same success by the same owner again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_CompleteOutbox
    @EventId bigint,
    @WebhookId int,
    @LeaseOwner nvarchar(200),
    @Delivered bit,
    @Error nvarchar(1000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Delivery recorded.', @MaxAttempts int,
            @IsGone bit, @EntityId nvarchar(20) = CAST(@WebhookId AS nvarchar(20)), @Rows int,
            @Text nvarchar(500);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @LeaseOwner = NULLIF(TRIM(@LeaseOwner), N''), @Error = NULLIF(TRIM(@Error), N'');
    SET @IsGone = IIF(@Delivered = 0 AND @Error LIKE N'410%', 1, 0);
    IF @EventId IS NULL THROW 50001, N'ARG_REQUIRED: @EventId', 1;
    IF @WebhookId IS NULL THROW 50001, N'ARG_REQUIRED: @WebhookId', 1;
    IF @LeaseOwner IS NULL THROW 50001, N'ARG_REQUIRED: @LeaseOwner', 1;
    IF @Delivered IS NULL THROW 50001, N'ARG_REQUIRED: @Delivered', 1;
    IF LEN(@LeaseOwner) > 100
        THROW 50008, N'ARG_TOO_LONG: @LeaseOwner is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        SELECT @Now = SYSUTCDATETIME(), @MaxAttempts = w.MaxAttempts
        FROM dbo.WebhookSubscriptions AS w
        WHERE w.WebhookId = @WebhookId;

        -- The condition decides: only who still has the lease may tell. The owner of a success is
        -- kept, so that a repetition is known.
        UPDATE dbo.OutboxDeliveries
        SET Status = CASE WHEN @Delivered = 1 THEN N'Delivered'
                          WHEN Attempts + 1 >= @MaxAttempts OR @IsGone = 1 THEN N'Dead'
                          ELSE N'Pending' END,
            Attempts = Attempts + 1,
            NextAttemptAt = IIF(@Delivered = 1, NextAttemptAt,
                                DATEADD(SECOND,
                                        IIF(Attempts >= 10, 21600, 30 * POWER(2, Attempts)),
                                        @Now)),
            LeaseOwner = IIF(@Delivered = 1, LeaseOwner, NULL), LeaseExpiresAt = NULL,
            LastError = IIF(@Delivered = 1, LastError, @Error),
            DeliveredAt = IIF(@Delivered = 1, @Now, NULL)
        WHERE EventId = @EventId AND WebhookId = @WebhookId AND Status = N'Leased'
              AND LeaseOwner = @LeaseOwner;
        SELECT @Rows = @@ROWCOUNT, @Text = LEFT(@Error, 500);

        IF @Rows = 1 AND @IsGone = 1
        BEGIN
            UPDATE dbo.WebhookSubscriptions
            SET IsActive = 0, UpdatedAt = @Now
            WHERE WebhookId = @WebhookId AND IsActive = 1;
            IF @@ROWCOUNT = 1
                EXEC dbo.sp_i_Audit @Action = N'webhook.gone', @EntityType = N'webhook',
                     @EntityId = @EntityId, @BeforeJson = N'{"isActive":true}',
                     @AfterJson = N'{"isActive":false}', @Reason = @Text, @Now = @Now;
        END;

        IF @Rows = 0
           AND NOT EXISTS (SELECT 1
                           FROM dbo.OutboxDeliveries AS d
                           WHERE d.EventId = @EventId AND d.WebhookId = @WebhookId
                                 AND d.Status = N'Delivered' AND d.LeaseOwner = @LeaseOwner
                                 AND @Delivered = 1)
            SELECT @ErrorCode = N'LEASE_LOST',
                   @Message = CONCAT(N'Delivery ', @EventId, N'-', @WebhookId,
                                     N' is not leased by ', @LeaseOwner, N'.');

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message;
END;
