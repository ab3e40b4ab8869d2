SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores the outcome of a payment event: what a repeated delivery is answered, and, since
           the table has no columns for them, the invoice, subscription and currency that a replay
           needs.
Called by: sp_ProcessPaymentEvent, sp_i_PaymentDeferred.
Locks:     the caller holds the event at L1, or its user at L2.
Returns:   nothing.
Throws:    50202 there is no such event.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentStore
    @EventId nvarchar(100),
    @Outcome nvarchar(10),             -- NULL: processed, or failed when there is an error
    @ErrorCode nvarchar(50), @Message nvarchar(400), @RedemptionId bigint,
    @InvoiceId nvarchar(100), @SubscriptionId bigint, @CurrencyCode nchar(3),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Result nvarchar(max);

    SELECT @Outcome = COALESCE(@Outcome, IIF(@ErrorCode IS NULL, N'processed', N'failed')),
           @RedemptionId = IIF(@ErrorCode IS NULL, @RedemptionId, NULL);
    SELECT @Message = CASE @Outcome
        WHEN N'processed' THEN N'Processed.'
        WHEN N'deferred' THEN N'Deferred until its payment succeeds.'
        WHEN N'failed' THEN @Message
        ELSE N'Ignored: nothing is known that this event concerns.' END;
    SET @Result = (SELECT @ErrorCode AS ErrorCode, @Message AS Message, @Outcome AS Outcome,
                          @RedemptionId AS RedemptionId, @InvoiceId AS InvoiceId,
                          @SubscriptionId AS SubscriptionId, @CurrencyCode AS CurrencyCode
                   FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);

    UPDATE dbo.ProcessedPaymentEvents
    SET Outcome = @Outcome, RedemptionId = @RedemptionId, ResultJson = @Result,
        ProcessedAt = IIF(@Outcome = N'deferred', NULL, @Now),
        LastError = IIF(@ErrorCode IS NULL, NULL, CONCAT(@ErrorCode, N': ', @Message))
    WHERE EventId = @EventId;
    IF @@ROWCOUNT <> 1
        THROW 50202, N'INVARIANT_ROWCOUNT: outcome for a payment event not claimed.', 1;
END;
