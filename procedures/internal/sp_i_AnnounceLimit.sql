/*
Purpose:   Tells the outside world, once, that a shared code is used up.
Called by: sp_i_ClaimSlot.
Locks:     L11: OutboxEvents.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; Coupons.LimitEventAt keeps the event single.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AnnounceLimit
    @CouponId bigint,
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @EntityId nvarchar(120), @Payload nvarchar(max);

    SELECT @EntityId = c.CouponCode,
           @Payload = (SELECT c.CouponCode AS couponCode, c.MaxUses AS limit
                       FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM dbo.Coupons AS c
    WHERE c.CouponId = @CouponId;

    EXEC dbo.sp_i_Enqueue @EventType = N'limit_reached', @EntityType = N'coupon',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
