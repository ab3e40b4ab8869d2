SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes back what was just counted on a coupon, because its campaign refused: the exact
           inverse, on the row or on the stripe that was written.
Called by: sp_i_ClaimSlot, sp_i_ShiftSlot.
Locks:     L3: Coupons or CouponCounterStripes, held by the update that is undone.
Returns:   nothing.
Throws:    nothing.
Replay:    none; one call, one inverse.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_UndoCoupon
    @CouponId bigint,
    @StripeNo tinyint,                   -- NULL: not striped
    @Use int, @Hold int, @NewUser int, @Spent decimal(10,2),
    -- What the row said before; a coupon that could be claimed was not filled.
    @LastUsedAt datetime2(3), @LimitEventAt datetime2(3),
    @RedeemedAt datetime2(3) = NULL, @RedeemedBy nvarchar(100) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @StripeNo IS NULL
        UPDATE dbo.Coupons
        SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,
            UniqueUsers = UniqueUsers - @NewUser,
            TotalDiscountApplied = TotalDiscountApplied - @Spent,
            LastUsedAt = @LastUsedAt, LimitEventAt = @LimitEventAt,
            IsRedeemed = IIF(UsedCount - @Use >= MaxUses, 1, 0),
            RedeemedAt = @RedeemedAt, RedeemedBy = @RedeemedBy
        WHERE CouponId = @CouponId;
    ELSE
        UPDATE dbo.CouponCounterStripes
        SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,
            UniqueUsers = UniqueUsers - @NewUser, TotalDiscount = TotalDiscount - @Spent
        WHERE CouponId = @CouponId AND StripeNo = @StripeNo;
END;
