/*
dbo.fn_MatchedCoupons: the codes that meet a search, with the rank of the match and what two fields
of dbo.fn_SearchOrder sort them by. NULL does not filter; @DateField is blank without a period; a
filter or an order by figures needs @HasFigures = 1. @Text, @Key and @Sound are the text that is
looked for: in capitals, folded, and as it sounds.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_MatchedCoupons(
    @Text nvarchar(100),
    @Key nvarchar(200),
    @Sound nvarchar(100),
    @StatusJson nvarchar(max),
    @DiscountType nvarchar(20),
    @ApplicableTo nvarchar(30),
    @CampaignId nvarchar(200),
    @CampaignSource nvarchar(100),
    @DateField nvarchar(10),
    @DateFrom datetime2(3),
    @DateTo datetime2(3),
    @UsageMin int,
    @UsageMax int,
    @RevenueMin decimal(14, 2),
    @RevenueMax decimal(14, 2),
    @ConversionMin decimal(7, 4),
    @ConversionMax decimal(7, 4),
    @IncludeGenerated bit,
    @IncludeDeleted bit,
    @HasFigures bit,
    @SortField nvarchar(20),
    @SortDirection nvarchar(4),
    @SortField2 nvarchar(20),
    @SortDirection2 nvarchar(4)
)
RETURNS TABLE
AS
RETURN
    SELECT c.CouponId, r.MatchRank, x.NumberKey AS Number1, x.TextUp AS Up1,
           x.TextDown AS Down1, y.NumberKey AS Number2, y.TextUp AS Up2, y.TextDown AS Down2
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    CROSS APPLY (SELECT COALESCE(c.CampaignSource, g.CampaignSource) AS CampaignSource) AS s
    CROSS APPLY (
        SELECT CASE WHEN @Text IS NULL THEN 0
                    WHEN c.CouponCode = @Text THEN 1
                    WHEN LEFT(c.CouponCode, LEN(@Text)) = @Text THEN 2
                    WHEN CHARINDEX(@Text, c.CouponCode) > 0
                         OR CHARINDEX(@Text, UPPER(c.InternalName)) > 0
                         OR CHARINDEX(@Text, UPPER(c.Description)) > 0
                         OR CHARINDEX(@Text, UPPER(s.CampaignSource)) > 0 THEN 3
                    WHEN CHARINDEX(@Key, c.SearchKey) > 0
                         OR DIFFERENCE(c.InternalName, @Sound) = 4 THEN 4
               END AS MatchRank) AS r
    OUTER APPLY (
        SELECT v.DiscountType, v.DiscountValue, v.DisplayStatus, v.UsedCount, v.RevenueTotal,
               v.ConversionRate
        FROM dbo.vw_CouponList AS v
        WHERE v.CouponId = c.CouponId AND @HasFigures = 1) AS l
    CROSS APPLY dbo.fn_SearchOrder(
        @SortField, @SortDirection, c.CouponCode, l.DiscountType, l.DiscountValue,
        l.DisplayStatus, l.UsedCount, l.RevenueTotal, l.ConversionRate, c.CreatedAt,
        c.ExpiresAt) AS x
    CROSS APPLY dbo.fn_SearchOrder(
        @SortField2, @SortDirection2, c.CouponCode, l.DiscountType, l.DiscountValue,
        l.DisplayStatus, l.UsedCount, l.RevenueTotal, l.ConversionRate, c.CreatedAt,
        c.ExpiresAt) AS y
    WHERE r.MatchRank IS NOT NULL
          AND (@IncludeGenerated = 1 OR c.GenerationBatchId IS NULL)
          AND (@IncludeDeleted = 1 OR c.DeletedAt IS NULL)
          AND (@CampaignId IS NULL OR c.CampaignId = @CampaignId)
          AND (@CampaignSource IS NULL OR s.CampaignSource = @CampaignSource)
          AND (@ApplicableTo IS NULL OR c.ApplicableTo = @ApplicableTo)
          AND (@DateField <> N'created' OR c.CreatedAt >= @DateFrom AND c.CreatedAt < @DateTo)
          AND (@DateField <> N'expires' OR c.ExpiresAt >= @DateFrom AND c.ExpiresAt < @DateTo)
          AND (@DateField <> N'lastUsed'
               OR c.LastUsedAt >= @DateFrom AND c.LastUsedAt < @DateTo)
          AND (@DiscountType IS NULL OR l.DiscountType = @DiscountType)
          AND (@StatusJson IS NULL
               OR EXISTS (SELECT 1 AS Found FROM OPENJSON(@StatusJson) AS j
                          WHERE j.value = l.DisplayStatus))
          AND (@UsageMin IS NULL OR l.UsedCount >= @UsageMin)
          AND (@UsageMax IS NULL OR l.UsedCount <= @UsageMax)
          AND (@RevenueMin IS NULL OR l.RevenueTotal >= @RevenueMin)
          AND (@RevenueMax IS NULL OR l.RevenueTotal <= @RevenueMax)
          AND (@ConversionMin IS NULL OR l.ConversionRate >= @ConversionMin)
          AND (@ConversionMax IS NULL OR l.ConversionRate <= @ConversionMax);
GO
