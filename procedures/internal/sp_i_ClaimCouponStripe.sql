SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes one use of a striped coupon: on the given or a random stripe, then on the next ones
           in ring order, then from what is left in all of them together. As sp_i_ClaimCampaign.
Called by: sp_i_ClaimCoupon.
Locks:     L3: CouponCounterStripes.
Returns:   @StripeNo, or @ErrorCode.
Throws:    50200 a gathered stripe refused its claim.
Replay:    none.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ClaimCouponStripe
    @CouponId bigint, @StripeCount int, @Use int, @Hold int, @NewUser int, @Spent decimal(10,2),
    @MustBeActive bit, @StripeNo tinyint OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Tries int = 0, @HasRetried bit = 0;

    SET @StripeNo = COALESCE(@StripeNo, CAST(CRYPT_GEN_RANDOM(2) AS int)) % @StripeCount;

    WHILE 1 = 1
    BEGIN
        UPDATE dbo.CouponCounterStripes
        SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
            UniqueUsers = UniqueUsers + @NewUser, TotalDiscount = TotalDiscount + @Spent
        WHERE CouponId = @CouponId AND StripeNo = @StripeNo
          AND (StripeLimit IS NULL OR UsedCount + ReservedCount < StripeLimit);
        IF @@ROWCOUNT = 1
            BREAK;

        SELECT @Tries += 1, @StripeNo = (@StripeNo + 1) % @StripeCount;
        IF @Tries < @StripeCount
            CONTINUE;

        EXEC dbo.sp_i_GatherCoupon
             @CouponId = @CouponId, @StripeNo = @StripeNo OUTPUT, @ErrorCode = @ErrorCode OUTPUT;
        IF @ErrorCode IS NOT NULL
            RETURN;
        IF @HasRetried = 1
            THROW 50200, N'INVARIANT_COUNTER: a gathered stripe refused its claim.', 1;
        SET @HasRetried = 1;
    END;

    -- The coupon's row was read without lock. A deactivation waits for this stripe before it
    -- commits; one that was faster is seen now.
    IF @MustBeActive = 1
        SELECT @ErrorCode = N'COUPON_INACTIVE'
        FROM dbo.Coupons AS c
        WHERE c.CouponId = @CouponId AND (c.IsActive = 0 OR c.DeletedAt IS NOT NULL);
    IF @ErrorCode IS NOT NULL
        UPDATE dbo.CouponCounterStripes
        SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,
            UniqueUsers = UniqueUsers - @NewUser, TotalDiscount = TotalDiscount - @Spent
        WHERE CouponId = @CouponId AND StripeNo = @StripeNo;
END;
