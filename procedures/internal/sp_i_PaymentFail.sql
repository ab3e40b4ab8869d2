SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   A payment failed, was canceled or its checkout ran out: what was reserved for it is free
           again at once, and the transaction tells why.
Called by: sp_ProcessPaymentEvent.
Locks:     the caller holds L2 of the user. L3 to L8, L11 as sp_i_PaymentHolds. L11:
           PaymentTransactions.
Returns:   OUTPUT parameters only: RESERVATION_ALREADY_CONFIRMED, RESERVATION_USER_MISMATCH.
Throws:    nothing of its own.
Replay:    harmless: nothing is open any more.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentFail
    @EventId nvarchar(100), @EventType nvarchar(40), @ReservationId bigint,
    @OrderId nvarchar(100), @Holder nvarchar(100), @UserId nvarchar(100),
    @PaymentIntentId nvarchar(100), @Amount decimal(10,2), @CurrencyCode nchar(3),
    @Now datetime2(3), @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @TransactionId bigint, @Holds int, @Expected decimal(10,2), @RedemptionId bigint,
            @Reason nvarchar(20) = CASE @EventType
                WHEN N'payment_intent.payment_failed' THEN N'payment_failed'
                WHEN N'payment_intent.canceled' THEN N'user_cancelled' ELSE N'timeout' END;

    EXEC dbo.sp_i_PaymentHolds
         @ReleaseReason = @Reason, @EventId = @EventId, @ReservationId = @ReservationId,
         @OrderId = @OrderId, @Holder = @Holder, @UserId = @UserId, @SubscriptionId = NULL,
         @PaymentIntentId = @PaymentIntentId, @Amount = @Amount, @Holds = @Holds OUTPUT,
         @Expected = @Expected OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
         @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;

    SELECT @TransactionId = t.TransactionId
    FROM dbo.PaymentTransactions AS t
    WHERE t.UserId = @Holder AND t.StripePaymentIntentId = @PaymentIntentId;
    IF @PaymentIntentId IS NULL OR (@ErrorCode IS NOT NULL AND @TransactionId IS NULL)
        RETURN;
    SET @Amount = COALESCE(@Amount, @Expected);
    EXEC dbo.sp_i_PaymentRecord
         @TransactionId = @TransactionId, @Holder = @Holder, @Status = N'failed',
         @PaymentIntentId = @PaymentIntentId, @ReservationId = @ReservationId,
         @OrderId = @OrderId, @SubscriptionId = NULL, @InvoiceKey = NULL, @RedemptionId = NULL,
         @Amount = @Amount, @CurrencyCode = @CurrencyCode, @FailureReason = @EventType,
         @Now = @Now;
END;
