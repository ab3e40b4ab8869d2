SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refunds and disputes that came before their payment. Once at L1: locks those that are
           known, ascending, so that a repeated delivery of one of them waits here and not between
           two locks. Once under the lock of the user: applies what waits then, in the order in
           which it happened. The second look is a statement of its own: an event that deferred
           meanwhile held the user, and is seen now.
Called by: sp_ProcessPaymentEvent.
Locks:     L1: ProcessedPaymentEvents, ascending; or, under L2 of the user, as sp_i_PaymentRefund.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    an event that was applied waits no more.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentDeferred
    @IsLockOnly bit, @ReservationId bigint, @OrderId nvarchar(100), @Holder nvarchar(100),
    @PaymentIntentId nvarchar(100), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Waiting TABLE (Place int NOT NULL PRIMARY KEY,
                            EventId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL);
    DECLARE @Place int = 1, @EventId nvarchar(100), @IsDispute bit, @Amount decimal(10,2),
            @IsDeferred bit, @RedemptionId bigint, @ErrorCode nvarchar(50),
            @Message nvarchar(400), @Reservation bigint, @Order nvarchar(100),
            @Intent nvarchar(100), @Locked nvarchar(100);

    INSERT INTO @Waiting (Place, EventId)
    SELECT CAST(ROW_NUMBER() OVER (
               ORDER BY IIF(@IsLockOnly = 1, NULL, COALESCE(e.OccurredAt, e.ReceivedAt)),
                        e.EventId) AS int), e.EventId
    FROM dbo.ProcessedPaymentEvents AS e
    WHERE e.Outcome = N'deferred'
          AND (e.ReservationId = @ReservationId OR e.OrderId = @OrderId
               OR e.PaymentIntentId = @PaymentIntentId)
          AND (e.UserId IS NULL OR e.UserId = @Holder)
          AND (e.PaymentIntentId IS NULL OR @PaymentIntentId IS NULL
               OR e.PaymentIntentId = @PaymentIntentId);

    SELECT @EventId = w.EventId FROM @Waiting AS w WHERE w.Place = @Place;
    WHILE @EventId IS NOT NULL
    BEGIN
        -- UPDLOCK: the row is read now and written later in this transaction.
        IF @IsLockOnly = 1
            SELECT @Locked = e.EventId
            FROM dbo.ProcessedPaymentEvents AS e WITH (UPDLOCK, ROWLOCK)
            WHERE e.EventId = @EventId;
        ELSE
        BEGIN
            SELECT @IsDispute = IIF(e.EventType = N'charge.dispute.created', 1, 0),
                   @Amount = e.Amount, @Reservation = COALESCE(e.ReservationId, @ReservationId),
                   @Order = COALESCE(e.OrderId, @OrderId),
                   @Intent = COALESCE(e.PaymentIntentId, @PaymentIntentId)
            FROM dbo.ProcessedPaymentEvents AS e
            WHERE e.EventId = @EventId;
            EXEC dbo.sp_i_PaymentRefund
                 @IsDispute = @IsDispute, @ReservationId = @Reservation, @OrderId = @Order,
                 @Holder = @Holder, @PaymentIntentId = @Intent, @Amount = @Amount, @Now = @Now,
                 @IsDeferred = @IsDeferred OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
                 @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;
            IF @IsDeferred = 0
                EXEC dbo.sp_i_PaymentStore
                     @EventId = @EventId, @Outcome = NULL, @ErrorCode = @ErrorCode,
                     @Message = @Message, @RedemptionId = @RedemptionId, @InvoiceId = NULL,
                     @SubscriptionId = NULL, @CurrencyCode = NULL, @Now = @Now;
        END;
        SELECT @Place = @Place + 1, @EventId = NULL;
        SELECT @EventId = w.EventId FROM @Waiting AS w WHERE w.Place = @Place;
    END;
END;
