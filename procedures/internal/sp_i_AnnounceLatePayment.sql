SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells the outside world that a payment came for a reservation that holds no slot any
           more, so that it is refunded.
Called by: sp_i_ConfirmCore.
Locks:     L11: OutboxEvents.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AnnounceLatePayment
    @ReservationId bigint, @Reason nvarchar(50), @PaidAmount decimal(10,2),
    @PaymentIntentId nvarchar(100), @EventId nvarchar(100), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @EntityId nvarchar(120) = CAST(@ReservationId AS nvarchar(20)), @Payload nvarchar(max);

    SELECT @Payload = (SELECT @ReservationId AS reservationId, r.RedemptionId AS redemptionId,
                              @Reason AS reason, @PaidAmount AS amount, r.OrderId AS orderId,
                              @PaymentIntentId AS paymentIntentId, @EventId AS eventId
                       FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM dbo.Reservations AS r
    WHERE r.ReservationId = @ReservationId;
    EXEC dbo.sp_i_Enqueue @EventType = N'late_payment', @EntityType = N'reservation',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
