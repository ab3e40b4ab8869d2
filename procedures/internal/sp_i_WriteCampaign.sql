SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes a changed campaign: its targets and its row, when anything differs.
Called by: sp_i_ChangeCampaign
Locks:     the caller holds the campaign (L4), with its stripes when they change; L11: targets
Returns:   nothing
Throws:    nothing of its own
Replay:    the present values again write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_WriteCampaign
    @CampaignId nvarchar(100), @Name nvarchar(200), @StartDate datetime2(3),
    @EndDate datetime2(3), @Description nvarchar(1000), @DiscountPercentage decimal(5,2),
    @DiscountAmount decimal(10,2), @MaxRedemptionsPerUser int, @MaxTotalRedemptions int,
    @CampaignType nvarchar(20), @BudgetAmount decimal(10,2), @BudgetAlertPercent tinyint,
    @MarketingCost decimal(10,2), @MarketingChannel nvarchar(20), @CampaignSource nvarchar(100),
    @UtmSource nvarchar(100), @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100),
    @CurrencyCode nchar(3), @IsActive bit, @DeactivationReason nvarchar(30), @StripeCount tinyint,
    @IsRaised bit,                       -- more budget than before: the alert is sent anew
    @Used int,                           -- the sum over the stripes, where it was taken
    @TargetsJson nvarchar(max),
    @Actor nvarchar(200),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    EXEC dbo.sp_i_ReplaceTargets @CampaignId = @CampaignId, @TargetsJson = @TargetsJson;
    UPDATE c
    SET Name = @Name, Description = @Description, StartDate = @StartDate, EndDate = @EndDate,
        DiscountPercentage = @DiscountPercentage, DiscountAmount = @DiscountAmount,
        MaxRedemptionsPerUser = @MaxRedemptionsPerUser,
        MaxTotalRedemptions = @MaxTotalRedemptions,
        CurrentRedemptions = COALESCE(@Used, c.CurrentRedemptions), IsActive = @IsActive,
        DeactivationReason = @DeactivationReason, CampaignType = @CampaignType,
        MarketingChannel = @MarketingChannel, CampaignSource = @CampaignSource,
        UtmSource = @UtmSource, UtmMedium = @UtmMedium, UtmCampaign = @UtmCampaign,
        CurrencyCode = @CurrencyCode, BudgetAmount = @BudgetAmount,
        BudgetAlertPercent = @BudgetAlertPercent,
        BudgetAlertSentAt = IIF(@IsRaised = 1, NULL, c.BudgetAlertSentAt),
        MarketingCost = @MarketingCost, StripeCount = @StripeCount, UpdatedAt = @Now,
        UpdatedBy = @Actor
    FROM dbo.Campaigns AS c
    WHERE c.CampaignId = @CampaignId
      AND (@TargetsJson IS NOT NULL OR EXISTS (
          SELECT c.Name COLLATE Latin1_General_100_BIN2,
                 c.Description COLLATE Latin1_General_100_BIN2, c.StartDate, c.EndDate,
                 c.DiscountPercentage, c.DiscountAmount, c.MaxRedemptionsPerUser,
                 c.MaxTotalRedemptions, c.IsActive, c.CampaignType, c.MarketingChannel,
                 c.CampaignSource COLLATE Latin1_General_100_BIN2,
                 c.UtmSource COLLATE Latin1_General_100_BIN2,
                 c.UtmMedium COLLATE Latin1_General_100_BIN2,
                 c.UtmCampaign COLLATE Latin1_General_100_BIN2, c.CurrencyCode, c.BudgetAmount,
                 c.BudgetAlertPercent, c.MarketingCost, c.StripeCount
          EXCEPT
          SELECT @Name, @Description, @StartDate, @EndDate, @DiscountPercentage, @DiscountAmount,
                 @MaxRedemptionsPerUser, @MaxTotalRedemptions, @IsActive, @CampaignType,
                 @MarketingChannel, @CampaignSource, @UtmSource, @UtmMedium, @UtmCampaign,
                 @CurrencyCode, @BudgetAmount, @BudgetAlertPercent, @MarketingCost, @StripeCount));
END;
