SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   A payment arrived: what was reserved for it becomes a use, invoice and transaction are
           written, and the first purchase of the user is noted. Money is recorded also when the
           reservation refuses it, so that its refund finds it. The second kind of message about
           one payment changes nothing.
Called by: sp_ProcessPaymentEvent.
Locks:     the caller holds L2 of the user. L3 to L11 as sp_i_PaymentHolds; L9, L11 as
           sp_i_PaymentInvoice, rows of this user only. L11: PaymentTransactions.
Returns:   OUTPUT parameters only: the refusals of sp_i_ConfirmCore, or @RedemptionId.
Throws:    nothing of its own.
Replay:    none here; the caller holds the event.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentSucceed
    @EventId nvarchar(100), @ReservationId bigint, @OrderId nvarchar(100),
    @Holder nvarchar(100), @UserId nvarchar(100), @PaymentIntentId nvarchar(100),
    @InvoiceId nvarchar(100), @SubscriptionId bigint, @Amount decimal(10,2),
    @CurrencyCode nchar(3), @OccurredAt datetime2(3), @Now datetime2(3),
    @RedemptionId bigint OUTPUT, @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @TransactionId bigint, @IsKnown bit = 0, @Holds int, @Expected decimal(10,2),
            @InvoiceKey bigint, @IsLate bit, @KnownSubscription bigint;

    SELECT @RedemptionId = NULL, @ErrorCode = NULL, @Message = NULL;
    SELECT TOP (1) @TransactionId = t.TransactionId, @RedemptionId = t.RedemptionId,
                   @IsKnown = IIF(t.Status IN (N'pending', N'failed'), 0, 1)
    FROM dbo.PaymentTransactions AS t
    WHERE t.UserId = @Holder
          AND (t.StripePaymentIntentId = @PaymentIntentId
               OR (@PaymentIntentId IS NULL
                   AND (t.ReservationId = @ReservationId OR t.OrderId = @OrderId)))
    ORDER BY IIF(t.Status IN (N'pending', N'failed'), 1, 0), t.TransactionId DESC;
    SELECT @KnownSubscription = s.SubscriptionId
    FROM dbo.Subscriptions AS s
    WHERE s.SubscriptionId = @SubscriptionId AND s.UserId = @Holder;

    IF @IsKnown = 0 OR @RedemptionId IS NULL
    BEGIN
        EXEC dbo.sp_i_PaymentHolds
             @ReleaseReason = NULL, @EventId = @EventId, @ReservationId = @ReservationId,
             @OrderId = @OrderId, @Holder = @Holder, @UserId = @UserId,
             @SubscriptionId = @KnownSubscription, @PaymentIntentId = @PaymentIntentId,
             @Amount = @Amount, @Holds = @Holds OUTPUT, @Expected = @Expected OUTPUT,
             @RedemptionId = @RedemptionId OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT;
        -- Redeemed without a reservation: the payment belongs to that use.
        IF @Holds = 0
            SELECT TOP (1) @RedemptionId = h.RedemptionId,
                           @Expected = COALESCE(@Expected, h.FinalAmount)
            FROM dbo.RedemptionHistory AS h
            WHERE h.OrderId = @OrderId AND h.UserId = @Holder AND h.Status = N'success'
            ORDER BY h.RedemptionId;
    END;

    EXEC dbo.sp_i_PaymentInvoice
         @IsPaid = 1, @InvoiceId = @InvoiceId, @Holder = @Holder,
         @SubscriptionId = @KnownSubscription, @RedemptionId = @RedemptionId, @Amount = @Amount,
         @CurrencyCode = @CurrencyCode, @OccurredAt = @OccurredAt, @FailureReason = NULL,
         @Now = @Now, @InvoiceKey = @InvoiceKey OUTPUT, @IsLate = @IsLate OUTPUT;

    SET @Amount = COALESCE(@Amount, @Expected);
    EXEC dbo.sp_i_PaymentRecord
         @TransactionId = @TransactionId, @Holder = @Holder, @Status = N'succeeded',
         @PaymentIntentId = @PaymentIntentId, @ReservationId = @ReservationId,
         @OrderId = @OrderId, @SubscriptionId = @KnownSubscription, @InvoiceKey = @InvoiceKey,
         @RedemptionId = @RedemptionId, @Amount = @Amount, @CurrencyCode = @CurrencyCode,
         @FailureReason = NULL, @Now = @Now;

    IF @ErrorCode IS NULL
        UPDATE dbo.UserProfiles
        SET FirstPurchaseAt = COALESCE(@OccurredAt, @Now), UpdatedAt = @Now
        WHERE UserId = @Holder AND FirstPurchaseAt IS NULL;
END;
