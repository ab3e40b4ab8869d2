SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The checkout that a user has open for a code and an order. One that is overdue, or marked
           for closing, is none: it is closed here, and gives its slot back.
Called by: sp_i_ReserveCore.
Locks:     the caller holds L2: nobody else opens or closes a reservation of this user. Of one that
           is closed L3, L4 as sp_i_LockCoupon, then L3 to L8 and L11 as sp_i_CloseReservation.
Returns:   @HoldId, NULL when there is none; @IsSame 1: of the same amount. Of one that was closed,
           the stripes that hold a free slot now.
Throws:    50200, 50201 as sp_i_CloseReservation.
Replay:    a closed one is not found again.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FindHold
    @CouponCode nvarchar(50), @UserId nvarchar(100), @OrderId nvarchar(100),
    @OrderAmount decimal(10,2), @Now datetime2(3),
    @HoldId bigint OUTPUT, @IsSame bit OUTPUT, @CouponStripeNo tinyint OUTPUT,
    @CampaignStripeNo tinyint OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsDead bit = 0;

    SELECT @HoldId = r.ReservationId,
           @IsDead = IIF(r.ExpiresAt < @Now OR r.CloseReason IS NOT NULL, 1, 0),
           @IsSame = IIF(@OrderAmount IS NULL OR @OrderAmount = r.OrderAmount, 1, 0)
    FROM dbo.Reservations AS r
    INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId
    WHERE c.CouponCode = @CouponCode AND r.UserId = @UserId AND r.Status = N'Reserved'
      AND (r.OrderId = @OrderId OR (r.OrderId IS NULL AND @OrderId IS NULL));
    IF @IsDead = 0
        RETURN;

    EXEC dbo.sp_i_LockCoupon @CouponCode = @CouponCode;
    EXEC dbo.sp_i_CloseReservation
         @ReservationId = @HoldId, @Status = N'Expired', @Reason = N'timeout', @Now = @Now,
         @CouponStripeNo = @CouponStripeNo OUTPUT, @CampaignStripeNo = @CampaignStripeNo OUTPUT;
    SET @HoldId = NULL;
END;
