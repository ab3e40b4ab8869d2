SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds the attributes of a campaign against the rules that need no other row. Blank texts
           must have become NULL before.
Called by: sp_CreateCampaign, sp_i_ChangeCampaign
Locks:     none
Returns:   nothing
Throws:    50001, 50002, 50003, 50005, 50006, 50007, 50008, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckCampaign
    @CampaignId nvarchar(200),
    @Name nvarchar(200),
    @StartDate datetime2(3),
    @EndDate datetime2(3),
    @DiscountPercentage decimal(5,2),
    @DiscountAmount decimal(10,2),
    @MaxRedemptionsPerUser int,
    @MaxTotalRedemptions int,
    @CampaignType nvarchar(20),
    @BudgetAmount decimal(10,2),
    @BudgetAlertPercent tinyint,
    @MarketingCost decimal(10,2),
    @MarketingChannel nvarchar(20),
    @CurrencyCode nchar(3),
    @StripeCount tinyint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @ErrorNumber int, @Text nvarchar(400);

    SELECT TOP (1)
           @ErrorNumber = r.Number, @Text = CONCAT(r.Name, N': ', r.Parameter, N' ', r.Detail)
    FROM (VALUES
        (1, 50001, N'ARG_REQUIRED', N'@CampaignId', N'', IIF(@CampaignId IS NULL, 1, 0)),
        (2, 50001, N'ARG_REQUIRED', N'@Name', N'', IIF(@Name IS NULL, 1, 0)),
        (3, 50001, N'ARG_REQUIRED', N'@StartDate', N'', IIF(@StartDate IS NULL, 1, 0)),
        (4, 50008, N'ARG_TOO_LONG', N'@CampaignId', N'is longer than 100 characters.',
            IIF(LEN(@CampaignId) > 100, 1, 0)),
        (5, 50005, N'ARG_BAD_CODE', N'@CampaignId', N'takes A-Z, a-z, 0-9, dot, line and hyphen.',
            IIF(@CampaignId COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Za-z0-9._-]%', 1, 0)),
        (6, 50005, N'ARG_BAD_CODE', N'@CurrencyCode', N'must be three capital letters.',
            IIF(@CurrencyCode COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Z][A-Z][A-Z]', 1, 0)),
        (7, 50003, N'ARG_NOT_IN_LIST', N'@CampaignType', N'is no campaign type.',
            IIF(@CampaignType COLLATE Latin1_General_100_BIN2 NOT IN (
                N'seasonal', N'win_back', N'referral', N'promotional', N'early_bird'), 1, 0)),
        (8, 50003, N'ARG_NOT_IN_LIST', N'@MarketingChannel', N'is no marketing channel.',
            IIF(@MarketingChannel COLLATE Latin1_General_100_BIN2 NOT IN (
                N'email', N'social', N'paid_ads', N'organic'), 1, 0)),
        (9, 50002, N'ARG_OUT_OF_RANGE', N'@MaxRedemptionsPerUser', N'must not be negative.',
            IIF(@MaxRedemptionsPerUser < 1, 1, 0)),
        (10, 50002, N'ARG_OUT_OF_RANGE', N'@MaxTotalRedemptions', N'must be 1 or more.',
            IIF(@MaxTotalRedemptions < 1, 1, 0)),
        (11, 50002, N'ARG_OUT_OF_RANGE', N'@BudgetAmount', N'must be positive.',
            IIF(@BudgetAmount <= 0, 1, 0)),
        (12, 50002, N'ARG_OUT_OF_RANGE', N'@BudgetAlertPercent', N'must be 1 to 100.',
            IIF(@BudgetAlertPercent NOT BETWEEN 1 AND 100, 1, 0)),
        (13, 50002, N'ARG_OUT_OF_RANGE', N'@MarketingCost', N'must not be negative.',
            IIF(@MarketingCost < 0, 1, 0)),
        (14, 50002, N'ARG_OUT_OF_RANGE', N'@StripeCount', N'must be 1 to 64.',
            IIF(@StripeCount NOT BETWEEN 1 AND 64, 1, 0)),
        (15, 50009, N'ARG_CONFLICT', N'@DiscountAmount', N'excludes @DiscountPercentage.',
            IIF(@DiscountPercentage IS NOT NULL AND @DiscountAmount IS NOT NULL, 1, 0)),
        (16, 50007, N'ARG_BAD_DISCOUNT', N'@DiscountPercentage', N'must be above 0, at most 100.',
            IIF(@DiscountPercentage <= 0 OR @DiscountPercentage > 100, 1, 0)),
        (17, 50007, N'ARG_BAD_DISCOUNT', N'@DiscountAmount', N'must be positive.',
            IIF(@DiscountAmount <= 0, 1, 0)),
        (18, 50006, N'ARG_BAD_DATES', N'@EndDate', N'must be after @StartDate.',
            IIF(@EndDate <= @StartDate, 1, 0))
    ) AS r (Seq, Number, Name, Parameter, Detail, Broken)
    WHERE r.Broken = 1
    ORDER BY r.Seq;

    IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Text, 1;
END;
