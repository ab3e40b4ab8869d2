SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes what became of a payment into its transaction, the row of its intent, else of its
           order, and makes the row when there is none. A payment that succeeded never fails
           afterwards: of two messages in the wrong order the success stays.
Called by: sp_i_PaymentSucceed, sp_i_PaymentFail.
Locks:     the caller holds L2 of the user. L11: PaymentTransactions.
Returns:   nothing.
Throws:    nothing of its own; 2601 when the intent belongs to another user.
Replay:    harmless: the row has that state already.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentRecord
    @TransactionId bigint, @Holder nvarchar(100), @Status nvarchar(20),
    @PaymentIntentId nvarchar(100), @ReservationId bigint, @OrderId nvarchar(100),
    @SubscriptionId bigint, @InvoiceKey bigint, @RedemptionId bigint, @Amount decimal(10,2),
    @CurrencyCode nchar(3), @FailureReason nvarchar(500), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @TransactionId IS NULL
    BEGIN
        INSERT INTO dbo.PaymentTransactions
            (UserId, SubscriptionId, InvoiceId, StripePaymentIntentId, OrderId, Amount,
             CurrencyCode, Status, FailureReason, ReservationId, RedemptionId, CreatedAt,
             UpdatedAt)
        VALUES
            (@Holder, @SubscriptionId, @InvoiceKey, @PaymentIntentId, @OrderId,
             COALESCE(@Amount, 0), COALESCE(@CurrencyCode, N'USD'), @Status, @FailureReason,
             @ReservationId, @RedemptionId, @Now, @Now);
        RETURN;
    END;

    UPDATE dbo.PaymentTransactions
    SET Status = IIF(Status IN (N'pending', N'failed'), @Status, Status),
        FailureReason = IIF(Status IN (N'pending', N'failed'), @FailureReason, FailureReason),
        Amount = IIF(Status IN (N'pending', N'failed'), COALESCE(@Amount, Amount), Amount),
        SubscriptionId = COALESCE(SubscriptionId, @SubscriptionId),
        InvoiceId = COALESCE(InvoiceId, @InvoiceKey),
        OrderId = COALESCE(OrderId, @OrderId),
        ReservationId = COALESCE(ReservationId, @ReservationId),
        RedemptionId = COALESCE(RedemptionId, @RedemptionId), UpdatedAt = @Now
    WHERE TransactionId = @TransactionId;
END;
