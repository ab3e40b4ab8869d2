SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Creates a campaign with its counter stripes and the tiers it is meant for.
Called by: coupon_ops
Locks:     L4 (the id, whose absence is protected), L11 inserts
Returns:   SR + CampaignId
Throws:    50008, 50100, 50102; by its checks 50001-50009
Replay:    creating an id again, also a deleted one, ends as CAMPAIGN_EXISTS and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_CreateCampaign
    @CampaignId nvarchar(200),
    @Name nvarchar(200),
    @StartDate datetime2(3),
    @EndDate datetime2(3) = NULL,
    @Description nvarchar(1000) = NULL,
    @DiscountPercentage decimal(5,2) = NULL,
    @DiscountAmount decimal(10,2) = NULL,
    @MaxRedemptionsPerUser int = 1,
    @MaxTotalRedemptions int = NULL,
    @CampaignType nvarchar(20) = N'promotional',
    @BudgetAmount decimal(10,2) = NULL,
    @BudgetAlertPercent tinyint = NULL,
    @MarketingCost decimal(10,2) = 0,
    @MarketingChannel nvarchar(20) = NULL,
    @CampaignSource nvarchar(100) = NULL,
    @UtmSource nvarchar(100) = NULL,
    @UtmMedium nvarchar(100) = NULL,
    @UtmCampaign nvarchar(100) = NULL,
    @CurrencyCode nchar(3) = N'USD',
    @IsActive bit = 1,
    @StripeCount tinyint = 1,
    @TiersJson nvarchar(max) = NULL,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Campaign created.',
            @TargetsJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @CampaignId = NULLIF(TRIM(@CampaignId), N''), @Name = NULLIF(TRIM(@Name), N''),
           @Description = NULLIF(TRIM(@Description), N''),
           @CampaignType = COALESCE(NULLIF(TRIM(@CampaignType), N''), N'promotional'),
           @MarketingChannel = NULLIF(TRIM(@MarketingChannel), N''),
           @CurrencyCode = COALESCE(NULLIF(@CurrencyCode, N''), N'USD'),
           @TiersJson = NULLIF(TRIM(@TiersJson), N''),
           @MaxRedemptionsPerUser = NULLIF(@MaxRedemptionsPerUser, 0), -- 0 = unlimited
           @MarketingCost = COALESCE(@MarketingCost, 0), @IsActive = COALESCE(@IsActive, 1),
           @StripeCount = COALESCE(@StripeCount, 1),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @BudgetAlertPercent IS NULL
        SELECT @BudgetAlertPercent = s.IntValue FROM dbo.fn_Setting(N'budget_alert_percent') AS s;

    IF @BudgetAlertPercent IS NULL THROW 50100, N'SETTING_MISSING: budget_alert_percent', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    EXEC dbo.sp_i_CheckCampaign
        @CampaignId = @CampaignId, @Name = @Name, @StartDate = @StartDate, @EndDate = @EndDate,
        @DiscountPercentage = @DiscountPercentage, @DiscountAmount = @DiscountAmount,
        @MaxRedemptionsPerUser = @MaxRedemptionsPerUser,
        @MaxTotalRedemptions = @MaxTotalRedemptions, @CampaignType = @CampaignType,
        @BudgetAmount = @BudgetAmount, @BudgetAlertPercent = @BudgetAlertPercent,
        @MarketingCost = @MarketingCost, @MarketingChannel = @MarketingChannel,
        @CurrencyCode = @CurrencyCode, @StripeCount = @StripeCount;
    EXEC dbo.sp_i_CheckJson @Json = @TiersJson, @Parameter = N'@TiersJson', @Shape = N'array';
    IF @TiersJson IS NOT NULL SET @TargetsJson = CONCAT(N'{"tier":', @TiersJson, N'}');
    EXEC dbo.sp_i_CheckTargets @TargetsJson = @TargetsJson, @Parameter = N'@TiersJson';

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- HOLDLOCK keeps the id absent until the commit; UPDLOCK makes a second creator wait.
        IF EXISTS (SELECT 1 FROM dbo.Campaigns AS c WITH (UPDLOCK, HOLDLOCK)
                   WHERE c.CampaignId = @CampaignId)
            SELECT @ErrorCode = N'CAMPAIGN_EXISTS',
                   @Message = CONCAT(N'Campaign ', @CampaignId, N' exists already.');
        ELSE
            EXEC dbo.sp_i_InsertCampaign
                @CampaignId = @CampaignId, @Name = @Name, @StartDate = @StartDate,
                @EndDate = @EndDate, @Description = @Description,
                @DiscountPercentage = @DiscountPercentage, @DiscountAmount = @DiscountAmount,
                @MaxRedemptionsPerUser = @MaxRedemptionsPerUser,
                @MaxTotalRedemptions = @MaxTotalRedemptions, @CampaignType = @CampaignType,
                @BudgetAmount = @BudgetAmount, @BudgetAlertPercent = @BudgetAlertPercent,
                @MarketingCost = @MarketingCost, @MarketingChannel = @MarketingChannel,
                @CampaignSource = @CampaignSource, @UtmSource = @UtmSource, @UtmMedium = @UtmMedium,
                @UtmCampaign = @UtmCampaign, @CurrencyCode = @CurrencyCode, @IsActive = @IsActive,
                @StripeCount = @StripeCount, @TiersJson = @TiersJson, @TargetsJson = @TargetsJson,
                @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @CampaignId, NULL) AS CampaignId;
END;
