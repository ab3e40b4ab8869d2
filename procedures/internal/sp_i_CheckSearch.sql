SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses what no search for codes can mean: values outside their lists and ranges.
Called by: sp_SearchCoupons, sp_SaveSearch (the order only)
Locks:     none
Returns:   nothing
Throws:    50002, 50003, 50004, 50008
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckSearch
    @StatusJson nvarchar(max) = NULL,
    @DiscountType nvarchar(20) = NULL,
    @ApplicableTo nvarchar(30) = NULL,
    @CampaignId nvarchar(200) = NULL,
    @UsageMin int = NULL,
    @UsageMax int = NULL,
    @RevenueMin decimal(14,2) = NULL,
    @RevenueMax decimal(14,2) = NULL,
    @ConversionMin decimal(7,4) = NULL,
    @ConversionMax decimal(7,4) = NULL,
    @SortField nvarchar(20),
    @SortDirection nvarchar(4),
    @SortField2 nvarchar(20) = N'',        -- blank: none
    @SortDirection2 nvarchar(4) = N'asc'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    EXEC dbo.sp_i_CheckJson @Json = @StatusJson, @Parameter = N'@StatusJson', @Shape = N'array';
    IF EXISTS (SELECT 1 AS Found FROM OPENJSON(@StatusJson) AS j
               WHERE j.value IS NULL
                     OR j.value NOT IN (N'active', N'inactive', N'scheduled', N'expired',
                                        N'limit_reached', N'flagged'))
        THROW 50003, N'ARG_NOT_IN_LIST: @StatusJson names an unknown status.', 1;
    IF @DiscountType COLLATE Latin1_General_100_BIN2
       NOT IN (N'percentage', N'fixed_amount', N'credits', N'months_free', N'free_session')
        THROW 50003, N'ARG_NOT_IN_LIST: @DiscountType', 1;
    IF @ApplicableTo COLLATE Latin1_General_100_BIN2
       NOT IN (N'all', N'book_a_meeting', N'30_for_30', N'specific_consultants',
               N'first_time_users')
        THROW 50003, N'ARG_NOT_IN_LIST: @ApplicableTo', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;

    IF @UsageMin < 0 OR @UsageMax < COALESCE(@UsageMin, 0)
        THROW 50002, N'ARG_OUT_OF_RANGE: @UsageMin and @UsageMax must be 0 or more, in order.', 1;
    IF @RevenueMax < @RevenueMin
        THROW 50002, N'ARG_OUT_OF_RANGE: @RevenueMax is less than @RevenueMin.', 1;
    IF @ConversionMin NOT BETWEEN 0 AND 100 OR @ConversionMax NOT BETWEEN 0 AND 100
       OR @ConversionMax < @ConversionMin
        THROW 50002,
              N'ARG_OUT_OF_RANGE: @ConversionMin and @ConversionMax must be 0 to 100, in order.',
              1;

    IF @SortField COLLATE Latin1_General_100_BIN2
       NOT IN (N'code', N'discount_type', N'discount_value', N'status', N'usage', N'revenue',
               N'conversion', N'created', N'expires')
        THROW 50003, N'ARG_NOT_IN_LIST: @SortField', 1;
    IF @SortField2 COLLATE Latin1_General_100_BIN2
       NOT IN (N'', N'code', N'discount_type', N'discount_value', N'status', N'usage', N'revenue',
               N'conversion', N'created', N'expires')
        THROW 50003, N'ARG_NOT_IN_LIST: @SortField2', 1;
    IF @SortDirection COLLATE Latin1_General_100_BIN2 NOT IN (N'asc', N'desc')
        THROW 50003, N'ARG_NOT_IN_LIST: @SortDirection must be asc or desc.', 1;
    IF @SortDirection2 COLLATE Latin1_General_100_BIN2 NOT IN (N'asc', N'desc')
        THROW 50003, N'ARG_NOT_IN_LIST: @SortDirection2 must be asc or desc.', 1;
END;
