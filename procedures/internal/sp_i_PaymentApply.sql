SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Does what a payment event says, for the event that the caller has claimed: finds whom it
           concerns, locks that user, and confirms, releases, refunds or notes what is not paid.
Called by: sp_ProcessPaymentEvent.
Locks:     L1: ProcessedPaymentEvents (those that wait for a success). L2: UserProfiles. Then as
           sp_i_PaymentSucceed, sp_i_PaymentFail, sp_i_PaymentRefund, sp_i_PaymentInvoice.
Returns:   nothing; the outcome is stored with the event.
Throws:    nothing of its own.
Replay:    none here; the caller holds the event.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentApply
    @EventId nvarchar(100), @EventType nvarchar(40), @ReservationId bigint,
    @OrderId nvarchar(100), @UserId nvarchar(100), @PaymentIntentId nvarchar(100),
    @InvoiceId nvarchar(100), @SubscriptionId bigint, @Amount decimal(10,2),
    @CurrencyCode nchar(3), @OccurredAt datetime2(3), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Holder nvarchar(100), @Outcome nvarchar(10), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @RedemptionId bigint, @IsDeferred bit, @IsLate bit,
            @InvoiceKey bigint,
            @IsDispute bit = IIF(@EventType = N'charge.dispute.created', 1, 0),
            @IsSuccess bit = IIF(@EventType IN (N'payment_intent.succeeded', N'invoice.paid',
                                                N'checkout.session.completed'), 1, 0);

    EXEC dbo.sp_i_PaymentResolve
         @UserId = @UserId, @PaymentIntentId = @PaymentIntentId, @InvoiceId = @InvoiceId,
         @SubscriptionId = @SubscriptionId, @ReservationId = @ReservationId OUTPUT,
         @OrderId = @OrderId OUTPUT, @Holder = @Holder OUTPUT;
    IF @Holder IS NULL
        SET @Outcome = N'ignored';
    ELSE
    BEGIN
        IF @IsSuccess = 1
            EXEC dbo.sp_i_PaymentDeferred
                 @IsLockOnly = 1, @ReservationId = @ReservationId, @OrderId = @OrderId,
                 @Holder = @Holder, @PaymentIntentId = @PaymentIntentId, @Now = @Now;
        EXEC dbo.sp_i_LockUser @UserId = @Holder, @Now = @Now OUTPUT;
    END;

    IF @Outcome IS NULL AND @UserId COLLATE Latin1_General_100_BIN2 <> @Holder
        SELECT @ErrorCode = N'RESERVATION_USER_MISMATCH',
               @Message = IIF(@ReservationId IS NULL,
                              CONCAT(N'Order ', @OrderId, N' belongs to another user.'),
                              CONCAT(N'Reservation ', @ReservationId,
                                     N' belongs to another user.'));
    ELSE IF @Outcome IS NULL AND @IsSuccess = 1
    BEGIN
        EXEC dbo.sp_i_PaymentSucceed
             @EventId = @EventId, @ReservationId = @ReservationId, @OrderId = @OrderId,
             @Holder = @Holder, @UserId = @UserId, @PaymentIntentId = @PaymentIntentId,
             @InvoiceId = @InvoiceId, @SubscriptionId = @SubscriptionId, @Amount = @Amount,
             @CurrencyCode = @CurrencyCode, @OccurredAt = @OccurredAt, @Now = @Now,
             @RedemptionId = @RedemptionId OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT;
        EXEC dbo.sp_i_PaymentDeferred
             @IsLockOnly = 0, @ReservationId = @ReservationId, @OrderId = @OrderId,
             @Holder = @Holder, @PaymentIntentId = @PaymentIntentId, @Now = @Now;
    END
    ELSE IF @Outcome IS NULL AND @EventType IN (N'charge.refunded', N'charge.dispute.created')
    BEGIN
        EXEC dbo.sp_i_PaymentRefund
             @IsDispute = @IsDispute, @ReservationId = @ReservationId, @OrderId = @OrderId,
             @Holder = @Holder, @PaymentIntentId = @PaymentIntentId, @Amount = @Amount,
             @Now = @Now, @IsDeferred = @IsDeferred OUTPUT,
             @RedemptionId = @RedemptionId OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT;
        SET @Outcome = IIF(@IsDeferred = 1, N'deferred', NULL);
    END
    ELSE IF @Outcome IS NULL AND @EventType = N'invoice.payment_failed'
    BEGIN
        EXEC dbo.sp_i_PaymentInvoice
             @IsPaid = 0, @InvoiceId = @InvoiceId, @Holder = @Holder,
             @SubscriptionId = @SubscriptionId, @RedemptionId = NULL, @Amount = @Amount,
             @CurrencyCode = @CurrencyCode, @OccurredAt = @OccurredAt,
             @FailureReason = @EventType, @Now = @Now, @InvoiceKey = @InvoiceKey OUTPUT,
             @IsLate = @IsLate OUTPUT;
        SET @Outcome = IIF(@IsLate = 1, N'ignored', NULL);
    END
    ELSE IF @Outcome IS NULL
        EXEC dbo.sp_i_PaymentFail
             @EventId = @EventId, @EventType = @EventType, @ReservationId = @ReservationId,
             @OrderId = @OrderId, @Holder = @Holder, @UserId = @UserId,
             @PaymentIntentId = @PaymentIntentId, @Amount = @Amount,
             @CurrencyCode = @CurrencyCode, @Now = @Now, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT;

    EXEC dbo.sp_i_PaymentStore
         @EventId = @EventId, @Outcome = @Outcome, @ErrorCode = @ErrorCode, @Message = @Message,
         @RedemptionId = @RedemptionId, @InvoiceId = @InvoiceId,
         @SubscriptionId = @SubscriptionId, @CurrencyCode = @CurrencyCode, @Now = @Now;
END;
