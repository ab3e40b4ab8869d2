SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves one slot that is taken already, in the counters of coupon, campaign with budget,
           user and campaign, user and coupon: a held slot becomes a use (@Use 1, @Hold -1), a held
           slot goes back (0, -1), a use goes back (-1, 0). Limits cannot refuse it, except that a
           dearer quote may exceed the budget.
Called by: sp_i_MoveSlot, sp_i_ReleaseSlot.
Locks:     the caller holds L2. L3: Coupons or CouponCounterStripes. L4: Campaigns unless striped,
           CampaignCounterStripes. L5: UserRedemptions. L6: CouponUserUsage.
           L11: OutboxEvents, AuditLog.
Returns:   the stripes that were written. @ErrorCode CAMPAIGN_BUDGET_EXCEEDED: nothing was moved.
Throws:    50200 a counter does not hold the slot.
Replay:    none; one call, one move.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShiftSlot
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100),
    @Use int, @Hold int, @Spent decimal(10,2), @Held decimal(10,2), @Now datetime2(3),
    @CouponStripeNo tinyint OUTPUT, @CampaignStripeNo tinyint OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponStripes int, @Unique int, @UsageUsed int, @MaxUses int, @Used int,
            @LimitEventAt datetime2(3), @LastUsedAt datetime2(3), @RedeemedAt datetime2(3),
            @RedeemedBy nvarchar(100), @HasStripes bit;

    SELECT @CouponStripes = c.StripeCount FROM dbo.Coupons AS c WHERE c.CouponId = @CouponId;
    -- UPDLOCK: read now, written below. A striped coupon is decided on its stripes.
    IF @CouponStripes = 1
        SELECT @CouponStripes = c.StripeCount
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @CouponId;
    SELECT @CouponStripes = c.StripeCount, @MaxUses = c.MaxUses, @Used = c.UsedCount,
           @LimitEventAt = c.LimitEventAt, @LastUsedAt = c.LastUsedAt,
           @RedeemedAt = c.RedeemedAt, @RedeemedBy = c.RedeemedBy,
           @UsageUsed = COALESCE(u.UsedCount, 0)
    FROM dbo.Coupons AS c
    LEFT OUTER JOIN dbo.CouponUserUsage AS u ON u.CouponId = c.CouponId AND u.UserId = @UserId
    WHERE c.CouponId = @CouponId;
    SET @Unique = CASE WHEN @Use = 1 AND @UsageUsed = 0 THEN 1
                       WHEN @Use = -1 AND @UsageUsed = 1 THEN -1 ELSE 0 END;

    WHILE @CouponStripes > 1
    BEGIN
        EXEC dbo.sp_i_ShiftCouponStripe
             @CouponId = @CouponId, @StripeCount = @CouponStripes, @Use = @Use, @Hold = @Hold,
             @Unique = @Unique, @Spent = @Spent, @Now = @Now, @StripeNo = @CouponStripeNo OUTPUT,
             @HasStripes = @HasStripes OUTPUT;
        IF @HasStripes = 1
            BREAK;
        -- The stripes were gathered into the row since the look above: then it has the slot. With
        -- the row held nobody changes their number again. UPDLOCK: read now, written below.
        SELECT @CouponStripes = c.StripeCount, @MaxUses = c.MaxUses, @Used = c.UsedCount,
               @LimitEventAt = c.LimitEventAt, @LastUsedAt = c.LastUsedAt,
               @RedeemedAt = c.RedeemedAt, @RedeemedBy = c.RedeemedBy
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @CouponId;
    END;
    IF @CouponStripes = 1
    BEGIN
        UPDATE dbo.Coupons
        SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
            UniqueUsers = UniqueUsers + @Unique,
            TotalDiscountApplied = TotalDiscountApplied + @Spent,
            LastUsedAt = IIF(@Use = 1, @Now, LastUsedAt),
            IsRedeemed = IIF(UsedCount + @Use >= MaxUses, 1, 0),
            RedeemedAt = IIF(UsedCount + @Use >= MaxUses, @Now, NULL),
            RedeemedBy = IIF(UsedCount + @Use >= MaxUses, @UserId, NULL),
            LimitEventAt = CASE WHEN UsedCount + @Use >= MaxUses AND MaxUses > 1
                                    THEN COALESCE(LimitEventAt, @Now)
                                WHEN @Use = -1 THEN NULL ELSE LimitEventAt END
        WHERE CouponId = @CouponId AND UsedCount + @Use >= 0 AND ReservedCount + @Hold >= 0;
        IF @@ROWCOUNT <> 1
            THROW 50200, N'INVARIANT_COUNTER: a slot is missing in the counters of its coupon.', 1;
        SET @CouponStripeNo = NULL;
    END;

    EXEC dbo.sp_i_ShiftCampaign
         @CampaignId = @CampaignId, @Use = @Use, @Hold = @Hold, @Spent = @Spent, @Held = @Held,
         @Now = @Now, @StripeNo = @CampaignStripeNo OUTPUT, @ErrorCode = @ErrorCode OUTPUT;
    IF @ErrorCode IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_UndoCoupon
             @CouponId = @CouponId, @StripeNo = @CouponStripeNo, @Use = @Use, @Hold = @Hold,
             @NewUser = @Unique, @Spent = @Spent, @LastUsedAt = @LastUsedAt,
             @LimitEventAt = @LimitEventAt, @RedeemedAt = @RedeemedAt, @RedeemedBy = @RedeemedBy;
        RETURN;
    END;

    UPDATE dbo.UserRedemptions
    SET RedemptionCount = RedemptionCount + @Use, ReservedCount = ReservedCount + @Hold,
        TotalDiscount = TotalDiscount + @Spent,
        FirstRedeemedAt = IIF(@Use = 1, COALESCE(FirstRedeemedAt, @Now), FirstRedeemedAt),
        LastRedeemedAt = IIF(@Use = 1, @Now, LastRedeemedAt)
    WHERE UserId = @UserId AND CampaignId = @CampaignId
      AND RedemptionCount + @Use >= 0 AND ReservedCount + @Hold >= 0;
    IF @@ROWCOUNT <> 1
        THROW 50200, N'INVARIANT_COUNTER: a slot is missing in UserRedemptions.', 1;

    UPDATE dbo.CouponUserUsage
    SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
        LastUsedAt = IIF(@Use = 1, @Now, LastUsedAt)
    WHERE CouponId = @CouponId AND UserId = @UserId
      AND UsedCount + @Use >= 0 AND ReservedCount + @Hold >= 0;
    IF @@ROWCOUNT <> 1
        THROW 50200, N'INVARIANT_COUNTER: a slot is missing in CouponUserUsage.', 1;

    IF @Use = 1 AND @CouponStripes = 1 AND @MaxUses > 1 AND @Used + 1 >= @MaxUses
       AND @LimitEventAt IS NULL
        EXEC dbo.sp_i_AnnounceLimit @CouponId = @CouponId, @Now = @Now;
END;
