SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves what is free in all stripes of a coupon into one. As sp_i_GatherCampaign.
Called by: sp_i_ClaimCouponStripe, holding no stripe.
Locks:     L3: all CouponCounterStripes of the coupon, ascending.
Returns:   @StripeNo to claim on, or @ErrorCode MAX_USES_REACHED when nothing is left.
Throws:    nothing.
Replay:    none; gathering twice changes nothing more.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_GatherCoupon
    @CouponId bigint, @StripeNo tinyint OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Free int;

    -- A look without lock first: a coupon that is used up is refused without disturbing anybody.
    SELECT @Free = SUM(StripeLimit - UsedCount - ReservedCount)
    FROM dbo.CouponCounterStripes
    WHERE CouponId = @CouponId;

    IF @Free >= 1
    BEGIN
        EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;

        -- The number of stripes may have changed since the caller chose one.
        IF NOT EXISTS (SELECT 1
                       FROM dbo.CouponCounterStripes AS k
                       WHERE k.CouponId = @CouponId AND k.StripeNo = @StripeNo)
            SET @StripeNo = 0;

        SELECT @Free = SUM(StripeLimit - UsedCount - ReservedCount)
        FROM dbo.CouponCounterStripes
        WHERE CouponId = @CouponId;
    END;

    IF COALESCE(@Free, 0) < 1
    BEGIN
        SET @ErrorCode = N'MAX_USES_REACHED';
        RETURN;
    END;

    UPDATE dbo.CouponCounterStripes
    SET StripeLimit = UsedCount + ReservedCount + IIF(StripeNo = @StripeNo, @Free, 0)
    WHERE CouponId = @CouponId;
END;
