SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Waits for the claims under way on a striped coupon, before its row changes: locks its
           stripes in ascending order and writes them all. The write counts also where a hint
           does not. A claim that comes later waits, and then reads the row as it became.
Called by: sp_i_ChangeCoupon, sp_i_ChangeCouponState, which hold the row
Locks:     L3: CouponCounterStripes, ascending
Returns:   nothing
Throws:    nothing of its own
Replay:    harmless
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_StopCouponStripes
    @CouponId bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- One statement over all stripes would take their locks in an order of its own.
    EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;
    UPDATE dbo.CouponCounterStripes SET UsedCount = UsedCount WHERE CouponId = @CouponId;
END;
