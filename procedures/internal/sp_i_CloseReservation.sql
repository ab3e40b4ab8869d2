SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Ends an open reservation without a use: slot and budget go back, its pending ledger row
           fails, reservation_closed goes out. One that was marked for closing (by an operator, or
           for fraud) ends as Released with that reason, whoever ends it.
Called by: sp_i_ReleaseCore, sp_i_ExpireCore, sp_i_ConfirmCore; sp_i_ReserveCore for an overdue one.
Locks:     the caller holds L2 of the user. L3 to L6 as sp_i_ReleaseSlot. L7: Reservations.
           L8: RedemptionHistory. L11: OutboxEvents.
Returns:   the stripes that the slot went back to.
Throws:    50200 a counter does not hold the slot; 50201 the reservation or its ledger row was not
           open although the user is locked.
Replay:    none; the caller has looked whether it is open.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CloseReservation
    @ReservationId bigint,
    @Status nvarchar(10),              -- Released or Expired
    @Reason nvarchar(20),
    @Now datetime2(3),
    @CouponStripeNo tinyint = NULL OUTPUT,
    @CampaignStripeNo tinyint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100),
            @DiscountAmount decimal(10,2), @RedemptionId bigint, @Code nvarchar(50),
            @EntityId nvarchar(120) = CAST(@ReservationId AS nvarchar(20)), @Payload nvarchar(max);

    SELECT @CouponId = r.CouponId, @CampaignId = r.CampaignId, @UserId = r.UserId,
           @CouponStripeNo = r.CouponStripeNo, @CampaignStripeNo = r.CampaignStripeNo,
           @DiscountAmount = r.DiscountAmount, @RedemptionId = r.RedemptionId,
           @Code = c.CouponCode,
           @Status = IIF(r.CloseReason IN (N'admin', N'fraud'), N'Released', @Status),
           @Reason = IIF(r.CloseReason IN (N'admin', N'fraud'), r.CloseReason, @Reason)
    FROM dbo.Reservations AS r
    INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId
    WHERE r.ReservationId = @ReservationId;

    EXEC dbo.sp_i_ReleaseSlot
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
         @CouponStripeNo = @CouponStripeNo OUTPUT, @CampaignStripeNo = @CampaignStripeNo OUTPUT,
         @DiscountAmount = @DiscountAmount, @FromUsed = 0, @Now = @Now;

    UPDATE dbo.Reservations
    SET Status = @Status, ClosedAt = @Now, CloseReason = @Reason
    WHERE ReservationId = @ReservationId AND Status = N'Reserved';
    IF @@ROWCOUNT <> 1
        THROW 50201, N'INVARIANT_LEDGER: a reservation moved under the lock of its user.', 1;

    UPDATE dbo.RedemptionHistory
    SET Status = N'failed',
        FailureReason = IIF(@Status = N'Expired', N'RESERVATION_EXPIRED', N'RESERVATION_RELEASED'),
        FailureMessage = CONCAT(N'Reservation ', @ReservationId,
                                IIF(@Status = N'Expired', N' expired.', N' was released.'))
    WHERE RedemptionId = @RedemptionId AND Status = N'pending';
    IF @@ROWCOUNT <> 1
        THROW 50201, N'INVARIANT_LEDGER: the ledger row of a reservation was not pending.', 1;

    SET @Payload = (SELECT @ReservationId AS reservationId, @Code AS couponCode,
                           @Reason AS reason
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_closed', @EntityType = N'reservation',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
