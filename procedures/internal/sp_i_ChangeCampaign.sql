SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Body of changing a campaign: merges what is given with what is stored, holds the result
           against the rules, and writes limits, row and tiers. A striped campaign is not locked by
           its redemptions, therefore its stripes are written before the row.
Called by: sp_UpdateCampaign, inside its transaction
Locks:     L4 (the campaign, then all its stripes, ascending)
Returns:   @ErrorCode and @Message; @BeforeJson and @AfterJson, equal when nothing was written
Throws:    by sp_i_CheckCampaign 50001-50009
Replay:    the present values again write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ChangeCampaign
    @CampaignId nvarchar(100), @Name nvarchar(200), @StartDate datetime2(3),
    @EndDate datetime2(3), @Description nvarchar(1000), @DiscountPercentage decimal(5,2),
    @DiscountAmount decimal(10,2), @MaxRedemptionsPerUser int, @MaxTotalRedemptions int,
    @CampaignType nvarchar(20), @BudgetAmount decimal(10,2), @BudgetAlertPercent tinyint,
    @MarketingCost decimal(10,2), @MarketingChannel nvarchar(20), @CampaignSource nvarchar(100),
    @UtmSource nvarchar(100), @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100),
    @CurrencyCode nchar(3), @IsActive bit, @StripeCount tinyint, @TargetsJson nvarchar(max),
    @ExpectedRowVer binary(8), @Clear nvarchar(410), @Actor nvarchar(200),
    @Now datetime2(3) OUTPUT, @BeforeJson nvarchar(max) OUTPUT, @AfterJson nvarchar(max) OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @RowVer binary(8), @WasActive bit, @WasReason nvarchar(30), @OldLimit int,
            @OldBudget decimal(10,2), @OldStripes tinyint,
            @DeactivationReason nvarchar(30), @IsRaised bit, @IsSpread bit, @Used int;

    -- UPDLOCK: what is read here is what is written below. NULL keeps, unless it is cleared.
    SELECT @RowVer = c.RowVer, @WasActive = c.IsActive, @WasReason = c.DeactivationReason,
           @OldLimit = c.MaxTotalRedemptions, @OldBudget = c.BudgetAmount,
           @OldStripes = c.StripeCount,
           @Name = COALESCE(@Name, c.Name), @StartDate = COALESCE(@StartDate, c.StartDate),
           @CampaignType = COALESCE(@CampaignType, c.CampaignType),
           @BudgetAlertPercent = COALESCE(@BudgetAlertPercent, c.BudgetAlertPercent),
           @MarketingCost = COALESCE(@MarketingCost, c.MarketingCost),
           @CurrencyCode = COALESCE(@CurrencyCode, c.CurrencyCode),
           @StripeCount = COALESCE(@StripeCount, c.StripeCount),
           @EndDate = IIF(@Clear LIKE N'%,EndDate,%', NULL, COALESCE(@EndDate, c.EndDate)),
           @Description = IIF(@Clear LIKE N'%,Description,%', NULL,
                              COALESCE(@Description, c.Description)),
           @DiscountPercentage = IIF(@Clear LIKE N'%,DiscountPercentage,%', NULL,
                                     COALESCE(@DiscountPercentage, c.DiscountPercentage)),
           @DiscountAmount = IIF(@Clear LIKE N'%,DiscountAmount,%', NULL,
                                 COALESCE(@DiscountAmount, c.DiscountAmount)),
           @MaxRedemptionsPerUser = CASE WHEN @Clear LIKE N'%,MaxRedemptionsPerUser,%' THEN NULL
                                         WHEN @MaxRedemptionsPerUser = 0 THEN NULL
                                         ELSE COALESCE(@MaxRedemptionsPerUser,
                                                       c.MaxRedemptionsPerUser) END,
           @MaxTotalRedemptions = IIF(@Clear LIKE N'%,MaxTotalRedemptions,%', NULL,
                                      COALESCE(@MaxTotalRedemptions, c.MaxTotalRedemptions)),
           @BudgetAmount = IIF(@Clear LIKE N'%,BudgetAmount,%', NULL,
                               COALESCE(@BudgetAmount, c.BudgetAmount)),
           @MarketingChannel = IIF(@Clear LIKE N'%,MarketingChannel,%', NULL,
                                   COALESCE(@MarketingChannel, c.MarketingChannel)),
           @CampaignSource = IIF(@Clear LIKE N'%,CampaignSource,%', NULL,
                                 COALESCE(@CampaignSource, c.CampaignSource)),
           @UtmSource = IIF(@Clear LIKE N'%,UtmSource,%', NULL, COALESCE(@UtmSource, c.UtmSource)),
           @UtmMedium = IIF(@Clear LIKE N'%,UtmMedium,%', NULL, COALESCE(@UtmMedium, c.UtmMedium)),
           @UtmCampaign = IIF(@Clear LIKE N'%,UtmCampaign,%', NULL,
                              COALESCE(@UtmCampaign, c.UtmCampaign))
    FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;

    SELECT @ErrorCode = CASE WHEN @RowVer IS NULL THEN N'CAMPAIGN_NOT_FOUND'
                             WHEN @RowVer <> @ExpectedRowVer THEN N'CONCURRENT_UPDATE' END,
           @Message = CASE WHEN @RowVer IS NULL
                               THEN CONCAT(N'Campaign ', @CampaignId, N' not found.')
                           WHEN @RowVer <> @ExpectedRowVer
                               THEN N'The campaign was changed since it was read.'
                           ELSE N'Campaign updated.' END;
    IF @ErrorCode IS NOT NULL RETURN;

    EXEC dbo.sp_i_CheckCampaign
        @CampaignId = @CampaignId, @Name = @Name, @StartDate = @StartDate, @EndDate = @EndDate,
        @DiscountPercentage = @DiscountPercentage, @DiscountAmount = @DiscountAmount,
        @MaxRedemptionsPerUser = @MaxRedemptionsPerUser,
        @MaxTotalRedemptions = @MaxTotalRedemptions, @CampaignType = @CampaignType,
        @BudgetAmount = @BudgetAmount, @BudgetAlertPercent = @BudgetAlertPercent,
        @MarketingCost = @MarketingCost, @MarketingChannel = @MarketingChannel,
        @CurrencyCode = @CurrencyCode, @StripeCount = @StripeCount;
    EXEC dbo.sp_i_ShowCampaign @CampaignId = @CampaignId, @Json = @BeforeJson OUTPUT;

    -- No budget any more is the largest raise of all.
    SET @IsRaised = IIF(@OldBudget IS NOT NULL
                        AND (@BudgetAmount IS NULL OR @BudgetAmount > @OldBudget), 1, 0);
    SET @IsActive = COALESCE(@IsActive, IIF(@IsRaised = 1 AND @WasReason = N'budget_exhausted', 1,
                                            @WasActive));
    SET @DeactivationReason = CASE WHEN @IsActive = 1 THEN NULL
                                   WHEN @WasActive = 1 THEN N'manual'
                                   ELSE @WasReason END;

    -- Stripes before the row: whoever holds one ends first, whoever comes later sees the row.
    SET @IsSpread = IIF(COALESCE(@OldLimit, 0) <> COALESCE(@MaxTotalRedemptions, 0)
                        OR COALESCE(@OldBudget, 0) <> COALESCE(@BudgetAmount, 0)
                        OR @OldStripes <> @StripeCount, 1, 0);
    IF @WasActive = 1 AND @IsActive = 0
        EXEC dbo.sp_i_StopCampaignStripes @CampaignId = @CampaignId;
    ELSE IF @IsSpread = 1
        EXEC dbo.sp_i_LockCampaignStripes @CampaignId = @CampaignId;

    IF @IsSpread = 1
        SELECT @Used = SUM(s.UsedCount),
               @ErrorCode = IIF(SUM(s.UsedCount + s.ReservedCount) > @MaxTotalRedemptions
                                OR SUM(s.BudgetUsed + s.BudgetReserved) > @BudgetAmount,
                                N'LIMIT_BELOW_USAGE', NULL)
        FROM dbo.CampaignCounterStripes AS s
        WHERE s.CampaignId = @CampaignId;
    IF @ErrorCode IS NOT NULL
    BEGIN
        SET @Message = N'More is used or reserved than the new limit or budget allows.';
        RETURN;
    END;

    SET @Now = SYSUTCDATETIME();
    EXEC dbo.sp_i_WriteCampaign
        @CampaignId = @CampaignId, @Name = @Name, @StartDate = @StartDate, @EndDate = @EndDate,
        @Description = @Description, @DiscountPercentage = @DiscountPercentage,
        @DiscountAmount = @DiscountAmount, @MaxRedemptionsPerUser = @MaxRedemptionsPerUser,
        @MaxTotalRedemptions = @MaxTotalRedemptions, @CampaignType = @CampaignType,
        @BudgetAmount = @BudgetAmount, @BudgetAlertPercent = @BudgetAlertPercent,
        @MarketingCost = @MarketingCost, @MarketingChannel = @MarketingChannel,
        @CampaignSource = @CampaignSource, @UtmSource = @UtmSource, @UtmMedium = @UtmMedium,
        @UtmCampaign = @UtmCampaign, @CurrencyCode = @CurrencyCode, @IsActive = @IsActive,
        @DeactivationReason = @DeactivationReason, @StripeCount = @StripeCount,
        @IsRaised = @IsRaised, @Used = @Used, @TargetsJson = @TargetsJson, @Actor = @Actor,
        @Now = @Now;
    IF @IsSpread = 1 EXEC dbo.sp_i_StripeCampaign @CampaignId = @CampaignId;
    EXEC dbo.sp_i_ShowCampaign @CampaignId = @CampaignId, @Json = @AfterJson OUTPUT;
END;
