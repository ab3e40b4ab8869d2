SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings the row of a striped coupon up to its stripes: used, reserved, users, discounts,
           last use, and the fill with its limit_reached event.
Called by: sp_RefreshCampaignCounters.
Locks:     L3: the Coupons row. L11: OutboxEvents.
Returns:   @HasChanged: whether the row was behind.
Throws:    50102 no committable transaction.
Replay:    harmless; LimitEventAt keeps the event single.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RefreshCoupon
    @CouponId bigint,
    @HasChanged bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @Stripes int, @MaxUses int, @Used int, @Reserved int, @Users int,
            @Discount decimal(10,2), @LastUsedAt datetime2(3), @LimitEventAt datetime2(3),
            @IsFull bit;

    SET @HasChanged = 0;
    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_RefreshCoupon needs a committable transaction.', 1;

    -- UPDLOCK: read now, written below. Claims of a striped coupon lock a stripe, never the row, so
    -- the sums are read with the row held and are at most one claim behind.
    SELECT @Stripes = c.StripeCount, @MaxUses = c.MaxUses, @LimitEventAt = c.LimitEventAt
    FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CouponId = @CouponId;
    IF COALESCE(@Stripes, 1) = 1
        RETURN;

    SELECT @Used = SUM(s.UsedCount), @Reserved = SUM(s.ReservedCount),
           @Users = SUM(s.UniqueUsers), @Discount = SUM(s.TotalDiscount),
           @LastUsedAt = MAX(s.LastUsedAt)
    FROM dbo.CouponCounterStripes AS s
    WHERE s.CouponId = @CouponId;
    SELECT @Now = SYSUTCDATETIME(), @IsFull = IIF(@Used >= @MaxUses, 1, 0);

    UPDATE dbo.Coupons
    SET UsedCount = @Used, ReservedCount = @Reserved, UniqueUsers = @Users,
        TotalDiscountApplied = @Discount, LastUsedAt = COALESCE(@LastUsedAt, LastUsedAt),
        IsRedeemed = @IsFull,
        RedeemedAt = IIF(@IsFull = 1, COALESCE(RedeemedAt, @LastUsedAt, @Now), NULL),
        RedeemedBy = IIF(@IsFull = 1, RedeemedBy, NULL),
        LimitEventAt = IIF(@IsFull = 1 AND @MaxUses > 1, COALESCE(LimitEventAt, @Now),
                           LimitEventAt)
    WHERE CouponId = @CouponId
          AND (UsedCount <> @Used OR ReservedCount <> @Reserved OR UniqueUsers <> @Users
               OR TotalDiscountApplied <> @Discount OR IsRedeemed <> @IsFull);
    SET @HasChanged = @@ROWCOUNT;

    IF @HasChanged = 1 AND @IsFull = 1 AND @MaxUses > 1 AND @LimitEventAt IS NULL
        EXEC dbo.sp_i_AnnounceLimit @CouponId = @CouponId, @Now = @Now;
END;
