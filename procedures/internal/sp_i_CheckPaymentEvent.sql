SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Checks and tidies the arguments of a payment event: text is trimmed, blank text is NULL.
Called by: sp_ProcessPaymentEvent, before its transaction.
Locks:     none.
Returns:   the tidied arguments.
Throws:    50001 event or type missing; 50002 @Amount negative; 50003 unknown type or currency;
           50004 @PayloadJson is no JSON; 50008 an id too long.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckPaymentEvent
    @EventId nvarchar(200) OUTPUT,
    @EventType nvarchar(40) OUTPUT,
    @OrderId nvarchar(200) OUTPUT,
    @UserId nvarchar(200) OUTPUT,
    @PaymentIntentId nvarchar(200) OUTPUT,
    @InvoiceId nvarchar(200) OUTPUT,
    @Amount decimal(10,2),
    @CurrencyCode nchar(3) OUTPUT,
    @PayloadJson nvarchar(max) OUTPUT,
    @Replay bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @EventId = NULLIF(TRIM(@EventId), N''), @EventType = NULLIF(TRIM(@EventType), N''),
           @OrderId = NULLIF(TRIM(@OrderId), N''), @UserId = NULLIF(TRIM(@UserId), N''),
           @PaymentIntentId = NULLIF(TRIM(@PaymentIntentId), N''),
           @InvoiceId = NULLIF(TRIM(@InvoiceId), N''),
           @CurrencyCode = NULLIF(UPPER(@CurrencyCode), N''),
           @PayloadJson = NULLIF(TRIM(@PayloadJson), N''), @Replay = COALESCE(@Replay, 0);
    IF @EventId IS NULL THROW 50001, N'ARG_REQUIRED: @EventId is required.', 1;
    IF @EventType IS NULL AND @Replay = 0
        THROW 50001, N'ARG_REQUIRED: @EventType is required.', 1;
    IF @Amount < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @Amount is negative.', 1;
    IF @EventType COLLATE Latin1_General_100_BIN2 NOT IN
        (N'payment_intent.succeeded', N'payment_intent.payment_failed',
         N'payment_intent.canceled', N'checkout.session.completed', N'checkout.session.expired',
         N'charge.refunded', N'charge.dispute.created', N'invoice.paid',
         N'invoice.payment_failed')
        THROW 50003, N'ARG_NOT_IN_LIST: @EventType is no payment event.', 1;
    IF @CurrencyCode COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Z][A-Z][A-Z]'
        THROW 50003, N'ARG_NOT_IN_LIST: @CurrencyCode is no currency.', 1;
    IF ISJSON(@PayloadJson) = 0 THROW 50004, N'ARG_BAD_JSON: @PayloadJson is not JSON.', 1;
    IF LEN(@EventId) > 100
        THROW 50008, N'ARG_TOO_LONG: @EventId is longer than 100 characters.', 1;
    IF LEN(@OrderId) > 100
        THROW 50008, N'ARG_TOO_LONG: @OrderId is longer than 100 characters.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@PaymentIntentId) > 100
        THROW 50008, N'ARG_TOO_LONG: @PaymentIntentId is longer than 100 characters.', 1;
    IF LEN(@InvoiceId) > 100
        THROW 50008, N'ARG_TOO_LONG: @InvoiceId is longer than 100 characters.', 1;
END;
