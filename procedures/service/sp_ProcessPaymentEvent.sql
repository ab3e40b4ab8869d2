SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes in what the payment provider reports, once for each event: a payment that arrived,
           failed or was given up, a refund, a dispute, an invoice. Messages may come twice, late or
           in the wrong order.
Called by: coupon_service, coupon_ops
Locks:     L1: ProcessedPaymentEvents. L2 to L11 as sp_i_PaymentApply. Own transaction, or that of
           the caller.
Returns:   SR + Outcome, RedemptionId, IsDuplicate. Outcome failed with the refusals of
           sp_i_ConfirmCore, sp_i_ReleaseCore, sp_i_ReverseCore; ignored: nothing is known that
           the event concerns; deferred: it waits for its payment.
Throws:    50001, 50002, 50003, 50004, 50008 bad arguments (sp_i_CheckPaymentEvent);
           50102 called in a doomed transaction; 50200 a counter broke its limit; the faults of
           the procedures above.
Replay:    a known event returns its stored outcome with IsDuplicate 1, and its delivery is
           counted; with other content IDEMPOTENCY_KEY_REUSED. @Replay 1 runs it again unless it
           was processed, with the stored arguments where none are given.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ProcessPaymentEvent
    @EventId nvarchar(200),
    @EventType nvarchar(40),
    @ReservationId bigint = NULL,
    @OrderId nvarchar(200) = NULL,
    @UserId nvarchar(200) = NULL,
    @PaymentIntentId nvarchar(200) = NULL,
    @InvoiceId nvarchar(200) = NULL,
    @SubscriptionId bigint = NULL,
    @Amount decimal(10,2) = NULL,
    @CurrencyCode nchar(3) = NULL,
    @OccurredAt datetime2(3) = NULL,
    @PayloadJson nvarchar(max) = NULL,
    @Replay bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hash varbinary(32), @ErrorCode nvarchar(50), @Message nvarchar(400),
            @Outcome nvarchar(10), @RedemptionId bigint;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;
    EXEC dbo.sp_i_CheckPaymentEvent
         @EventId = @EventId OUTPUT, @EventType = @EventType OUTPUT, @OrderId = @OrderId OUTPUT,
         @UserId = @UserId OUTPUT, @PaymentIntentId = @PaymentIntentId OUTPUT,
         @InvoiceId = @InvoiceId OUTPUT, @Amount = @Amount, @CurrencyCode = @CurrencyCode OUTPUT,
         @PayloadJson = @PayloadJson OUTPUT, @Replay = @Replay OUTPUT;
    -- Unit separators keep neighbouring arguments apart.
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @EventType, @Mark, @ReservationId, @Mark, @OrderId, @Mark, @UserId, @Mark,
        @PaymentIntentId, @Mark, @InvoiceId, @Mark, @SubscriptionId, @Mark, @Amount, @Mark,
        @CurrencyCode));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_PaymentClaim
             @EventId = @EventId, @RequestHash = @Hash, @Replay = @Replay,
             @PayloadJson = @PayloadJson, @Now = @Now, @EventType = @EventType OUTPUT,
             @ReservationId = @ReservationId OUTPUT, @OrderId = @OrderId OUTPUT,
             @UserId = @UserId OUTPUT, @PaymentIntentId = @PaymentIntentId OUTPUT,
             @InvoiceId = @InvoiceId OUTPUT, @SubscriptionId = @SubscriptionId OUTPUT,
             @Amount = @Amount OUTPUT, @CurrencyCode = @CurrencyCode OUTPUT,
             @OccurredAt = @OccurredAt OUTPUT, @State = @State OUTPUT,
             @StoredResult = @Stored OUTPUT;
        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_PaymentApply
                 @EventId = @EventId, @EventType = @EventType, @ReservationId = @ReservationId,
                 @OrderId = @OrderId, @UserId = @UserId, @PaymentIntentId = @PaymentIntentId,
                 @InvoiceId = @InvoiceId, @SubscriptionId = @SubscriptionId, @Amount = @Amount,
                 @CurrencyCode = @CurrencyCode, @OccurredAt = @OccurredAt, @Now = @Now;
            SELECT @Stored = e.ResultJson
            FROM dbo.ProcessedPaymentEvents AS e
            WHERE e.EventId = @EventId;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    IF @State = N'reused'
        SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
               @Message = N'Key was used with other arguments.';
    ELSE
        SELECT @ErrorCode = JSON_VALUE(@Stored, N'$.ErrorCode'),
               @Message = JSON_VALUE(@Stored, N'$.Message'),
               @Outcome = JSON_VALUE(@Stored, N'$.Outcome'),
               @RedemptionId = CAST(JSON_VALUE(@Stored, N'$.RedemptionId') AS bigint);
    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Outcome AS Outcome, @RedemptionId AS RedemptionId,
           CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsDuplicate;
END;
