SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Turns a held slot into a use, budget alongside.
Called by: sp_i_ConfirmCore.
Locks:     the caller holds L2. L3 to L6 and L11 as sp_i_ShiftSlot.
Returns:   the stripes that hold the use now.
Throws:    50200 a counter does not hold the slot.
Replay:    none; the caller changes the reservation in the same transaction.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_MoveSlot
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100),
    @CouponStripeNo tinyint OUTPUT, @CampaignStripeNo tinyint OUTPUT,
    @DiscountAmount decimal(10,2), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Back decimal(10,2) = -@DiscountAmount, @ErrorCode nvarchar(50);

    EXEC dbo.sp_i_ShiftSlot
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Use = 1,
         @Hold = -1, @Spent = @DiscountAmount, @Held = @Back, @Now = @Now,
         @CouponStripeNo = @CouponStripeNo OUTPUT, @CampaignStripeNo = @CampaignStripeNo OUTPUT,
         @ErrorCode = @ErrorCode OUTPUT;
END;
