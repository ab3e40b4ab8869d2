SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves counters of a striped coupon that are taken already. As sp_i_ShiftCampaign.
Called by: sp_i_ShiftSlot.
Locks:     L3: CouponCounterStripes.
Returns:   @StripeNo, the stripe that was written. @HasStripes 0: the coupon has no stripes any
           more, and nothing was written.
Throws:    50200 the slot is not in the counters.
Replay:    none; one call, one move.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShiftCouponStripe
    @CouponId bigint, @StripeCount int, @Use int, @Hold int, @Unique int, @Spent decimal(10,2),
    @Now datetime2(3), @StripeNo tinyint OUTPUT, @HasStripes bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Next int = -1, @Stripes int = @StripeCount, @HasGathered bit = 0,
            @At int = COALESCE(@StripeNo, 0);

    SET @HasStripes = 1;

    WHILE 1 = 1
    BEGIN
        UPDATE dbo.CouponCounterStripes
        SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
            UniqueUsers = UniqueUsers + @Unique, TotalDiscount = TotalDiscount + @Spent,
            LastUsedAt = IIF(@Use = 1, @Now, LastUsedAt)
        WHERE CouponId = @CouponId AND StripeNo = @At
          AND UsedCount + @Use >= 0 AND ReservedCount + @Hold >= 0
          AND UniqueUsers + @Unique >= 0 AND TotalDiscount + @Spent >= 0;
        IF @@ROWCOUNT = 1
            BREAK;

        SET @Next += 1;
        IF @Next < @Stripes
        BEGIN
            SET @At = @Next;
            CONTINUE;
        END;
        IF @HasGathered = 1
            THROW 50200, N'INVARIANT_COUNTER: a slot is missing in the counters of its coupon.', 1;

        EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;
        SELECT @HasStripes = IIF(COUNT(*) = 0, 0, 1)
        FROM dbo.CouponCounterStripes AS k
        WHERE k.CouponId = @CouponId;
        IF @HasStripes = 0
            RETURN;
        UPDATE k
        SET StripeLimit = IIF(k.StripeLimit IS NULL, NULL, IIF(k.StripeNo = 0, t.Uses, 0)),
            UsedCount = IIF(k.StripeNo = 0, t.Used, 0),
            ReservedCount = IIF(k.StripeNo = 0, t.Reserved, 0),
            UniqueUsers = IIF(k.StripeNo = 0, t.Users, 0),
            TotalDiscount = IIF(k.StripeNo = 0, t.Discount, 0)
        FROM dbo.CouponCounterStripes AS k
        CROSS JOIN (SELECT SUM(s.StripeLimit) AS Uses, SUM(s.UsedCount) AS Used,
                           SUM(s.ReservedCount) AS Reserved, SUM(s.UniqueUsers) AS Users,
                           SUM(s.TotalDiscount) AS Discount
                    FROM dbo.CouponCounterStripes AS s
                    WHERE s.CouponId = @CouponId) AS t
        WHERE k.CouponId = @CouponId;
        SELECT @HasGathered = 1, @At = 0, @Next = @Stripes;
    END;
    SET @StripeNo = @At;
END;
