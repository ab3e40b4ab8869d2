/*
dbo.vw_CounterDrift: every stored counter that differs from what the ledger (live and archive), the
open reservations and the credit ledgers say; no rows = no drift. One pass: each source contributes
rows with what is stored or what is actual, and only sums that differ remain. A striped campaign or
coupon is compared by the sum of its stripes, since its own row follows once a minute.
EntityId of a user counter: user/campaign or user/coupon number. A use without coupon or campaign,
as an import of old history may leave it, is in no counter of a coupon or campaign.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_CounterDrift
AS
WITH Uses AS (
    SELECT
        l.CampaignId,
        l.CouponId,
        l.UserId,
        COUNT(*) AS Uses,
        SUM(l.DiscountAmount) AS Discount
    FROM (
        SELECT
            h.CampaignId,
            h.CouponId,
            h.UserId,
            h.DiscountAmount
        FROM dbo.RedemptionHistory AS h
        WHERE h.Status = N'success' OR (h.Status = N'reversed' AND h.UseRestored = 0)
        UNION ALL
        SELECT
            a.CampaignId,
            a.CouponId,
            a.UserId,
            a.DiscountAmount
        FROM dbo.RedemptionHistoryArchive AS a
        WHERE a.Status = N'success' OR (a.Status = N'reversed' AND a.UseRestored = 0)
    ) AS l
    GROUP BY
        l.CampaignId,
        l.CouponId,
        l.UserId
),

Held AS (
    SELECT
        r.CampaignId,
        r.CouponId,
        r.UserId,
        COUNT(*) AS Slots,
        SUM(r.DiscountAmount) AS Discount
    FROM dbo.Reservations AS r
    WHERE r.Status = N'Reserved'
    GROUP BY
        r.CampaignId,
        r.CouponId,
        r.UserId
),

Counters AS (
    SELECT
        v.EntityType,
        v.EntityId,
        v.CounterName,
        CAST(0 AS decimal(14, 2)) AS Stored,
        CAST(v.Amount AS decimal(14, 2)) AS Actual
    FROM Uses AS u
    CROSS APPLY (
        VALUES
            (N'campaign', u.CampaignId, N'UsedCount', u.Uses),
            (N'campaign', u.CampaignId, N'BudgetUsed', u.Discount),
            (N'coupon', CAST(u.CouponId AS nvarchar(20)), N'UsedCount', u.Uses),
            (N'coupon', CAST(u.CouponId AS nvarchar(20)), N'UniqueUsers', 1),
            (N'coupon', CAST(u.CouponId AS nvarchar(20)), N'TotalDiscountApplied', u.Discount),
            (N'user', u.UserId + N'/' + u.CampaignId, N'RedemptionCount', u.Uses),
            (N'user', u.UserId + N'/' + u.CampaignId, N'TotalDiscount', u.Discount),
            (N'user', u.UserId + N'/' + CAST(u.CouponId AS nvarchar(20)), N'UsedCount', u.Uses)
    ) AS v(EntityType, EntityId, CounterName, Amount)
    WHERE v.EntityId IS NOT NULL
    UNION ALL
    SELECT
        v.EntityType,
        v.EntityId,
        v.CounterName,
        CAST(0 AS decimal(14, 2)) AS Stored,
        CAST(v.Amount AS decimal(14, 2)) AS Actual
    FROM Held AS r
    CROSS APPLY (
        VALUES
            (N'campaign', r.CampaignId, N'ReservedCount', r.Slots),
            (N'campaign', r.CampaignId, N'BudgetReserved', r.Discount),
            (N'coupon', CAST(r.CouponId AS nvarchar(20)), N'ReservedCount', r.Slots),
            (N'user', CONCAT(r.UserId, N'/', r.CampaignId), N'ReservedCount', r.Slots),
            (N'user', CONCAT(r.UserId, N'/', r.CouponId), N'ReservedCount of coupon', r.Slots)
    ) AS v(EntityType, EntityId, CounterName, Amount)
    UNION ALL
    SELECT
        N'campaign' AS EntityType,
        s.CampaignId AS EntityId,
        v.CounterName,
        CAST(v.Amount AS decimal(14, 2)) AS Stored,
        CAST(0 AS decimal(14, 2)) AS Actual
    FROM dbo.CampaignCounterStripes AS s
    CROSS APPLY (
        VALUES
            (N'UsedCount', s.UsedCount),
            (N'BudgetUsed', s.BudgetUsed),
            (N'ReservedCount', s.ReservedCount),
            (N'BudgetReserved', s.BudgetReserved)
    ) AS v(CounterName, Amount)
    UNION ALL
    SELECT
        N'campaign' AS EntityType,
        c.CampaignId AS EntityId,
        N'CurrentRedemptions' AS CounterName,
        CAST(c.CurrentRedemptions AS decimal(14, 2)) AS Stored,
        CAST(n.UsedCount AS decimal(14, 2)) AS Actual
    FROM dbo.Campaigns AS c
    CROSS APPLY dbo.fn_CampaignCounters(c.CampaignId) AS n
    WHERE c.StripeCount = 1
    UNION ALL
    SELECT
        N'coupon' AS EntityType,
        CAST(c.CouponId AS nvarchar(20)) AS EntityId,
        v.CounterName,
        CAST(v.Amount AS decimal(14, 2)) AS Stored,
        CAST(0 AS decimal(14, 2)) AS Actual
    FROM dbo.Coupons AS c
    CROSS APPLY (
        VALUES
            (N'UsedCount', c.UsedCount),
            (N'ReservedCount', c.ReservedCount),
            (N'UniqueUsers', c.UniqueUsers),
            (N'TotalDiscountApplied', c.TotalDiscountApplied)
    ) AS v(CounterName, Amount)
    WHERE
        c.StripeCount = 1
        -- Most codes are unused: zeros add nothing.
        AND (
            c.UsedCount > 0 OR c.ReservedCount > 0 OR c.UniqueUsers > 0
            OR c.TotalDiscountApplied > 0
        )
    UNION ALL
    SELECT
        N'coupon' AS EntityType,
        CAST(s.CouponId AS nvarchar(20)) AS EntityId,
        v.CounterName,
        CAST(v.Amount AS decimal(14, 2)) AS Stored,
        CAST(0 AS decimal(14, 2)) AS Actual
    FROM dbo.CouponCounterStripes AS s
    CROSS APPLY (
        VALUES
            (N'UsedCount', s.UsedCount),
            (N'ReservedCount', s.ReservedCount),
            (N'UniqueUsers', s.UniqueUsers),
            (N'TotalDiscountApplied', s.TotalDiscount)
    ) AS v(CounterName, Amount)
    UNION ALL
    SELECT
        N'user' AS EntityType,
        CONCAT(r.UserId, N'/', r.CampaignId) AS EntityId,
        v.CounterName,
        CAST(v.Amount AS decimal(14, 2)) AS Stored,
        CAST(0 AS decimal(14, 2)) AS Actual
    FROM dbo.UserRedemptions AS r
    CROSS APPLY (
        VALUES
            (N'RedemptionCount', r.RedemptionCount),
            (N'TotalDiscount', r.TotalDiscount),
            (N'ReservedCount', r.ReservedCount)
    ) AS v(CounterName, Amount)
    UNION ALL
    SELECT
        N'user' AS EntityType,
        CONCAT(u.UserId, N'/', u.CouponId) AS EntityId,
        v.CounterName,
        CAST(v.Amount AS decimal(14, 2)) AS Stored,
        CAST(0 AS decimal(14, 2)) AS Actual
    FROM dbo.CouponUserUsage AS u
    CROSS APPLY (
        VALUES
            (N'UsedCount', u.UsedCount),
            (N'ReservedCount of coupon', u.ReservedCount)
    ) AS v(CounterName, Amount)
    UNION ALL
    SELECT
        N'credit' AS EntityType,
        b.UserId AS EntityId,
        N'Amount' AS CounterName,
        CAST(b.Amount AS decimal(14, 2)) AS Stored,
        CAST(0 AS decimal(14, 2)) AS Actual
    FROM dbo.UserCreditBalances AS b
    UNION ALL
    SELECT
        N'credit' AS EntityType,
        a.UserId AS EntityId,
        N'Amount' AS CounterName,
        CAST(0 AS decimal(14, 2)) AS Stored,
        CAST(a.Amount AS decimal(14, 2)) AS Actual
    FROM dbo.CreditAllocations AS a
    WHERE a.AppliedToBalanceAt IS NOT NULL
    UNION ALL
    SELECT
        N'credit' AS EntityType,
        d.UserId AS EntityId,
        N'Amount' AS CounterName,
        CAST(0 AS decimal(14, 2)) AS Stored,
        CAST(-d.Amount AS decimal(14, 2)) AS Actual
    FROM dbo.CreditDeductionLedger AS d
)

SELECT
    c.EntityType,
    c.EntityId,
    c.CounterName,
    SUM(c.Stored) AS Stored,
    SUM(c.Actual) AS Actual,
    SUM(c.Stored) - SUM(c.Actual) AS Difference
FROM Counters AS c
GROUP BY
    c.EntityType,
    c.EntityId,
    c.CounterName
HAVING SUM(c.Stored) <> SUM(c.Actual);
GO
