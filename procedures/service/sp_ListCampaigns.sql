SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Lists campaigns, latest start first; deleted ones only when asked for.
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   rows + Status (active, inactive, scheduled, ended, deleted), counters, TotalRows
Throws:    50002, 50003
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListCampaigns
    @Search nvarchar(100) = NULL,
    @Status nvarchar(20) = NULL,
    @CampaignType nvarchar(20) = NULL,
    @PageSize int = 50,
    @PageNo int = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Now datetime2(3) = SYSUTCDATETIME();

    SELECT @Search = NULLIF(TRIM(@Search), N''), @Status = NULLIF(TRIM(@Status), N''),
           @CampaignType = NULLIF(TRIM(@CampaignType), N''),
           @PageSize = COALESCE(@PageSize, 50), @PageNo = COALESCE(@PageNo, 1);

    IF @Status COLLATE Latin1_General_100_BIN2
            NOT IN (N'active', N'inactive', N'scheduled', N'ended', N'deleted')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status', 1;
    IF @CampaignType COLLATE Latin1_General_100_BIN2
            NOT IN (N'seasonal', N'win_back', N'referral', N'promotional', N'early_bird')
        THROW 50003, N'ARG_NOT_IN_LIST: @CampaignType', 1;
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    IF @PageNo NOT BETWEEN 1 AND 1000000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageNo must be 1 or more.', 1;

    -- The page is cut before the counters are summed: they are read for its rows only.
    WITH Listed AS (
        SELECT c.CampaignId, c.Name, c.CampaignType, c.StartDate, c.EndDate, c.DiscountPercentage,
               c.DiscountAmount, c.MaxRedemptionsPerUser, c.MaxTotalRedemptions, c.BudgetAmount,
               c.CurrencyCode, c.StripeCount, c.CreatedAt,
               CASE WHEN c.DeletedAt IS NOT NULL THEN N'deleted'
                    WHEN c.IsActive = 0 THEN N'inactive'
                    WHEN c.EndDate < @Now THEN N'ended'
                    WHEN c.StartDate > @Now THEN N'scheduled'
                    ELSE N'active' END AS Status
        FROM dbo.Campaigns AS c
        WHERE (@CampaignType IS NULL OR c.CampaignType = @CampaignType)
              AND (@Search IS NULL
                   OR CHARINDEX(UPPER(@Search), UPPER(c.CampaignId)) > 0
                   OR CHARINDEX(UPPER(@Search), UPPER(c.Name)) > 0)
    ), Page AS (
        SELECT l.CampaignId, l.Name, l.CampaignType, l.StartDate, l.EndDate, l.DiscountPercentage,
               l.DiscountAmount, l.MaxRedemptionsPerUser, l.MaxTotalRedemptions, l.BudgetAmount,
               l.CurrencyCode, l.StripeCount, l.CreatedAt, l.Status, COUNT(*) OVER () AS TotalRows
        FROM Listed AS l
        WHERE l.Status = @Status OR @Status IS NULL AND l.Status <> N'deleted'
        ORDER BY l.StartDate DESC, l.CampaignId
        OFFSET (@PageNo - 1) * @PageSize ROWS FETCH NEXT @PageSize ROWS ONLY
    )
    SELECT p.CampaignId, p.Name, p.CampaignType, p.Status, p.StartDate, p.EndDate,
           p.DiscountPercentage, p.DiscountAmount, p.MaxRedemptionsPerUser, p.MaxTotalRedemptions,
           n.UsedCount AS CurrentRedemptions, n.ReservedCount, n.RemainingRedemptions,
           p.BudgetAmount, n.BudgetUsed, n.BudgetReserved, n.RemainingBudget, p.CurrencyCode,
           p.StripeCount, p.CreatedAt, p.TotalRows
    FROM Page AS p
    OUTER APPLY dbo.fn_CampaignCounters(p.CampaignId) AS n
    ORDER BY p.StartDate DESC, p.CampaignId;
END;
