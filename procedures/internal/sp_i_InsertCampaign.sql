SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes a new campaign with its stripes and tiers, its audit row and its event.
Called by: sp_CreateCampaign, inside its transaction, which keeps the id absent until then
Locks:     L4 (the new campaign and its stripes); L11 inserts
Returns:   nothing
Throws:    by sp_i_Audit 50008, 50102
Replay:    none; the campaign exists afterwards
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_InsertCampaign
    @CampaignId nvarchar(100), @Name nvarchar(200), @StartDate datetime2(3),
    @EndDate datetime2(3), @Description nvarchar(1000), @DiscountPercentage decimal(5,2),
    @DiscountAmount decimal(10,2), @MaxRedemptionsPerUser int, @MaxTotalRedemptions int,
    @CampaignType nvarchar(20), @BudgetAmount decimal(10,2), @BudgetAlertPercent tinyint,
    @MarketingCost decimal(10,2), @MarketingChannel nvarchar(20), @CampaignSource nvarchar(100),
    @UtmSource nvarchar(100), @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100),
    @CurrencyCode nchar(3), @IsActive bit, @StripeCount tinyint,
    @TiersJson nvarchar(max),            -- as they were given, for the audit log
    @TargetsJson nvarchar(max),          -- the same tiers as targets
    @Actor nvarchar(200), @IpAddress nvarchar(45), @UserAgent nvarchar(500),
    @Reason nvarchar(500), @CorrelationId nvarchar(200), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @AfterJson nvarchar(max), @PayloadJson nvarchar(max);

    INSERT INTO dbo.Campaigns
        (CampaignId, Name, Description, StartDate, EndDate, DiscountPercentage,
         DiscountAmount, MaxRedemptionsPerUser, MaxTotalRedemptions, IsActive, CreatedAt,
         UpdatedAt, CreatedBy, UpdatedBy, CampaignType, MarketingChannel, CampaignSource,
         UtmSource, UtmMedium, UtmCampaign, CurrencyCode, BudgetAmount, BudgetAlertPercent,
         MarketingCost, StripeCount, DeactivationReason)
    VALUES
        (@CampaignId, @Name, @Description, @StartDate, @EndDate, @DiscountPercentage,
         @DiscountAmount, @MaxRedemptionsPerUser, @MaxTotalRedemptions, @IsActive, @Now,
         @Now, @Actor, @Actor, @CampaignType, @MarketingChannel,
         NULLIF(TRIM(@CampaignSource), N''), NULLIF(TRIM(@UtmSource), N''),
         NULLIF(TRIM(@UtmMedium), N''), NULLIF(TRIM(@UtmCampaign), N''), @CurrencyCode,
         @BudgetAmount, @BudgetAlertPercent, @MarketingCost, @StripeCount,
         IIF(@IsActive = 1, NULL, N'manual'));

    EXEC dbo.sp_i_MakeStripes @CampaignId = @CampaignId, @StripeCount = @StripeCount,
         @Limit = @MaxTotalRedemptions, @Budget = @BudgetAmount;
    IF @TargetsJson IS NOT NULL
        EXEC dbo.sp_i_AddTargets @CampaignId = @CampaignId, @TargetsJson = @TargetsJson;

    SET @AfterJson = (
        SELECT @Name AS name, @StartDate AS startDate, @EndDate AS endDate,
               @DiscountPercentage AS discountPercentage,
               @DiscountAmount AS discountAmount,
               @MaxRedemptionsPerUser AS maxRedemptionsPerUser,
               @MaxTotalRedemptions AS maxTotalRedemptions, @CampaignType AS campaignType,
               @BudgetAmount AS budgetAmount, @CurrencyCode AS currencyCode,
               @StripeCount AS stripeCount, @IsActive AS isActive,
               JSON_QUERY(@TiersJson) AS tiers
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
    SET @PayloadJson = (SELECT @CampaignId AS id, N'create' AS action, @Actor AS actor
                        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'campaign.create', @EntityType = N'campaign',
         @EntityId = @CampaignId, @AfterJson = @AfterJson, @Actor = @Actor,
         @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
         @CorrelationId = @CorrelationId, @Now = @Now;
    EXEC dbo.sp_i_Enqueue @EventType = N'campaign_changed', @EntityType = N'campaign',
         @EntityId = @CampaignId, @PayloadJson = @PayloadJson, @Now = @Now;
END;
