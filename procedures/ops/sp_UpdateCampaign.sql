SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes a campaign: NULL keeps a column, @ClearColumns (a comma list) sets columns NULL,
           @MaxRedemptionsPerUser 0 means unlimited, @TiersJson replaces the tiers. A new limit or
           budget is spread over the stripes; a raised budget brings an exhausted campaign back.
Called by: coupon_ops
Locks:     L4 (the campaign, then all its stripes, ascending), L11 inserts
Returns:   SR + RowVer. CAMPAIGN_NOT_FOUND, CONCURRENT_UPDATE, LIMIT_BELOW_USAGE
Throws:    50102; by its checks 50001-50009
Replay:    the present values again succeed and write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_UpdateCampaign
    @CampaignId nvarchar(200),
    @Name nvarchar(200) = NULL,
    @StartDate datetime2(3) = NULL,
    @EndDate datetime2(3) = NULL,
    @Description nvarchar(1000) = NULL,
    @DiscountPercentage decimal(5,2) = NULL,
    @DiscountAmount decimal(10,2) = NULL,
    @MaxRedemptionsPerUser int = NULL,
    @MaxTotalRedemptions int = NULL,
    @CampaignType nvarchar(20) = NULL,
    @BudgetAmount decimal(10,2) = NULL,
    @BudgetAlertPercent tinyint = NULL,
    @MarketingCost decimal(10,2) = NULL,
    @MarketingChannel nvarchar(20) = NULL,
    @CampaignSource nvarchar(100) = NULL,
    @UtmSource nvarchar(100) = NULL,
    @UtmMedium nvarchar(100) = NULL,
    @UtmCampaign nvarchar(100) = NULL,
    @CurrencyCode nchar(3) = NULL,
    @IsActive bit = NULL,
    @StripeCount tinyint = NULL,
    @TiersJson nvarchar(max) = NULL,
    @ExpectedRowVer binary(8) = NULL,
    @ClearColumns nvarchar(400) = NULL,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @RowVer binary(8), @TargetsJson nvarchar(max),
            @Clear nvarchar(410), @GivenJson nvarchar(max), @BeforeJson nvarchar(max),
            @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'campaign', @CampaignId = @CampaignId OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    SELECT @Name = NULLIF(TRIM(@Name), N''), @Description = NULLIF(TRIM(@Description), N''),
           @CampaignType = NULLIF(TRIM(@CampaignType), N''),
           @MarketingChannel = NULLIF(TRIM(@MarketingChannel), N''),
           @CampaignSource = NULLIF(TRIM(@CampaignSource), N''),
           @UtmSource = NULLIF(TRIM(@UtmSource), N''), @UtmMedium = NULLIF(TRIM(@UtmMedium), N''),
           @UtmCampaign = NULLIF(TRIM(@UtmCampaign), N''),
           @CurrencyCode = NULLIF(@CurrencyCode, N''), @TiersJson = NULLIF(TRIM(@TiersJson), N'');
    SET @GivenJson = (
        SELECT @Description AS Description, @EndDate AS EndDate,
               @DiscountPercentage AS DiscountPercentage, @DiscountAmount AS DiscountAmount,
               @MaxRedemptionsPerUser AS MaxRedemptionsPerUser,
               @MaxTotalRedemptions AS MaxTotalRedemptions, @BudgetAmount AS BudgetAmount,
               @MarketingChannel AS MarketingChannel, @CampaignSource AS CampaignSource,
               @UtmSource AS UtmSource, @UtmMedium AS UtmMedium, @UtmCampaign AS UtmCampaign
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
    EXEC dbo.sp_i_CheckClear
        @ClearColumns = @ClearColumns, @GivenJson = @GivenJson, @Clear = @Clear OUTPUT;
    EXEC dbo.sp_i_CheckJson @Json = @TiersJson, @Parameter = N'@TiersJson', @Shape = N'array';
    IF @TiersJson IS NOT NULL SET @TargetsJson = CONCAT(N'{"tier":', @TiersJson, N'}');
    EXEC dbo.sp_i_CheckTargets @TargetsJson = @TargetsJson, @Parameter = N'@TiersJson';

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_ChangeCampaign
            @CampaignId = @CampaignId, @Name = @Name, @StartDate = @StartDate,
            @EndDate = @EndDate, @Description = @Description,
            @DiscountPercentage = @DiscountPercentage, @DiscountAmount = @DiscountAmount,
            @MaxRedemptionsPerUser = @MaxRedemptionsPerUser,
            @MaxTotalRedemptions = @MaxTotalRedemptions, @CampaignType = @CampaignType,
            @BudgetAmount = @BudgetAmount, @BudgetAlertPercent = @BudgetAlertPercent,
            @MarketingCost = @MarketingCost, @MarketingChannel = @MarketingChannel,
            @CampaignSource = @CampaignSource, @UtmSource = @UtmSource, @UtmMedium = @UtmMedium,
            @UtmCampaign = @UtmCampaign, @CurrencyCode = @CurrencyCode, @IsActive = @IsActive,
            @StripeCount = @StripeCount, @TargetsJson = @TargetsJson,
            @ExpectedRowVer = @ExpectedRowVer, @Clear = @Clear, @Actor = @Actor,
            @Now = @Now OUTPUT, @BeforeJson = @BeforeJson OUTPUT, @AfterJson = @AfterJson OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;

        IF @ErrorCode IS NULL AND @BeforeJson <> @AfterJson COLLATE Latin1_General_100_BIN2
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'campaign', @EntityId = @CampaignId, @Verb = N'update',
                @BeforeJson = @BeforeJson, @AfterJson = @AfterJson, @Actor = @Actor,
                @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                @CorrelationId = @CorrelationId, @Now = @Now;

        SELECT @RowVer = c.RowVer
        FROM dbo.Campaigns AS c
        WHERE c.CampaignId = @CampaignId AND @ErrorCode IS NULL;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @RowVer AS RowVer;
END;
