SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Finds codes by text, state, kind, campaign, period, usage, revenue and conversion. A text
           is looked for in code, internal name, description and source: rank 1 is the code itself,
           2 its beginning, 3 anywhere, 4 what looks or sounds alike (@Fuzzy); 0 without a text.
           Generated and deleted codes come only when asked for. Periods are half-open. Sorted by
           rank, then by one or two fields, then by CouponId.
Called by: coupon_ops
Locks:     none
Returns:   rows of vw_CouponList + MatchRank, TotalRows
Throws:    50002, 50003, 50004, 50006, 50008, 50009
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_SearchCoupons
    @Search nvarchar(100) = NULL,
    @Fuzzy bit = 1,
    @StatusJson nvarchar(max) = NULL,
    @DiscountType nvarchar(20) = NULL,
    @ApplicableTo nvarchar(30) = NULL,
    @CampaignId nvarchar(200) = NULL,
    @CampaignSource nvarchar(100) = NULL,
    @DatePreset nvarchar(20) = NULL,
    @DateFrom datetime2(3) = NULL,
    @DateTo datetime2(3) = NULL,
    @DateField nvarchar(10) = N'created',
    @UsageMin int = NULL,
    @UsageMax int = NULL,
    @RevenueMin decimal(14,2) = NULL,
    @RevenueMax decimal(14,2) = NULL,
    @ConversionMin decimal(7,4) = NULL,
    @ConversionMax decimal(7,4) = NULL,
    @IncludeGenerated bit = 0,
    @IncludeDeleted bit = 0,
    @SortField nvarchar(20) = N'created',
    @SortDirection nchar(4) = N'desc',
    @SortField2 nvarchar(20) = NULL,
    @SortDirection2 nchar(4) = N'asc',
    @PageSize int = 50,
    @PageNo int = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Text nvarchar(100), @Key nvarchar(200), @Sound nvarchar(100), @HasFigures bit;
    DECLARE @Page TABLE (RowNo bigint NOT NULL PRIMARY KEY, CouponId bigint NOT NULL,
                         MatchRank int NOT NULL, TotalRows int NOT NULL);

    SELECT @Search = NULLIF(TRIM(@Search), N''), @Fuzzy = COALESCE(@Fuzzy, 1),
           @DiscountType = NULLIF(TRIM(@DiscountType), N''),
           @ApplicableTo = NULLIF(TRIM(@ApplicableTo), N''),
           @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @CampaignSource = NULLIF(TRIM(@CampaignSource), N''),
           @DatePreset = NULLIF(TRIM(@DatePreset), N''),
           @DateField = COALESCE(NULLIF(TRIM(@DateField), N''), N'created'),
           @IncludeGenerated = COALESCE(@IncludeGenerated, 0),
           @IncludeDeleted = COALESCE(@IncludeDeleted, 0),
           @SortField = COALESCE(NULLIF(TRIM(@SortField), N''), N'created'),
           @SortField2 = COALESCE(NULLIF(TRIM(@SortField2), N''), N''),
           @SortDirection = COALESCE(NULLIF(TRIM(@SortDirection), N''), N'desc'),
           @SortDirection2 = COALESCE(NULLIF(TRIM(@SortDirection2), N''), N'asc'),
           @PageSize = COALESCE(@PageSize, 50), @PageNo = COALESCE(@PageNo, 1);
    EXEC dbo.sp_i_CheckSearch
         @StatusJson = @StatusJson, @DiscountType = @DiscountType, @ApplicableTo = @ApplicableTo,
         @CampaignId = @CampaignId, @UsageMin = @UsageMin, @UsageMax = @UsageMax,
         @RevenueMin = @RevenueMin, @RevenueMax = @RevenueMax, @ConversionMin = @ConversionMin,
         @ConversionMax = @ConversionMax, @SortField = @SortField, @SortDirection = @SortDirection,
         @SortField2 = @SortField2, @SortDirection2 = @SortDirection2;
    IF @DateField COLLATE Latin1_General_100_BIN2 NOT IN (N'created', N'expires', N'lastUsed')
        THROW 50003, N'ARG_NOT_IN_LIST: @DateField must be created, expires or lastUsed.', 1;
    EXEC dbo.sp_i_ReadPeriod
         @DatePreset = @DatePreset, @FromUtc = @DateFrom OUTPUT, @ToUtc = @DateTo OUTPUT;
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    IF @PageNo NOT BETWEEN 1 AND 1000000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageNo must be 1 to 1000000.', 1;

    -- A name sounds like letters only; what folds to nothing looks like nothing.
    SELECT @Text = UPPER(@Search), @Key = IIF(@Fuzzy = 1, NULLIF(k.SearchKey, N''), NULL),
           @Sound = IIF(@Fuzzy = 1
                        AND @Search COLLATE Latin1_General_100_BIN2 LIKE N'[A-Za-z]%',
                        @Search, NULL)
    FROM dbo.fn_SearchKey(@Search) AS k;
    -- No period given: no moment, not even a missing one, is outside.
    SET @DateField = IIF(COALESCE(@DateFrom, @DateTo) IS NULL, N'', @DateField);
    -- Figures of all codes are only worked out for who filters or sorts by them.
    SET @HasFigures = IIF(
        COALESCE(@StatusJson, @DiscountType) IS NOT NULL
        OR COALESCE(@UsageMin, @UsageMax, @RevenueMin, @RevenueMax, @ConversionMin,
                    @ConversionMax) IS NOT NULL
        OR @SortField NOT IN (N'code', N'created', N'expires')
        OR @SortField2 NOT IN (N'', N'code', N'created', N'expires'), 1, 0);

    -- The page is cut before its rows are read whole. RECOMPILE: a filter that was not given costs
    -- nothing, one that was given finds its index.
    WITH Numbered AS (
        SELECT m.CouponId, m.MatchRank, COUNT(*) OVER () AS TotalRows,
               ROW_NUMBER() OVER (ORDER BY m.MatchRank, m.Number1, m.Up1, m.Down1 DESC, m.Number2,
                                           m.Up2, m.Down2 DESC, m.CouponId) AS RowNo
        FROM dbo.fn_MatchedCoupons(
            @Text, @Key, @Sound, @StatusJson, @DiscountType, @ApplicableTo, @CampaignId,
            @CampaignSource, @DateField, @DateFrom, @DateTo, @UsageMin, @UsageMax, @RevenueMin,
            @RevenueMax, @ConversionMin, @ConversionMax, @IncludeGenerated, @IncludeDeleted,
            @HasFigures, @SortField, @SortDirection, @SortField2, @SortDirection2) AS m
    )
    INSERT INTO @Page (RowNo, CouponId, MatchRank, TotalRows)
    SELECT n.RowNo, n.CouponId, n.MatchRank, n.TotalRows
    FROM Numbered AS n
    WHERE n.RowNo > (@PageNo - 1) * @PageSize AND n.RowNo <= @PageNo * @PageSize
    OPTION (RECOMPILE);

    SELECT l.CouponId, l.CouponCode, l.InternalName, l.Description, l.CampaignId,
           l.CampaignSource, l.CouponType, l.DiscountType, l.DiscountValue, l.ApplicableTo,
           l.DisplayStatus, l.LifecycleState, l.UsedCount, l.MaxUses, l.UsageText, l.UsagePercent,
           l.RevenueTotal, l.ConversionRate, l.SuccessRate, l.Trend, l.CreatedAt, l.ExpiresAt,
           l.LastUsedAt, l.GenerationBatchId, l.DeletedAt, p.MatchRank, p.TotalRows
    FROM @Page AS p
    INNER JOIN dbo.vw_CouponList AS l ON l.CouponId = p.CouponId
    ORDER BY p.RowNo;
END;
