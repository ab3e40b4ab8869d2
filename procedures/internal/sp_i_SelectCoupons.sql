SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Finds the coupons of a bulk change: those of a list of codes, or what sp_SearchCoupons
           finds with the same filter. Order and pages of the filter do not matter here; of more
           than @MaxRows coupons the first by CouponId are taken.
Called by: sp_BulkUpdateCoupons, before its transaction
Locks:     none
Returns:   @FoundJson, an array of {couponId, code} (without couponId: a code that does not exist);
           @Matched, how many coupons there are altogether
Throws:    50004; by its checks and the search 50002, 50003, 50004, 50006, 50008, 50009
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SelectCoupons
    @CodesJson nvarchar(max),
    @FilterJson nvarchar(max),
    @MaxRows int,
    @FoundJson nvarchar(max) OUTPUT,
    @Matched int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Search nvarchar(100), @Fuzzy bit, @StatusJson nvarchar(max),
            @DiscountType nvarchar(20), @ApplicableTo nvarchar(30), @CampaignId nvarchar(200),
            @CampaignSource nvarchar(100), @DatePreset nvarchar(20), @DateFrom datetime2(3),
            @DateTo datetime2(3), @DateField nvarchar(10), @UsageMin int, @UsageMax int,
            @RevenueMin decimal(14,2), @RevenueMax decimal(14,2), @ConversionMin decimal(7,4),
            @ConversionMax decimal(7,4), @IncludeGenerated bit, @IncludeDeleted bit,
            @PageNo int = 1, @Before int = -1, @Rows int = 0;
    DECLARE @Codes TABLE (
        Code nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        CouponId bigint NULL);
    -- The rows of sp_SearchCoupons.
    DECLARE @Found TABLE (
        CouponId bigint NOT NULL, CouponCode nvarchar(50) NULL, InternalName nvarchar(100) NULL,
        Description nvarchar(1000) NULL, CampaignId nvarchar(100) NULL,
        CampaignSource nvarchar(100) NULL, CouponType nvarchar(30) NULL,
        DiscountType nvarchar(20) NULL, DiscountValue decimal(10,2) NULL,
        ApplicableTo nvarchar(30) NULL, DisplayStatus nvarchar(20) NULL,
        LifecycleState nvarchar(20) NULL, UsedCount int NULL, MaxUses int NULL,
        UsageText nvarchar(50) NULL, UsagePercent decimal(9,2) NULL,
        RevenueTotal decimal(38,2) NULL,
        ConversionRate decimal(18,4) NULL, SuccessRate decimal(18,4) NULL, Trend nvarchar(10) NULL,
        CreatedAt datetime2(3) NULL, ExpiresAt datetime2(3) NULL, LastUsedAt datetime2(3) NULL,
        GenerationBatchId nvarchar(100) NULL, DeletedAt datetime2(3) NULL, MatchRank int NULL,
        TotalRows int NULL);

    IF @CodesJson IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_CheckJson
            @Json = @CodesJson, @Parameter = N'@CodesJson', @Shape = N'array';
        -- OPENJSON type 1 is text.
        IF EXISTS (SELECT 1 FROM OPENJSON(@CodesJson) AS j
                   WHERE j.[type] <> 1 OR LEN(j.[value]) > 200)
            THROW 50004, N'ARG_BAD_JSON: @CodesJson takes an array of codes.', 1;
        INSERT INTO @Codes (Code, CouponId)
        SELECT DISTINCT n.Code, k.CouponId
        FROM OPENJSON(@CodesJson) AS j
        CROSS APPLY dbo.fn_NormaliseCode(j.[value]) AS n
        LEFT JOIN dbo.Coupons AS k ON k.CouponCode = n.Code
        WHERE n.Code <> N'';
    END
    ELSE
    BEGIN
        EXEC dbo.sp_i_CheckFilter @FilterJson = @FilterJson;
        SELECT @Search = j.Search, @Fuzzy = j.Fuzzy,
               @StatusJson = COALESCE(j.StatusArray, j.StatusJson),
               @DiscountType = j.DiscountType, @ApplicableTo = j.ApplicableTo,
               @CampaignId = j.CampaignId, @CampaignSource = j.CampaignSource,
               @DatePreset = j.DatePreset, @DateFrom = j.DateFrom, @DateTo = j.DateTo,
               @DateField = j.DateField, @UsageMin = j.UsageMin, @UsageMax = j.UsageMax,
               @RevenueMin = j.RevenueMin, @RevenueMax = j.RevenueMax,
               @ConversionMin = j.ConversionMin, @ConversionMax = j.ConversionMax,
               @IncludeGenerated = j.IncludeGenerated, @IncludeDeleted = j.IncludeDeleted
        FROM OPENJSON(@FilterJson) WITH (
            Search nvarchar(100) '$.search', Fuzzy bit '$.fuzzy',
            StatusArray nvarchar(max) '$.statusJson' AS JSON,
            StatusJson nvarchar(max) '$.statusJson', DiscountType nvarchar(20) '$.discountType',
            ApplicableTo nvarchar(30) '$.applicableTo', CampaignId nvarchar(200) '$.campaignId',
            CampaignSource nvarchar(100) '$.campaignSource',
            DatePreset nvarchar(20) '$.datePreset', DateFrom datetime2(3) '$.dateFrom',
            DateTo datetime2(3) '$.dateTo', DateField nvarchar(10) '$.dateField',
            UsageMin int '$.usageMin', UsageMax int '$.usageMax',
            RevenueMin decimal(14,2) '$.revenueMin', RevenueMax decimal(14,2) '$.revenueMax',
            ConversionMin decimal(7,4) '$.conversionMin',
            ConversionMax decimal(7,4) '$.conversionMax',
            IncludeGenerated bit '$.includeGenerated',
            IncludeDeleted bit '$.includeDeleted') AS j;

        -- Page by page until one brings nothing new.
        WHILE @Rows > @Before
        BEGIN
            INSERT INTO @Found
            EXEC dbo.sp_SearchCoupons
                @Search = @Search, @Fuzzy = @Fuzzy, @StatusJson = @StatusJson,
                @DiscountType = @DiscountType, @ApplicableTo = @ApplicableTo,
                @CampaignId = @CampaignId, @CampaignSource = @CampaignSource,
                @DatePreset = @DatePreset, @DateFrom = @DateFrom, @DateTo = @DateTo,
                @DateField = @DateField, @UsageMin = @UsageMin, @UsageMax = @UsageMax,
                @RevenueMin = @RevenueMin, @RevenueMax = @RevenueMax,
                @ConversionMin = @ConversionMin, @ConversionMax = @ConversionMax,
                @IncludeGenerated = @IncludeGenerated, @IncludeDeleted = @IncludeDeleted,
                @SortField = N'code', @PageSize = 1000, @PageNo = @PageNo;
            SELECT @Before = @Rows, @PageNo += 1;
            SELECT @Rows = COUNT(*) FROM @Found AS f;
        END;
        INSERT INTO @Codes (Code, CouponId)
        SELECT DISTINCT k.CouponCode, k.CouponId
        FROM @Found AS f
        INNER JOIN dbo.Coupons AS k ON k.CouponId = f.CouponId;
    END;

    SELECT @Matched = COUNT(c.CouponId) FROM @Codes AS c;
    SET @FoundJson = (
        SELECT f.CouponId AS couponId, f.Code AS code
        FROM (SELECT c.CouponId, c.Code, ROW_NUMBER() OVER (ORDER BY c.CouponId) AS Place
              FROM @Codes AS c
              WHERE c.CouponId IS NOT NULL
              UNION ALL
              SELECT c.CouponId, c.Code, 0
              FROM @Codes AS c
              WHERE c.CouponId IS NULL) AS f
        WHERE f.Place <= @MaxRows
        FOR JSON PATH);
END;
