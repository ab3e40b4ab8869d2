SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Shows one campaign with its counters, hand-made coupons, targets and rules. Deleted
           campaigns are shown too; DeletedAt tells.
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   SR + the campaign; RS2 attached coupons, RS3 targets, RS4 rules
Throws:    50001, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetCampaign
    @CampaignId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @CampaignId = NULLIF(TRIM(@CampaignId), N'');

    IF @CampaignId IS NULL THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;

    SELECT CAST(IIF(c.CampaignId IS NULL, 0, 1) AS bit) AS Success,
           IIF(c.CampaignId IS NULL, N'CAMPAIGN_NOT_FOUND', NULL) AS ErrorCode,
           IIF(c.CampaignId IS NULL, CONCAT(N'Campaign ', @CampaignId, N' not found.'),
               N'Campaign found.') AS Message,
           c.CampaignId, c.Name, c.Description, c.StartDate, c.EndDate, c.DiscountPercentage,
           c.DiscountAmount, c.MaxRedemptionsPerUser, c.MaxTotalRedemptions,
           n.UsedCount AS CurrentRedemptions, n.ReservedCount, n.RemainingRedemptions,
           c.BudgetAmount, n.BudgetUsed, n.BudgetReserved, n.RemainingBudget,
           c.BudgetAlertPercent, c.BudgetAlertSentAt, c.IsActive, c.DeactivationReason,
           c.CampaignType, c.MarketingChannel, c.MarketingCost, c.CampaignSource, c.UtmSource,
           c.UtmMedium, c.UtmCampaign, c.CurrencyCode, c.StripeCount, c.ClonedFromId, c.CreatedAt,
           c.CreatedBy, c.UpdatedAt, c.UpdatedBy, c.DeletedAt, c.DeletedBy, c.RowVer
    FROM (VALUES (1)) AS one (One)
    LEFT JOIN dbo.Campaigns AS c
        ON c.CampaignId = @CampaignId
    OUTER APPLY dbo.fn_CampaignCounters(c.CampaignId) AS n;

    SELECT a.CouponId, k.CouponCode, k.InternalName, a.Role, a.Priority,
           CAST(IIF(k.CampaignId = a.CampaignId, 1, 0) AS bit) AS IsHome, k.CouponType,
           k.DiscountType, k.DiscountValue, k.MaxUses, n.UsedCount, n.ReservedCount, k.IsActive,
           k.ValidFrom, k.ExpiresAt, a.AttachedAt
    FROM dbo.CampaignCoupons AS a
    JOIN dbo.Coupons AS k
        ON k.CouponId = a.CouponId
    CROSS APPLY dbo.fn_CouponCounters(k.CouponId) AS n
    WHERE a.CampaignId = @CampaignId AND k.DeletedAt IS NULL
    ORDER BY a.Role, a.Priority, k.CouponCode;

    SELECT t.TargetId, t.TargetKind, t.TargetValue, t.IsExcluded
    FROM dbo.CouponTargets AS t
    WHERE t.CampaignId = @CampaignId
    ORDER BY t.TargetKind, t.TargetValue;

    SELECT r.RuleId, r.RuleType, r.ConfigJson, r.IsActive, r.SortOrder
    FROM dbo.CouponValidationRules AS r
    WHERE r.CampaignId = @CampaignId
    ORDER BY r.SortOrder, r.RuleId;
END;
