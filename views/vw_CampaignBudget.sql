/*
dbo.vw_CampaignBudget: how far the budget of each campaign is spent or held. A campaign without a
budget has nothing that remains, and no percentage.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CampaignBudget
AS
SELECT
    p.CampaignId,
    p.Name,
    p.BudgetAmount,
    n.BudgetUsed,
    n.BudgetReserved,
    n.RemainingBudget AS BudgetRemaining,
    CAST(b.BudgetPercent AS decimal(7, 2)) AS BudgetPercent,
    p.BudgetAlertPercent AS AlertPercent,
    p.BudgetAlertSentAt AS AlertSentAt,
    CAST(IIF(b.BudgetPercent >= p.BudgetAlertPercent, 1, 0) AS bit) AS IsOverAlert,
    CAST(IIF(n.RemainingBudget <= 0, 1, 0) AS bit) AS IsExhausted
FROM dbo.Campaigns AS p
CROSS APPLY dbo.fn_CampaignCounters(p.CampaignId) AS n
CROSS APPLY (
    SELECT 100 * (n.BudgetUsed + n.BudgetReserved) / p.BudgetAmount AS BudgetPercent
) AS b
WHERE p.DeletedAt IS NULL;
GO
