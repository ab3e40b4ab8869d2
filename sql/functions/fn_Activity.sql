/*
dbo.fn_Activity: every attempt of the live ledger and every view of a code, a row each, with what
the row adds to each measure. Here the measures are defined, once: reports sum these columns, and
count CountedUser (distinct) for unique users and FirstUser for new ones. A row is counted when it
is a success, or reversed without giving the use back. A session given away brings in the value
attributed to it, its order amount. Filters on time, coupon, campaign or user reach both tables.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Activity()
RETURNS TABLE
AS
RETURN
    SELECT
        h.RedemptionId,
        h.AttemptedAt AS OccurredAt,
        CAST(h.AttemptedAt AS date) AS OccurredOn,
        h.CouponId,
        h.CampaignId,
        h.UserId,
        h.FailureReason,
        h.FailedStep,
        h.UserTier,
        h.ServiceType,
        h.ConsultantId,
        h.CountryCode,
        h.MarketingChannel,
        h.UtmSource,
        h.UtmMedium,
        h.UtmCampaign,
        h.RiskScore,
        0 AS Views,
        1 AS Attempts,
        IIF(h.Status = N'success', 1, 0) AS Successes,
        IIF(h.Status = N'failed', 1, 0) AS Failures,
        IIF(h.Status = N'reversed', 1, 0) AS Reversals,
        IIF(h.Status = N'pending', 1, 0) AS Pending,
        c.Counted,
        IIF(
            h.Status = N'failed' AND h.FailedStep IN (N'S02', N'S03', N'S23', N'S24', N'S25'), 1, 0
        ) AS BlockedAttempts,
        IIF(c.Counted = 1, h.UserId, NULL) AS CountedUser,
        CASE
            WHEN c.Counted = 0 THEN NULL
            WHEN EXISTS (
                SELECT 1 AS Found
                FROM dbo.RedemptionHistory AS e
                WHERE
                    e.UserId = h.UserId
                    AND (e.Status = N'success' OR (e.Status = N'reversed' AND e.UseRestored = 0))
                    AND (
                        e.AttemptedAt < h.AttemptedAt
                        OR (e.AttemptedAt = h.AttemptedAt AND e.RedemptionId < h.RedemptionId)
                    )
            ) THEN NULL
            WHEN EXISTS (
                -- What is archived was earlier.
                SELECT 1 AS Found
                FROM dbo.RedemptionHistoryArchive AS e
                WHERE
                    e.UserId = h.UserId
                    AND (e.Status = N'success' OR (e.Status = N'reversed' AND e.UseRestored = 0))
            ) THEN NULL
            ELSE h.UserId
        END AS FirstUser,
        IIF(c.Counted = 1, h.DiscountAmount, 0) AS DiscountTotal,
        IIF(
            h.Status = N'success',
            ISNULL(IIF(h.DiscountType = N'free_session', h.OrderAmount, h.FinalAmount), 0)
            - h.RefundedAmount,
            0
        ) AS RevenueTotal,
        IIF(h.Status = N'success', ISNULL(h.FinalAmount, 0) - h.RefundedAmount, 0) AS CashTotal,
        IIF(h.Status = N'success' AND h.FinalAmount > 0, 1, 0) AS PaidSuccesses,
        IIF(h.Status = N'success' AND h.DiscountType = N'free_session', 1, 0) AS FreeSessions,
        IIF(h.FulfilmentStatus IN (N'completed', N'attended', N'no_show'), 1, 0)
            AS BookingsCompleted,
        IIF(h.FulfilmentStatus = N'attended', 1, 0) AS SessionsAttended,
        IIF(h.FulfilmentStatus = N'no_show', 1, 0) AS NoShows
    FROM dbo.RedemptionHistory AS h
    CROSS APPLY (
        SELECT
            CASE
                WHEN h.Status = N'success' THEN 1
                WHEN h.Status = N'reversed' AND h.UseRestored = 0 THEN 1
                ELSE 0
            END AS Counted
    ) AS c
    UNION ALL
    SELECT
        NULL AS RedemptionId,
        e.OccurredAt,
        CAST(e.OccurredAt AS date) AS OccurredOn,
        e.CouponId,
        e.CampaignId,
        e.UserId,
        NULL AS FailureReason,
        NULL AS FailedStep,
        NULL AS UserTier,
        e.ServiceType,
        NULL AS ConsultantId,
        e.CountryCode,
        NULL AS MarketingChannel,
        NULL AS UtmSource,
        NULL AS UtmMedium,
        NULL AS UtmCampaign,
        NULL AS RiskScore,
        1 AS Views,
        0 AS Attempts,
        0 AS Successes,
        0 AS Failures,
        0 AS Reversals,
        0 AS Pending,
        0 AS Counted,
        0 AS BlockedAttempts,
        NULL AS CountedUser,
        NULL AS FirstUser,
        0 AS DiscountTotal,
        0 AS RevenueTotal,
        0 AS CashTotal,
        0 AS PaidSuccesses,
        0 AS FreeSessions,
        0 AS BookingsCompleted,
        0 AS SessionsAttended,
        0 AS NoShows
    FROM dbo.FunnelEvents AS e
    WHERE e.EventType = N'coupon_view';
GO
