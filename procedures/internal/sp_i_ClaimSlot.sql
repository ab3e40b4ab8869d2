SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes one use of a coupon for a user: coupon, campaign with budget, user and campaign,
           user and coupon, in this order. The conditional updates decide; what the caller read
           before is only the reason to try. When the campaign refuses after the coupon was taken,
           the coupon's claim is undone by the exact inverse, and the call ends as that refusal.
           A striped row is claimed on the stripe that is given first, or on a random one.
Called by: sp_i_RedeemCore, sp_i_ConfirmCore; sp_i_HoldSlot (@AsReserved = 1 holds the slot
           only).
Locks:     the caller holds L2, and L3, L4 of rows that are not striped.
           L3: Coupons or CouponCounterStripes. L4: CampaignCounterStripes, Campaigns.
           L5: UserRedemptions. L6: CouponUserUsage. L11: OutboxEvents, AuditLog.
Returns:   the stripes that hold the slot, or @ErrorCode and @Detail of the refusal.
Throws:    50200 a per-user counter ran past its limit under the user's lock.
Replay:    none; one call, one slot.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ClaimSlot
    @CouponId bigint,
    @CampaignId nvarchar(100),
    @UserId nvarchar(100),
    @DiscountAmount decimal(10,2),
    @AsReserved bit = 0,
    @MustBeActive bit = 1,             -- 0: a late payment, for which only limits count
    @Now datetime2(3),
    @CouponStripeNo tinyint OUTPUT,    -- in: to be tried first; out NULL: not striped
    @CampaignStripeNo tinyint OUTPUT,  -- in: to be tried first
    @ErrorCode nvarchar(50) OUTPUT,
    @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Use int = IIF(@AsReserved = 1, 0, 1), @Hold int = IIF(@AsReserved = 1, 1, 0),
            @Spent decimal(10,2) = IIF(@AsReserved = 1, 0, @DiscountAmount),
            @Held decimal(10,2) = IIF(@AsReserved = 1, @DiscountAmount, 0),
            @CouponStripes int, @MaxUses int, @Used int, @LastUsedAt datetime2(3),
            @LimitEventAt datetime2(3), @MaxUsesPerUser int, @CampaignStripes int,
            @PerUser int, @UsageUses int, @UsageUsed int, @UserRow bigint, @UserUses int,
            @NewUser int, @Fills bit, @UsesLimit int, @BudgetAmount decimal(10,2);

    SET @ErrorCode = NULL;

    SELECT @CouponStripes = c.StripeCount, @MaxUses = c.MaxUses, @Used = c.UsedCount,
           @LastUsedAt = c.LastUsedAt, @LimitEventAt = c.LimitEventAt,
           @MaxUsesPerUser = c.MaxUsesPerUser, @CampaignStripes = g.StripeCount,
           @UsesLimit = g.MaxTotalRedemptions, @BudgetAmount = g.BudgetAmount,
           @PerUser = g.MaxRedemptionsPerUser, @UsageUsed = u.UsedCount,
           @UsageUses = u.UsedCount + u.ReservedCount, @UserRow = r.UserRedemptionId,
           @UserUses = r.RedemptionCount + r.ReservedCount
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    LEFT OUTER JOIN dbo.CouponUserUsage AS u ON u.CouponId = @CouponId AND u.UserId = @UserId
    LEFT OUTER JOIN dbo.UserRedemptions AS r
        ON r.UserId = @UserId AND r.CampaignId = @CampaignId
    WHERE c.CouponId = @CouponId;

    SELECT @NewUser = IIF(@Use = 1 AND COALESCE(@UsageUsed, 0) = 0, 1, 0),
           @Fills = IIF(@Use = 1 AND @CouponStripes = 1 AND @Used + 1 >= @MaxUses, 1, 0);

    -- The user's own limits first: under L2 nobody moves them, so there is nothing to undo later.
    SELECT @ErrorCode = CASE
               WHEN @UsageUses >= @MaxUsesPerUser THEN N'MAX_USES_PER_USER_REACHED'
               WHEN @UserUses >= @PerUser THEN N'CAMPAIGN_USER_LIMIT_REACHED' END,
           @Detail = IIF(@UsageUses >= @MaxUsesPerUser, @MaxUsesPerUser, @PerUser);
    IF @ErrorCode IS NOT NULL
        RETURN;

    EXEC dbo.sp_i_ClaimCoupon
         @CouponId = @CouponId, @UserId = @UserId, @Use = @Use, @Hold = @Hold,
         @NewUser = @NewUser, @Spent = @Spent, @MustBeActive = @MustBeActive, @Now = @Now,
         @StripeCount = @CouponStripes, @StripeNo = @CouponStripeNo OUTPUT,
         @MaxUses = @MaxUses OUTPUT, @LastUsedAt = @LastUsedAt OUTPUT,
         @LimitEventAt = @LimitEventAt OUTPUT, @Fills = @Fills OUTPUT,
         @ErrorCode = @ErrorCode OUTPUT;
    IF @ErrorCode IS NOT NULL
        RETURN;

    EXEC dbo.sp_i_ClaimCampaign
         @CampaignId = @CampaignId, @StripeCount = @CampaignStripes, @Use = @Use, @Hold = @Hold,
         @Spent = @Spent, @Held = @Held, @UsesLimit = @UsesLimit,
         @BudgetAmount = @BudgetAmount, @MustBeActive = @MustBeActive, @Now = @Now,
         @StripeNo = @CampaignStripeNo OUTPUT, @ErrorCode = @ErrorCode OUTPUT;

    IF @ErrorCode IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_UndoCoupon
             @CouponId = @CouponId, @StripeNo = @CouponStripeNo, @Use = @Use, @Hold = @Hold,
             @NewUser = @NewUser, @Spent = @Spent, @LastUsedAt = @LastUsedAt,
             @LimitEventAt = @LimitEventAt;
        RETURN;
    END;

    EXEC dbo.sp_i_ClaimUser
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Use = @Use,
         @Hold = @Hold, @Spent = @Spent, @UserRow = @UserRow, @PerUser = @PerUser,
         @UsageUses = @UsageUses, @MaxUsesPerUser = @MaxUsesPerUser, @Now = @Now;

    IF @CouponStripeNo IS NOT NULL AND @Use = 1
        UPDATE dbo.CouponCounterStripes
        SET LastUsedAt = @Now
        WHERE CouponId = @CouponId AND StripeNo = @CouponStripeNo;

    IF @Fills = 1 AND @MaxUses > 1 AND @LimitEventAt IS NULL
        EXEC dbo.sp_i_AnnounceLimit @CouponId = @CouponId, @Now = @Now;
END;
