SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a slot and its budget back: one that is held, or one that was used (a reversal
           that restores the use; a code that was full is usable again).
Called by: sp_i_CloseReservation; sp_i_ReverseCore.
Locks:     the caller holds L2. L3 to L6 as sp_i_ShiftSlot.
Returns:   the stripes that were written.
Throws:    50200 a counter does not hold the slot.
Replay:    none; the caller changes the reservation or the ledger row in the same transaction.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReleaseSlot
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100),
    @CouponStripeNo tinyint = NULL OUTPUT,   -- in: where it was counted; out: whence it went
    @CampaignStripeNo tinyint = NULL OUTPUT,
    @DiscountAmount decimal(10,2),
    @FromUsed bit,                     -- 0: a held slot, 1: a use
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Use int = IIF(@FromUsed = 1, -1, 0), @Hold int = IIF(@FromUsed = 1, 0, -1),
            @Spent decimal(10,2) = IIF(@FromUsed = 1, -@DiscountAmount, 0),
            @Held decimal(10,2) = IIF(@FromUsed = 1, 0, -@DiscountAmount),
            @ErrorCode nvarchar(50);

    EXEC dbo.sp_i_ShiftSlot
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Use = @Use,
         @Hold = @Hold, @Spent = @Spent, @Held = @Held, @Now = @Now,
         @CouponStripeNo = @CouponStripeNo OUTPUT, @CampaignStripeNo = @CampaignStripeNo OUTPUT,
         @ErrorCode = @ErrorCode OUTPUT;
END;
