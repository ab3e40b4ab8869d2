SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Copies a campaign without its coupons: settings, stripes with the whole limit and budget
           free, targets and rules. The copy is inactive.
Called by: sp_CloneCampaign, inside its transaction
Locks:     L11 inserts
Returns:   nothing
Throws:    nothing of its own
Replay:    none: the caller has made sure that the id is free
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CopyCampaign
    @SourceId nvarchar(100),
    @NewId nvarchar(100),
    @Name nvarchar(200),
    @StartDate datetime2(3),
    @EndDate datetime2(3),
    @Actor nvarchar(100),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Stripes tinyint, @Limit int, @Budget decimal(10,2);

    INSERT INTO dbo.Campaigns
        (CampaignId, Name, Description, StartDate, EndDate, DiscountPercentage, DiscountAmount,
         MaxRedemptionsPerUser, MaxTotalRedemptions, IsActive, CreatedAt, UpdatedAt, CreatedBy,
         UpdatedBy, CampaignType, MarketingChannel, CampaignSource, UtmSource, UtmMedium,
         UtmCampaign, CurrencyCode, BudgetAmount, BudgetAlertPercent, MarketingCost, StripeCount,
         DeactivationReason, ClonedFromId)
    SELECT @NewId, @Name, g.Description, @StartDate, @EndDate, g.DiscountPercentage,
           g.DiscountAmount, g.MaxRedemptionsPerUser, g.MaxTotalRedemptions, 0, @Now, @Now, @Actor,
           @Actor, g.CampaignType, g.MarketingChannel, g.CampaignSource, g.UtmSource, g.UtmMedium,
           g.UtmCampaign, g.CurrencyCode, g.BudgetAmount, g.BudgetAlertPercent, g.MarketingCost,
           g.StripeCount, N'manual', g.CampaignId
    FROM dbo.Campaigns AS g
    WHERE g.CampaignId = @SourceId;

    SELECT @Stripes = g.StripeCount, @Limit = g.MaxTotalRedemptions, @Budget = g.BudgetAmount
    FROM dbo.Campaigns AS g
    WHERE g.CampaignId = @NewId;
    EXEC dbo.sp_i_MakeStripes
        @CampaignId = @NewId, @StripeCount = @Stripes, @Limit = @Limit, @Budget = @Budget;

    INSERT INTO dbo.CouponTargets (CampaignId, TargetKind, TargetValue, IsExcluded)
    SELECT @NewId, t.TargetKind, t.TargetValue, t.IsExcluded
    FROM dbo.CouponTargets AS t
    WHERE t.CampaignId = @SourceId;
    INSERT INTO dbo.CouponValidationRules
        (CampaignId, RuleType, ConfigJson, IsActive, SortOrder, CreatedAt, CreatedBy, UpdatedAt,
         UpdatedBy)
    SELECT @NewId, r.RuleType, r.ConfigJson, r.IsActive, r.SortOrder, @Now, @Actor, @Now, @Actor
    FROM dbo.CouponValidationRules AS r
    WHERE r.CampaignId = @SourceId;
END;
