/*
dbo.fn_SearchOrder: what a list of codes is sorted by, for one field and direction: NumberKey, then
TextUp, then TextDown descending. Moments count as numbers, a code without an end as the last one,
a figure that does not exist as the lowest.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_SearchOrder(
    @SortField nvarchar(20),
    @SortDirection nvarchar(4),
    @CouponCode nvarchar(50),
    @DiscountType nvarchar(20),
    @DiscountValue decimal(10, 2),
    @DisplayStatus nvarchar(20),
    @UsedCount int,
    @RevenueTotal decimal(14, 2),
    @ConversionRate decimal(7, 4),
    @CreatedAt datetime2(3),
    @ExpiresAt datetime2(3)
)
RETURNS TABLE
AS
RETURN
    SELECT
        CAST(IIF(@SortDirection = N'desc', -k.Number, k.Number) AS decimal(20, 4)) AS NumberKey,
        IIF(@SortDirection = N'asc', k.Text, NULL) AS TextUp,
        IIF(@SortDirection = N'desc', k.Text, NULL) AS TextDown
    FROM (
        SELECT
            CASE @SortField
                WHEN N'discount_value' THEN CAST(ISNULL(@DiscountValue, -1) AS decimal(20, 4))
                WHEN N'usage' THEN @UsedCount
                WHEN N'revenue' THEN @RevenueTotal
                WHEN N'conversion' THEN ISNULL(@ConversionRate, -1)
                WHEN N'created' THEN DATEDIFF_BIG(MILLISECOND, '20000101', @CreatedAt)
                WHEN N'expires'
                    THEN DATEDIFF_BIG(MILLISECOND, '20000101', ISNULL(@ExpiresAt, '99991231'))
                ELSE 0
            END AS Number,
            CASE @SortField
                WHEN N'code' THEN @CouponCode
                WHEN N'discount_type' THEN ISNULL(@DiscountType, N'')
                WHEN N'status' THEN @DisplayStatus
                ELSE N''
            END COLLATE Latin1_General_100_BIN2 AS Text
    ) AS k;
GO
