SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What the audit log keeps of a coupon before and after a change: every attribute that an
           operator can set, its descriptions and its targets.
Called by: the procedures that change coupons
Locks:     none of its own; the callers hold the coupon
Returns:   @Json, NULL when there is no such coupon
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShowCoupon
    @CouponId bigint,
    @Json nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Targets nvarchar(max) = (
        SELECT t.TargetKind AS kind, t.TargetValue AS [value], t.IsExcluded AS isExcluded
        FROM dbo.CouponTargets AS t
        WHERE t.CouponId = @CouponId
        ORDER BY t.TargetKind, t.TargetValue
        FOR JSON PATH);
    DECLARE @Descriptions nvarchar(max) = (
        SELECT t.LanguageCode AS [language], t.Description AS [text]
        FROM dbo.CouponTranslations AS t
        WHERE t.CouponId = @CouponId
        ORDER BY t.LanguageCode
        FOR JSON PATH);

    SET @Json = (
        SELECT c.InternalName AS internalName, c.CouponType AS couponType,
               c.DiscountType AS discountType, c.DiscountValue AS discountValue,
               c.MaxDiscountAmount AS maxDiscountAmount,
               c.MinimumOrderAmount AS minimumOrderAmount, c.MaxUses AS maxUses,
               c.MaxUsesPerUser AS maxUsesPerUser, c.ValidFrom AS validFrom,
               c.ExpiresAt AS expiresAt, c.AssignedTo AS assignedTo,
               c.ApplicableTo AS applicableTo, c.IsActive AS isActive,
               c.IsStackable AS isStackable, c.StackingGroup AS stackingGroup,
               c.VariantLabel AS variantLabel, c.PartnerId AS partnerId,
               c.UpgradeVersion AS upgradeVersion, c.Description AS description,
               c.CampaignSource AS campaignSource, c.UtmSource AS utmSource,
               c.UtmMedium AS utmMedium, c.UtmCampaign AS utmCampaign, c.Notes AS notes,
               c.DeletedAt AS deletedAt, JSON_QUERY(@Descriptions) AS descriptions,
               JSON_QUERY(@Targets) AS targets
        FROM dbo.Coupons AS c
        WHERE c.CouponId = @CouponId
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
END;
