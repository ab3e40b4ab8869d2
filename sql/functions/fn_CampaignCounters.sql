/*
dbo.fn_CampaignCounters: exact counters of a campaign, summed over its stripes; what remains is NULL
when the campaign sets no limit.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_CampaignCounters(@CampaignId nvarchar(100))
RETURNS TABLE
AS
RETURN
    SELECT
        n.UsedCount,
        n.ReservedCount,
        n.BudgetUsed,
        n.BudgetReserved,
        c.MaxTotalRedemptions - n.UsedCount - n.ReservedCount AS RemainingRedemptions,
        CAST(
            c.BudgetAmount - n.BudgetUsed - n.BudgetReserved AS decimal(12, 2)
        ) AS RemainingBudget
    FROM dbo.Campaigns AS c
    CROSS APPLY (
        SELECT
            ISNULL(SUM(s.UsedCount), 0) AS UsedCount,
            ISNULL(SUM(s.ReservedCount), 0) AS ReservedCount,
            CAST(ISNULL(SUM(s.BudgetUsed), 0) AS decimal(12, 2)) AS BudgetUsed,
            CAST(ISNULL(SUM(s.BudgetReserved), 0) AS decimal(12, 2)) AS BudgetReserved
        FROM dbo.CampaignCounterStripes AS s
        WHERE s.CampaignId = c.CampaignId
    ) AS n
    WHERE c.CampaignId = @CampaignId;
GO
