SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
A second sample for lists, search and figures: campaign demo-services with three codes and 80 paid
orders, each by another user. Loaded whole or not at all; does nothing when it is there already.
*/
SET NOCOUNT, XACT_ABORT ON;

IF EXISTS (SELECT 1 AS Found FROM dbo.Campaigns AS c WHERE c.CampaignId = N'demo-services')
    RETURN;

-- One order a day from 1 February 2024, numbered over all codes.
DECLARE @Orders TABLE (
    OrderNo int NOT NULL PRIMARY KEY,
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    OrderAmount decimal(10, 2) NOT NULL,
    DiscountAmount decimal(10, 2) NOT NULL
);

WITH Digits AS (
    SELECT v.Digit
    FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v(Digit)
),

Numbers AS (
    SELECT t.Digit * 10 + u.Digit + 1 AS OrderNo
    FROM Digits AS t
    CROSS JOIN Digits AS u
)

INSERT INTO @Orders (OrderNo, CouponCode, OrderAmount, DiscountAmount)
SELECT
    n.OrderNo,
    v.CouponCode,
    v.OrderAmount,
    v.DiscountAmount
FROM Numbers AS n
INNER JOIN (
    VALUES
        (1, 45, N'FREE2024', 30.00, 30.00),
        (46, 67, N'SAVE30', 130.00, 39.00),
        (68, 68, N'SAVE30', 140.00, 42.00),
        (69, 80, N'NEW15', 30.00, 15.00)
) AS v(FirstNo, LastNo, CouponCode, OrderAmount, DiscountAmount)
    ON n.OrderNo BETWEEN v.FirstNo AND v.LastNo;

BEGIN TRANSACTION;

INSERT INTO dbo.Campaigns (
    CampaignId, Name, StartDate, CurrentRedemptions, CreatedBy, UpdatedBy
)
VALUES (N'demo-services', N'Demo Services', '2024-01-01', 80, N'seed', N'seed');

INSERT INTO dbo.CampaignCounterStripes (CampaignId, StripeNo, UsedCount, BudgetUsed)
SELECT
    N'demo-services',
    0,
    COUNT(*),
    SUM(o.DiscountAmount)
FROM @Orders AS o;

INSERT INTO dbo.Coupons (
    CouponCode, CampaignId, InternalName, CouponType, DiscountType, DiscountValue, MaxUses,
    ExpiresAt, UsedCount, UniqueUsers, TotalDiscountApplied, LastUsedAt, CreatedAt, CreatedBy,
    UpdatedBy
)
SELECT
    v.CouponCode,
    N'demo-services',
    v.InternalName,
    v.CouponType,
    v.DiscountType,
    v.DiscountValue,
    v.MaxUses,
    v.ExpiresAt,
    o.Orders,
    o.Orders,
    o.Discount,
    DATEADD(DAY, o.LastNo, CAST('2024-01-31' AS datetime2(3))),
    '2024-01-01',
    N'seed',
    N'seed'
FROM (
    VALUES
        (
            1, N'FREE2024', N'Free session 2024', N'percentage_discount', N'free_session',
            NULL, NULL, NULL
        ),
        (2, N'SAVE30', N'Save 30 percent', N'percentage_discount', N'percentage', 30.00, 50, NULL),
        (
            3, N'NEW15', N'New customers 15', N'fixed_amount_discount', N'fixed_amount', 15.00, 25,
            CAST('2024-12-31 23:59:59' AS datetime2(3))
        )
) AS v(
    RowNo, CouponCode, InternalName, CouponType, DiscountType, DiscountValue, MaxUses, ExpiresAt
)
INNER JOIN (
    SELECT
        x.CouponCode,
        COUNT(*) AS Orders,
        SUM(x.DiscountAmount) AS Discount,
        MAX(x.OrderNo) AS LastNo
    FROM @Orders AS x
    GROUP BY x.CouponCode
) AS o
    ON o.CouponCode = v.CouponCode
ORDER BY v.RowNo;

INSERT INTO dbo.CampaignCoupons (CampaignId, CouponId, AttachedBy)
SELECT
    c.CampaignId,
    c.CouponId,
    N'seed'
FROM dbo.Coupons AS c
WHERE c.CampaignId = N'demo-services';

INSERT INTO dbo.RedemptionHistory (
    CouponCode, UserId, CampaignId, AttemptedAt, Success, Status, CouponId, OrderId, OrderAmount,
    FinalAmount, BaseAmount, DiscountType, DiscountAmount, CurrencyCode, CompletedAt
)
SELECT
    o.CouponCode,
    CONCAT(N'u-demo-', o.OrderNo),
    c.CampaignId,
    DATEADD(DAY, o.OrderNo, CAST('2024-01-31' AS datetime2(3))),
    1,
    N'success',
    c.CouponId,
    CONCAT(N'demo-', o.OrderNo),
    o.OrderAmount,
    o.OrderAmount - o.DiscountAmount,
    o.OrderAmount,
    c.DiscountType,
    o.DiscountAmount,
    N'USD',
    DATEADD(DAY, o.OrderNo, CAST('2024-01-31' AS datetime2(3)))
FROM @Orders AS o
INNER JOIN dbo.Coupons AS c
    ON c.CouponCode = o.CouponCode
ORDER BY o.OrderNo;

INSERT INTO dbo.UserRedemptions (
    UserId, CampaignId, RedemptionCount, TotalDiscount, FirstRedeemedAt, LastRedeemedAt
)
SELECT
    h.UserId,
    h.CampaignId,
    1,
    h.DiscountAmount,
    h.AttemptedAt,
    h.AttemptedAt
FROM dbo.RedemptionHistory AS h
WHERE h.CampaignId = N'demo-services';

INSERT INTO dbo.CouponUserUsage (CouponId, UserId, UsedCount, LastUsedAt)
SELECT
    h.CouponId,
    h.UserId,
    1,
    h.AttemptedAt
FROM dbo.RedemptionHistory AS h
WHERE h.CampaignId = N'demo-services';

COMMIT TRANSACTION;
GO
