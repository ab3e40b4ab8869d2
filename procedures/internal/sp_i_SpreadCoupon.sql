SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Lays the counters of a coupon over so many stripes, as sp_i_SpreadCampaign does; over one
           means on the row itself, without stripes. The row holds the sums in either case.
Called by: sp_i_StripeCoupon.
Locks:     the caller holds the Coupons row and all stripes (L3).
Returns:   nothing.
Throws:    50202 fewer or more stripes than asked for.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SpreadCoupon
    @CouponId bigint,
    @StripeCount int,
    @MaxUses bigint,                 -- NULL: unlimited
    @Used bigint,
    @Reserved bigint,
    @Users bigint,
    @Discount decimal(10,2),
    @LastUsedAt datetime2(3),
    @LastUserId nvarchar(100) = NULL,     -- who is told to have filled it, if nobody is yet
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Taken bigint = @Used + @Reserved, @Cents bigint = CAST(@Discount * 100 AS bigint),
            @Stripes int = IIF(@StripeCount = 1, 0, @StripeCount), @Next int = 0;

    UPDATE dbo.Coupons
    SET StripeCount = @StripeCount, UsedCount = @Used, ReservedCount = @Reserved,
        UniqueUsers = @Users, TotalDiscountApplied = @Discount, LastUsedAt = @LastUsedAt,
        IsRedeemed = IIF(@Used >= @MaxUses, 1, 0),
        RedeemedAt = IIF(@Used >= @MaxUses, COALESCE(RedeemedAt, @LastUsedAt, @Now), NULL),
        RedeemedBy = IIF(@Used >= @MaxUses, COALESCE(RedeemedBy, @LastUserId), NULL)
    WHERE CouponId = @CouponId;

    WHILE @Next < @Stripes
    BEGIN
        INSERT INTO dbo.CouponCounterStripes (CouponId, StripeNo)
        SELECT @CouponId, @Next
        WHERE NOT EXISTS (SELECT 1
                          FROM dbo.CouponCounterStripes AS s
                          WHERE s.CouponId = @CouponId AND s.StripeNo = @Next);
        SET @Next += 1;
    END;
    DELETE FROM dbo.CouponCounterStripes
    WHERE CouponId = @CouponId AND StripeNo >= @Stripes;

    UPDATE dbo.CouponCounterStripes
    SET StripeLimit = (@MaxUses + @StripeCount - 1 - StripeNo) / @StripeCount,
        UsedCount = (@Used + @StripeCount - 1 - StripeNo) / @StripeCount,
        ReservedCount = (@Taken + @StripeCount - 1 - StripeNo) / @StripeCount
                        - (@Used + @StripeCount - 1 - StripeNo) / @StripeCount,
        UniqueUsers = (@Users + @StripeCount - 1 - StripeNo) / @StripeCount,
        TotalDiscount = CAST(((@Cents + @StripeCount - 1 - StripeNo) / @StripeCount) / 100.0
                             AS decimal(10,2)),
        LastUsedAt = @LastUsedAt
    WHERE CouponId = @CouponId;
    IF @@ROWCOUNT <> @Stripes
        THROW 50202, N'INVARIANT_ROWCOUNT: a coupon has other stripes than were made.', 1;
END;
