SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Whom a payment event concerns: the user of its reservation, its order, an earlier payment
           of its intent, its invoice, its subscription. Who names none of these, but a user, speaks
           of a payment without coupon. A reservation or order that nobody knows leads nowhere.
Called by: sp_ProcessPaymentEvent.
Locks:     none; none of these rows changes its user, except by an erasure.
Returns:   @Holder, NULL when nothing is known; the order of a reservation or of an intent.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentResolve
    @UserId nvarchar(100), @PaymentIntentId nvarchar(100), @InvoiceId nvarchar(100),
    @SubscriptionId bigint,
    @ReservationId bigint OUTPUT, @OrderId nvarchar(100) OUTPUT, @Holder nvarchar(100) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsNamed bit = IIF(@ReservationId IS NOT NULL OR @OrderId IS NOT NULL, 1, 0);

    SET @Holder = NULL;
    SELECT @Holder = r.UserId, @OrderId = COALESCE(@OrderId, r.OrderId)
    FROM dbo.Reservations AS r
    WHERE r.ReservationId = @ReservationId;
    IF @Holder IS NOT NULL
        RETURN;
    SET @ReservationId = NULL;

    -- One order number may be used by several users; the one that is named comes first.
    SELECT TOP (1) @Holder = h.UserId
    FROM dbo.RedemptionHistory AS h
    LEFT OUTER JOIN dbo.Reservations AS r ON r.ReservationId = h.ReservationId
    WHERE h.OrderId = @OrderId AND (h.Status <> N'failed' OR r.ReservationId IS NOT NULL)
    ORDER BY IIF(h.UserId = @UserId, 0, 1), IIF(h.Status = N'failed', 1, 0), h.RedemptionId DESC;

    IF @Holder IS NULL
        SELECT TOP (1) @Holder = t.UserId, @OrderId = COALESCE(@OrderId, t.OrderId),
                       @ReservationId = t.ReservationId
        FROM dbo.PaymentTransactions AS t
        WHERE t.StripePaymentIntentId = @PaymentIntentId;
    IF @Holder IS NULL
        SELECT @Holder = b.UserId
        FROM dbo.BillingInvoices AS b
        WHERE b.StripeInvoiceId = @InvoiceId;
    IF @Holder IS NULL
        SELECT @Holder = s.UserId
        FROM dbo.Subscriptions AS s
        WHERE s.SubscriptionId = @SubscriptionId;
    IF @Holder IS NULL AND @IsNamed = 0
        SET @Holder = @UserId;
END;
