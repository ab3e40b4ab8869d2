SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a reversed use back, slot and budget, unless it is to stay counted: as the caller
           has it, else as the settings have it for the reason; without a setting it goes back.
Called by: sp_i_ReverseCore, for a reversal in full.
Locks:     the caller holds L2 of the user. L3, L4: as sp_i_LockCoupon. L3 to L6: as
           sp_i_ReleaseSlot.
Returns:   @UseRestored.
Throws:    50100 a settings row is absent; 50200 a counter does not hold the use.
Replay:    none; one call, one use.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RestoreUse
    @ReversalReason nvarchar(20), @RestoreUse bit, @CouponId bigint, @CouponCode nvarchar(50),
    @CampaignId nvarchar(100), @UserId nvarchar(100), @CouponStripeNo tinyint,
    @CampaignStripeNo tinyint, @DiscountAmount decimal(10,2), @Now datetime2(3),
    @UseRestored bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Setting nvarchar(60) = CASE @ReversalReason
        WHEN N'refund' THEN N'refund_restores_use'
        WHEN N'chargeback' THEN N'chargeback_restores_use' END;

    SET @UseRestored = @RestoreUse;
    IF @UseRestored IS NULL AND @Setting IS NOT NULL
    BEGIN
        SELECT @UseRestored = s.BitValue FROM dbo.fn_Setting(@Setting) AS s;
        IF @UseRestored IS NULL
            THROW 50100, N'SETTING_MISSING: a setting of reversals is absent.', 1;
    END;
    SET @UseRestored = COALESCE(@UseRestored, 1);
    IF @UseRestored = 0
        RETURN;

    -- The rows before a stripe of either.
    EXEC dbo.sp_i_LockCoupon @CouponCode = @CouponCode;
    EXEC dbo.sp_i_ReleaseSlot
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
         @CouponStripeNo = @CouponStripeNo, @CampaignStripeNo = @CampaignStripeNo,
         @DiscountAmount = @DiscountAmount, @FromUsed = 1, @Now = @Now;
END;
