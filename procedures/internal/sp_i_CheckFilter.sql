SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses a filter that names what sp_SearchCoupons does not take: @FilterJson is an object
           of its parameters, in camelCase.
Called by: sp_SaveSearch, sp_i_SelectCoupons
Locks:     none
Returns:   nothing
Throws:    50004
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckFilter
    @FilterJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    EXEC dbo.sp_i_CheckJson @Json = @FilterJson, @Parameter = N'@FilterJson', @Shape = N'object';
    IF EXISTS (SELECT 1 AS Found FROM OPENJSON(@FilterJson) AS j
               WHERE j.[key] COLLATE Latin1_General_100_BIN2
                     NOT IN (N'search', N'fuzzy', N'statusJson', N'discountType', N'applicableTo',
                             N'campaignId', N'campaignSource', N'datePreset', N'dateFrom',
                             N'dateTo', N'dateField', N'usageMin', N'usageMax', N'revenueMin',
                             N'revenueMax', N'conversionMin', N'conversionMax',
                             N'includeGenerated', N'includeDeleted', N'sortField',
                             N'sortDirection', N'sortField2', N'sortDirection2', N'pageSize',
                             N'pageNo'))
        THROW 50004, N'ARG_BAD_JSON: @FilterJson names an unknown filter.', 1;
END;
