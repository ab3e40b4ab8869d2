SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes one use of a coupon, on its row or on one of its stripes. The conditional update
           decides; what the caller has read is only the reason to try.
Called by: sp_i_ClaimSlot.
Locks:     L3: CouponCounterStripes, Coupons.
Returns:   @StripeNo, NULL where the row was claimed, or @ErrorCode. Of the row: @MaxUses, what
           stood there before (for sp_i_UndoCoupon), and @Fills 1: this use was the last one.
Throws:    50200 as sp_i_ClaimCouponStripe.
Replay:    none; one call, one use.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ClaimCoupon
    @CouponId bigint, @UserId nvarchar(100), @Use int, @Hold int, @NewUser int,
    @Spent decimal(10,2), @MustBeActive bit, @Now datetime2(3),
    @StripeCount int,                    -- as the caller has seen it
    @StripeNo tinyint OUTPUT,            -- in: to be tried first
    @MaxUses int OUTPUT, @LastUsedAt datetime2(3) OUTPUT, @LimitEventAt datetime2(3) OUTPUT,
    @Fills bit OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Stripes int = @StripeCount;

    IF @StripeCount > 1
    BEGIN
        EXEC dbo.sp_i_ClaimCouponStripe
             @CouponId = @CouponId, @StripeCount = @StripeCount, @Use = @Use, @Hold = @Hold,
             @NewUser = @NewUser, @Spent = @Spent, @MustBeActive = @MustBeActive,
             @StripeNo = @StripeNo OUTPUT, @ErrorCode = @ErrorCode OUTPUT;

        -- The stripes may have been gathered into the row since the caller looked: then it decides.
        -- A plain read tells. Who gathers has committed by then, or this call would still wait for
        -- a stripe; and who holds the row may wait for stripes, so a call that may hold some, as a
        -- refused one does, asks for the row only when it is sure to write it. So the refusals of
        -- a code that is used up do not queue at its row either. UPDLOCK: read now, written below.
        IF @ErrorCode = N'MAX_USES_REACHED'
           AND EXISTS (SELECT 1 FROM dbo.Coupons AS c
                       WHERE c.CouponId = @CouponId AND c.StripeCount = 1)
            SELECT @Stripes = c.StripeCount, @MaxUses = c.MaxUses,
                   @ErrorCode = IIF(@MustBeActive = 1
                                    AND (c.IsActive = 0 OR c.DeletedAt IS NOT NULL),
                                    N'COUPON_INACTIVE', NULL),
                   @LastUsedAt = c.LastUsedAt, @LimitEventAt = c.LimitEventAt,
                   @Fills = IIF(@Use = 1 AND c.UsedCount + 1 >= c.MaxUses, 1, 0)
            FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
            WHERE c.CouponId = @CouponId AND c.StripeCount = 1;
    END;
    IF @Stripes > 1 OR @ErrorCode IS NOT NULL
        RETURN;

    SET @StripeNo = NULL;
    UPDATE dbo.Coupons
    SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
        UniqueUsers = UniqueUsers + @NewUser,
        TotalDiscountApplied = TotalDiscountApplied + @Spent,
        LastUsedAt = IIF(@Use = 1, @Now, LastUsedAt),
        IsRedeemed = IIF(UsedCount + @Use >= MaxUses, 1, 0),
        RedeemedAt = IIF(UsedCount + @Use >= MaxUses, @Now, NULL),
        RedeemedBy = IIF(UsedCount + @Use >= MaxUses, @UserId, NULL),
        LimitEventAt = IIF(UsedCount + @Use >= MaxUses AND MaxUses > 1,
                           COALESCE(LimitEventAt, @Now), LimitEventAt)
    WHERE CouponId = @CouponId
      AND (MaxUses IS NULL OR UsedCount + ReservedCount < MaxUses);
    IF @@ROWCOUNT = 0
        SET @ErrorCode = IIF(@MaxUses = 1, N'ALREADY_REDEEMED', N'MAX_USES_REACHED');
END;
