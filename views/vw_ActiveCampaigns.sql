/*
dbo.vw_ActiveCampaigns: the campaigns that run now and how full they are. Counters are exact: they
are summed over the stripes. Percentage and remainder are NULL for a campaign without a total.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ActiveCampaigns
AS
SELECT
    c.CampaignId,
    c.Name,
    c.Description,
    c.StartDate,
    c.EndDate,
    c.DiscountPercentage,
    c.DiscountAmount,
    c.MaxRedemptionsPerUser,
    c.MaxTotalRedemptions,
    n.UsedCount AS CurrentRedemptions,
    CAST(100.0 * n.UsedCount / c.MaxTotalRedemptions AS decimal(5, 2)) AS RedemptionPercentage,
    n.RemainingRedemptions,
    c.CampaignType,
    c.BudgetAmount,
    n.BudgetUsed
FROM dbo.Campaigns AS c
CROSS APPLY dbo.fn_CampaignCounters(c.CampaignId) AS n
WHERE
    c.IsActive = 1
    AND c.DeletedAt IS NULL
    AND c.StartDate <= SYSUTCDATETIME()
    AND (c.EndDate IS NULL OR c.EndDate >= SYSUTCDATETIME());
GO
