SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a coupon another number of counter stripes; what is used and reserved stays, as a
           sum. A limit that was changed in the same transaction is spread anew.
Called by: sp_SetCampaignStripes; procedures that change MaxUses of a striped coupon.
Locks:     L3: the Coupons row, then all its stripes, ascending.
Returns:   nothing.
Throws:    50102 no committable transaction.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_StripeCoupon
    @CouponId bigint,
    @StripeCount int = NULL,        -- NULL: as many as before
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Before int, @MaxUses int, @Used int, @Reserved int, @Users int,
            @Discount decimal(10,2), @LastUsedAt datetime2(3), @StripeUsedAt datetime2(3);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_StripeCoupon needs a committable transaction.', 1;

    -- UPDLOCK: read now, written below. Attempts at an unstriped coupon wait here, those at a
    -- striped one at a stripe.
    SELECT @Before = c.StripeCount
    FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CouponId = @CouponId;
    EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;

    SELECT @MaxUses = c.MaxUses, @Used = c.UsedCount, @Reserved = c.ReservedCount,
           @Users = c.UniqueUsers, @Discount = c.TotalDiscountApplied, @LastUsedAt = c.LastUsedAt
    FROM dbo.Coupons AS c
    WHERE c.CouponId = @CouponId;
    IF @Before > 1
        SELECT @Used = COALESCE(SUM(s.UsedCount), 0), @Reserved = COALESCE(SUM(s.ReservedCount), 0),
               @Users = COALESCE(SUM(s.UniqueUsers), 0),
               @Discount = COALESCE(SUM(s.TotalDiscount), 0),
               @StripeUsedAt = MAX(s.LastUsedAt)
        FROM dbo.CouponCounterStripes AS s
        WHERE s.CouponId = @CouponId;

    SELECT @StripeCount = COALESCE(@StripeCount, @Before),
           @LastUsedAt = COALESCE(@StripeUsedAt, @LastUsedAt);
    EXEC dbo.sp_i_SpreadCoupon
         @CouponId = @CouponId, @StripeCount = @StripeCount, @MaxUses = @MaxUses, @Used = @Used,
         @Reserved = @Reserved, @Users = @Users, @Discount = @Discount, @LastUsedAt = @LastUsedAt,
         @Now = @Now;
END;
