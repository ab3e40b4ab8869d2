/*
dbo.vw_SubscriptionCredits: live subscriptions with the credits of their user: what there is and
what was used within the period.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_SubscriptionCredits
AS
SELECT
    s.UserId,
    s.SubscriptionId,
    s.Tier,
    s.Status,
    s.MonthlyCreditAllocation,
    COALESCE(b.Amount, 0) AS CurrentBalance,
    u.UsedThisPeriod,
    s.CurrentPeriodStart,
    s.CurrentPeriodEnd
FROM dbo.Subscriptions AS s
LEFT JOIN dbo.UserCreditBalances AS b
    ON b.UserId = s.UserId
CROSS APPLY (
    SELECT COALESCE(SUM(CAST(t.CreditsDeducted AS bigint)), 0) AS UsedThisPeriod
    FROM dbo.TokenUsageLedger AS t
    WHERE
        t.UserId = s.UserId
        AND t.CreatedAt >= s.CurrentPeriodStart
        AND t.CreatedAt < s.CurrentPeriodEnd
) AS u
WHERE s.Status IN (N'trial', N'active', N'past_due');
GO
