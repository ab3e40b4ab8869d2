SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What the audit log keeps of a campaign before and after a change: every attribute that
           an operator can set, and the tiers and other targets.
Called by: the procedures that change campaigns
Locks:     none of its own; the callers hold the campaign
Returns:   @Json, NULL when there is no such campaign
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShowCampaign
    @CampaignId nvarchar(100),
    @Json nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Targets nvarchar(max) = (
        SELECT t.TargetKind AS kind, t.TargetValue AS [value], t.IsExcluded AS isExcluded
        FROM dbo.CouponTargets AS t
        WHERE t.CampaignId = @CampaignId
        ORDER BY t.TargetKind, t.TargetValue
        FOR JSON PATH);

    SET @Json = (
        SELECT c.Name AS name, c.Description AS description, c.StartDate AS startDate,
               c.EndDate AS endDate, c.DiscountPercentage AS discountPercentage,
               c.DiscountAmount AS discountAmount,
               c.MaxRedemptionsPerUser AS maxRedemptionsPerUser,
               c.MaxTotalRedemptions AS maxTotalRedemptions, c.CampaignType AS campaignType,
               c.BudgetAmount AS budgetAmount, c.BudgetAlertPercent AS budgetAlertPercent,
               c.MarketingCost AS marketingCost, c.MarketingChannel AS marketingChannel,
               c.CampaignSource AS campaignSource, c.UtmSource AS utmSource,
               c.UtmMedium AS utmMedium, c.UtmCampaign AS utmCampaign,
               c.CurrencyCode AS currencyCode, c.StripeCount AS stripeCount,
               c.IsActive AS isActive, c.DeactivationReason AS deactivationReason,
               c.DeletedAt AS deletedAt, JSON_QUERY(@Targets) AS targets
        FROM dbo.Campaigns AS c
        WHERE c.CampaignId = @CampaignId
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
END;
