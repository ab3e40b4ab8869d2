SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Shows one code with its home campaign, its state, and what it would give now.
           Notes and rules are for operators only.
Called by: coupon_service, coupon_job, coupon_ops
Locks:     none.
Returns:   SR + coupon and campaign columns, IsValid (S04 to S08, S14, S17 pass now),
           LifecycleState, DisplayStatus, RemainingUses, RemainingUsesForUser (with @UserId),
           EffectiveDiscountType, EffectiveDiscountValue, Description; RS2 targets in force,
           RS3 rules, RS4 discount tiers, RS5 attached campaigns. COUPON_NOT_FOUND.
Throws:    50001 code missing; 50008 @UserId longer than 100.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetCouponDetails
    @CouponCode nvarchar(200),
    @UserId nvarchar(200) = NULL,
    @Language nvarchar(10) = N'en'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @Code nvarchar(50), @CouponId bigint,
            @CampaignId nvarchar(100), @Description nvarchar(1000),
            @IsOperator bit = IIF(IS_ROLEMEMBER(N'coupon_ops') = 1, 1, 0);

    SET @UserId = NULLIF(TRIM(@UserId), N'');
    SELECT @Code = LEFT(n.Code, 50) FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    IF @Code IS NULL OR @Code = N''
        THROW 50001, N'ARG_REQUIRED: @CouponCode is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;

    SELECT @CouponId = c.CouponId, @CampaignId = c.CampaignId
    FROM dbo.Coupons AS c
    WHERE c.CouponCode = @Code AND c.DeletedAt IS NULL;

    IF @CouponId IS NOT NULL
        EXEC dbo.sp_i_ReadDescription
             @CouponId = @CouponId, @Language = @Language, @Description = @Description OUTPUT;

    SELECT CAST(IIF(@CouponId IS NULL, 0, 1) AS bit) AS Success,
           IIF(@CouponId IS NULL, N'COUPON_NOT_FOUND', NULL) AS ErrorCode,
           IIF(@CouponId IS NULL, N'Coupon code not found', N'Found.') AS Message,
           c.CouponId, c.CouponCode, c.CampaignId, c.IsRedeemed, c.RedeemedAt, c.RedeemedBy,
           c.ExpiresAt, c.AssignedTo, c.GenerationBatchId, c.CreatedAt, c.CouponType,
           c.DiscountType, c.DiscountValue, c.MaxDiscountAmount, c.MinimumOrderAmount, c.MaxUses,
           k.UsedCount, k.ReservedCount, c.MaxUsesPerUser, c.UniqueUsers,
           c.TotalDiscountApplied, c.LastUsedAt, c.ValidFrom, c.IsActive, c.IsFlagged,
           c.InternalName, c.ApplicableTo, c.IsStackable, c.StackingGroup, c.VariantLabel,
           c.PartnerId, c.UpgradeVersion, c.CampaignSource, c.UtmSource, c.UtmMedium,
           c.UtmCampaign, IIF(@IsOperator = 1, c.Notes, NULL) AS Notes, c.StripeCount,
           c.TemplateId, c.CreatedBy, c.UpdatedAt, c.UpdatedBy, c.RowVer,
           g.Name AS CampaignName, g.StartDate AS CampaignStartDate,
           g.EndDate AS CampaignEndDate, g.IsActive AS CampaignIsActive,
           g.CampaignType, g.MarketingChannel, g.CurrencyCode,
           g.DiscountPercentage AS CampaignDiscountPercentage,
           g.DiscountAmount AS CampaignDiscountAmount,
           g.MaxRedemptionsPerUser AS CampaignMaxRedemptionsPerUser,
           g.MaxTotalRedemptions AS CampaignMaxTotalRedemptions,
           g.BudgetAmount AS CampaignBudgetAmount,
           CAST(IIF(s.DisplayStatus IN (N'active', N'flagged'), 1, 0) AS bit) AS IsValid,
           s.LifecycleState, s.DisplayStatus, k.RemainingUses,
           CASE WHEN c.CouponId IS NULL OR @UserId IS NULL THEN NULL
                ELSE c.MaxUsesPerUser - COALESCE(u.UsedCount + u.ReservedCount, 0)
           END AS RemainingUsesForUser,
           e.DiscountType AS EffectiveDiscountType, e.DiscountValue AS EffectiveDiscountValue,
           @Description AS Description
    FROM (VALUES (@CouponId)) AS v (CouponId)
    LEFT OUTER JOIN dbo.Coupons AS c ON c.CouponId = v.CouponId
    LEFT OUTER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    LEFT OUTER JOIN dbo.CouponUserUsage AS u ON u.CouponId = c.CouponId AND u.UserId = @UserId
    OUTER APPLY dbo.fn_CouponState(v.CouponId, @Now) AS s
    OUTER APPLY dbo.fn_CouponCounters(v.CouponId) AS k
    OUTER APPLY dbo.fn_EffectiveDiscount(v.CouponId, 0) AS e;

    SELECT t.TargetKind, t.TargetValue, t.IsExcluded,
           IIF(t.CouponId IS NULL, N'campaign', N'coupon') AS Origin
    FROM dbo.CouponTargets AS t
    WHERE t.CouponId = @CouponId
       OR (t.CampaignId = @CampaignId
           AND NOT EXISTS (SELECT 1 FROM dbo.CouponTargets AS own
                           WHERE own.CouponId = @CouponId AND own.TargetKind = t.TargetKind))
    ORDER BY t.TargetKind, t.TargetValue;

    SELECT r.RuleId, IIF(r.CouponId IS NULL, N'campaign', N'coupon') AS Origin, r.RuleType,
           r.ConfigJson, r.IsActive, r.SortOrder
    FROM dbo.CouponValidationRules AS r
    WHERE @IsOperator = 1 AND (r.CouponId = @CouponId OR r.CampaignId = @CampaignId)
    ORDER BY r.SortOrder, r.RuleId;

    SELECT d.MinOrderAmount, d.DiscountType, d.DiscountValue
    FROM dbo.DiscountTiers AS d
    WHERE d.CouponId = @CouponId
    ORDER BY d.MinOrderAmount;

    SELECT a.CampaignId, g.Name, a.Role, a.Priority, a.AttachedAt
    FROM dbo.CampaignCoupons AS a
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = a.CampaignId
    WHERE a.CouponId = @CouponId
    ORDER BY a.Role, a.Priority, a.CampaignId;
END;
