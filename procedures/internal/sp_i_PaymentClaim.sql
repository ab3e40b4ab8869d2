SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Claims a payment event for this transaction, or tells what became of it before.
           @State: 'new' the event is ours, do the work (also an event that is run again on
           purpose; then the NULL arguments are those of the stored row); 'replay' it was answered
           before; 'reused' its id belongs to an event with other content.
Called by: sp_ProcessPaymentEvent.
Locks:     L1: ProcessedPaymentEvents.
Returns:   OUTPUT parameters only; the business arguments are completed for an event run again.
Throws:    50001 an event to be run again that is unknown, and has no type.
Replay:    this procedure is what makes the caller repeatable; each delivery counts in Attempts.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentClaim
    @EventId nvarchar(100), @RequestHash varbinary(32), @Replay bit,
    @PayloadJson nvarchar(max), @Now datetime2(3),
    @EventType nvarchar(40) OUTPUT, @ReservationId bigint OUTPUT, @OrderId nvarchar(100) OUTPUT,
    @UserId nvarchar(100) OUTPUT, @PaymentIntentId nvarchar(100) OUTPUT,
    @InvoiceId nvarchar(100) OUTPUT, @SubscriptionId bigint OUTPUT,
    @Amount decimal(10,2) OUTPUT, @CurrencyCode nchar(3) OUTPUT,
    @OccurredAt datetime2(3) OUTPUT,
    @State nvarchar(10) OUTPUT, @StoredResult nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @StoredHash varbinary(32), @Outcome nvarchar(10);

    -- HOLDLOCK protects the absence: the second delivery waits here and finds the first's outcome.
    -- The outcome written now is replaced before the transaction ends.
    IF @EventType IS NOT NULL
    BEGIN
        INSERT INTO dbo.ProcessedPaymentEvents
            (EventId, EventType, Outcome, RequestHash, ReservationId, OrderId, PaymentIntentId,
             UserId, Amount, OccurredAt, ReceivedAt, PayloadJson)
        SELECT @EventId, @EventType, N'failed', @RequestHash, @ReservationId, @OrderId,
               @PaymentIntentId, @UserId, @Amount, @OccurredAt, @Now, @PayloadJson
        WHERE NOT EXISTS (SELECT 1
                          FROM dbo.ProcessedPaymentEvents AS e WITH (UPDLOCK, HOLDLOCK)
                          WHERE e.EventId = @EventId);
        IF @@ROWCOUNT = 1
        BEGIN
            SET @State = N'new';
            RETURN;
        END;
    END;

    UPDATE dbo.ProcessedPaymentEvents
    SET Attempts = Attempts + 1
    WHERE EventId = @EventId;
    IF @@ROWCOUNT = 0
        THROW 50001, N'ARG_REQUIRED: @EventType is required, the event is unknown.', 1;

    SELECT @StoredHash = e.RequestHash, @Outcome = e.Outcome, @StoredResult = e.ResultJson
    FROM dbo.ProcessedPaymentEvents AS e
    WHERE e.EventId = @EventId;
    SET @State = CASE WHEN @Replay = 1 AND @Outcome <> N'processed' THEN N'new'
                      WHEN @Replay = 0 AND @StoredHash <> @RequestHash THEN N'reused'
                      ELSE N'replay' END;
    IF @State <> N'new'
        RETURN;

    -- The table has no columns for three of them: they are kept with the result.
    SELECT @EventType = e.EventType,
           @ReservationId = COALESCE(@ReservationId, e.ReservationId),
           @OrderId = COALESCE(@OrderId, e.OrderId), @UserId = COALESCE(@UserId, e.UserId),
           @PaymentIntentId = COALESCE(@PaymentIntentId, e.PaymentIntentId),
           @Amount = COALESCE(@Amount, e.Amount),
           @OccurredAt = COALESCE(@OccurredAt, e.OccurredAt),
           @InvoiceId = COALESCE(@InvoiceId, JSON_VALUE(e.ResultJson, N'$.InvoiceId')),
           @SubscriptionId = COALESCE(
               @SubscriptionId,
               CAST(JSON_VALUE(e.ResultJson, N'$.SubscriptionId') AS bigint)),
           @CurrencyCode = COALESCE(@CurrencyCode, JSON_VALUE(e.ResultJson, N'$.CurrencyCode'))
    FROM dbo.ProcessedPaymentEvents AS e
    WHERE e.EventId = @EventId;
    UPDATE dbo.ProcessedPaymentEvents
    SET ReservationId = @ReservationId, OrderId = @OrderId, UserId = @UserId,
        PaymentIntentId = @PaymentIntentId, Amount = @Amount, OccurredAt = @OccurredAt
    WHERE EventId = @EventId;
END;
