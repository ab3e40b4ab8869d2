SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Steps S04 to S09, then (sp_i_EvaluateEligibility) S10 to S17: does the code exist, and
           may it be used now, by this user, within all limits?
           Reads the coupon, its home campaign and all counters once, for the later steps too.
           A slot that the user already holds for this order does not count.
           Counters of striped coupons and campaigns are left NULL for an attempt: there the claim
           decides S14, S17 and S20, and reading the stripes would wait for every running claim.
Called by: sp_i_Evaluate; sp_i_SuggestCoupon.
Locks:     none of its own; an attempt holds L3 and L4 (sp_i_LockCoupon).
Returns:   OUTPUT parameters only.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateCoupon
    @IsDryRun bit, @CouponCode nvarchar(50), @UserId nvarchar(100), @OrderId nvarchar(100),
    @ServiceType nvarchar(50), @ConsultantId nvarchar(50), @CountryCode nchar(2),
    @Now datetime2(3),
    @Tier nvarchar(20) OUTPUT,            -- as given, else of the live subscription, else free
    @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT, @CouponType nvarchar(30) OUTPUT,
    @HasRules bit OUTPUT, @BudgetAmount decimal(10,2) OUTPUT, @BudgetTaken decimal(10,2) OUTPUT,
    @CampaignCurrency nchar(3) OUTPUT, @MinimumOrderAmount decimal(10,2) OUTPUT,
    @IsStackable bit OUTPUT, @StackingGroup nvarchar(50) OUTPUT, @IsHeld bit OUTPUT,
    @RemainingUses int OUTPUT, @RemainingUsesForUser int OUTPUT,
    @ExpiresAt datetime2(3) OUTPUT,       -- the earlier of coupon and campaign
    @ErrorCode nvarchar(50) OUTPUT, @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ApplicableTo nvarchar(30), @HasTargets bit, @MaxUses int, @Uses int,
            @MaxUsesPerUser int, @UserUses int, @CampaignPerUser int, @CampaignUserUses int,
            @CampaignLimit int, @CampaignUses int, @ErrorAt datetime2(3);

    -- One row always: a code that does not exist leaves everything NULL.
    SELECT @CouponId = c.CouponId, @CampaignId = c.CampaignId, @CouponType = c.CouponType,
           -- ISNULL: COALESCE would read a subquery twice.
           @Tier = IIF(c.CouponId IS NULL, @Tier,
                       ISNULL(@Tier, ISNULL((SELECT TOP (1) b.Tier
                                             FROM dbo.Subscriptions AS b
                                             WHERE @Tier IS NULL AND b.UserId = @UserId
                                               AND b.Status IN (N'trial', N'active', N'past_due')
                                             ORDER BY b.CurrentPeriodEnd DESC), N'free'))),
           @ApplicableTo = c.ApplicableTo,
           @HasTargets = IIF(EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                                     WHERE t.CouponId = c.CouponId)
                             OR EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                                        WHERE t.CampaignId = c.CampaignId), 1, 0),
           @HasRules = IIF(EXISTS (SELECT 1 FROM dbo.CouponValidationRules AS r
                                   WHERE r.CouponId = c.CouponId AND r.IsActive = 1)
                           OR EXISTS (SELECT 1 FROM dbo.CouponValidationRules AS r
                                      WHERE r.CampaignId = c.CampaignId AND r.IsActive = 1), 1, 0),
           @MaxUses = c.MaxUses,
           @Uses = IIF(c.StripeCount = 1, c.UsedCount + c.ReservedCount, cs.Uses)
                   - COALESCE(hold.Slots, 0),
           @MaxUsesPerUser = c.MaxUsesPerUser,
           @UserUses = ISNULL((SELECT cu.UsedCount + cu.ReservedCount
                               FROM dbo.CouponUserUsage AS cu
                               WHERE cu.CouponId = c.CouponId AND cu.UserId = @UserId), 0)
                       - COALESCE(hold.Slots, 0),
           @CampaignPerUser = g.MaxRedemptionsPerUser,
           @CampaignUserUses = ISNULL((SELECT ur.RedemptionCount + ur.ReservedCount
                                       FROM dbo.UserRedemptions AS ur
                                       WHERE ur.UserId = @UserId
                                         AND ur.CampaignId = c.CampaignId), 0)
                               - COALESCE(hold.Slots, 0),
           @CampaignLimit = g.MaxTotalRedemptions,
           @CampaignUses = gs.Uses - COALESCE(hold.Slots, 0),
           @BudgetAmount = g.BudgetAmount,
           @BudgetTaken = gs.Budget - COALESCE(hold.Discount, 0),
           @CampaignCurrency = g.CurrencyCode, @MinimumOrderAmount = c.MinimumOrderAmount,
           @IsStackable = c.IsStackable, @StackingGroup = c.StackingGroup,
           @IsHeld = COALESCE(hold.Slots, 0),
           -- Striped coupons answer from the column that is refreshed each minute.
           @RemainingUses = c.MaxUses - COALESCE(cs.Uses, c.UsedCount + c.ReservedCount)
                            + COALESCE(hold.Slots, 0),
           -- The instant that the message of a date failure names.
           @ErrorAt = CASE WHEN g.StartDate > @Now THEN g.StartDate
                           WHEN g.EndDate < @Now AND (c.ExpiresAt IS NULL OR c.ExpiresAt >= @Now)
                               THEN g.EndDate
                           WHEN c.ValidFrom > @Now THEN c.ValidFrom
                           ELSE c.ExpiresAt END,
           @ExpiresAt = IIF(c.ExpiresAt < g.EndDate OR g.EndDate IS NULL, c.ExpiresAt, g.EndDate),
           @ErrorCode = CASE
               WHEN c.CouponId IS NULL THEN N'COUPON_NOT_FOUND'
               WHEN g.IsActive = 0 AND g.DeactivationReason = N'budget_exhausted'
                    AND g.DeletedAt IS NULL THEN N'CAMPAIGN_BUDGET_EXHAUSTED'
               WHEN g.IsActive = 0 OR g.DeletedAt IS NOT NULL THEN N'CAMPAIGN_INACTIVE'
               WHEN g.StartDate > @Now THEN N'CAMPAIGN_NOT_STARTED'
               -- A coupon that is over too is left to S08, which says so.
               WHEN g.EndDate < @Now AND (c.ExpiresAt IS NULL OR c.ExpiresAt >= @Now)
                   THEN N'CAMPAIGN_ENDED'
               WHEN c.IsActive = 0 THEN N'COUPON_INACTIVE'
               WHEN c.MaxUses = 1 AND c.UsedCount > 0 THEN N'ALREADY_REDEEMED'
               WHEN c.MaxUses = 1 AND c.ReservedCount > COALESCE(hold.Slots, 0)
                   THEN N'COUPON_RESERVED'
               WHEN c.ValidFrom > @Now THEN N'COUPON_NOT_YET_VALID'
               WHEN c.ExpiresAt < @Now THEN N'COUPON_EXPIRED'
               WHEN c.AssignedTo <> @UserId THEN N'NOT_ASSIGNED_TO_USER'
           END
    FROM (VALUES (1)) AS one (Place)
    LEFT OUTER JOIN dbo.Coupons AS c ON c.CouponCode = @CouponCode AND c.DeletedAt IS NULL
    LEFT OUTER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    OUTER APPLY (SELECT SUM(k.UsedCount + k.ReservedCount) AS Uses,
                        SUM(k.BudgetUsed + k.BudgetReserved) AS Budget
                 FROM dbo.CampaignCounterStripes AS k
                 WHERE k.CampaignId = c.CampaignId
                   AND (@IsDryRun = 1 OR g.StripeCount = 1)) AS gs
    OUTER APPLY (SELECT SUM(k.UsedCount + k.ReservedCount) AS Uses
                 FROM dbo.CouponCounterStripes AS k
                 WHERE k.CouponId = c.CouponId AND c.StripeCount > 1 AND @IsDryRun = 1) AS cs
    OUTER APPLY (SELECT TOP (1) 1 AS Slots, r.DiscountAmount AS Discount
                 FROM dbo.Reservations AS r
                 WHERE r.CouponId = c.CouponId AND r.UserId = @UserId AND r.OrderId = @OrderId
                   AND r.Status = N'Reserved' AND r.CloseReason IS NULL) AS hold;

    IF @ErrorCode IS NOT NULL
    BEGIN
        SET @Detail = CONVERT(nvarchar(19), @ErrorAt, 120);
        RETURN;
    END;

    SET @RemainingUsesForUser = IIF(@CampaignPerUser - @CampaignUserUses
                                        < @MaxUsesPerUser - @UserUses,
                                    @CampaignPerUser - @CampaignUserUses,
                                    @MaxUsesPerUser - @UserUses);

    EXEC dbo.sp_i_EvaluateEligibility
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId, @Tier = @Tier,
         @ServiceType = @ServiceType, @ConsultantId = @ConsultantId, @CountryCode = @CountryCode,
         @ApplicableTo = @ApplicableTo, @HasTargets = @HasTargets,
         @MaxUses = @MaxUses, @Uses = @Uses, @MaxUsesPerUser = @MaxUsesPerUser,
         @UserUses = @UserUses, @CampaignPerUser = @CampaignPerUser,
         @CampaignUserUses = @CampaignUserUses, @CampaignLimit = @CampaignLimit,
         @CampaignUses = @CampaignUses, @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;
END;
