SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
The sample: five campaigns, six coupons, three redemptions and a fraud event. It is loaded whole or
not at all, does nothing when it is there already, and refuses a database that holds other
campaigns. The dates are fixed, unless the session asks for dates around today:
    EXEC sys.sp_set_session_context @key = N'couponry.relative', @value = 1;
The seeded ledger rows carry the idempotency keys seed-1 to seed-3.
*/
SET NOCOUNT, XACT_ABORT ON;

IF EXISTS (
    SELECT 1 AS Found
    FROM dbo.Campaigns AS c
    WHERE c.CampaignId NOT IN (
        N'black-friday-2025', N'summer-sale-2025', N'win-back', N'referral-bonus',
        N'perpetual-migration', N'demo-services'
    )
)
    THROW 50009, N'ARG_CONFLICT: database: it holds campaigns that are not of the sample.', 1;

IF EXISTS (SELECT 1 AS Found FROM dbo.Campaigns AS c WHERE c.CampaignId = N'black-friday-2025')
    RETURN;

BEGIN TRANSACTION;

INSERT INTO dbo.Campaigns (
    CampaignId, Name, CampaignType, StartDate, EndDate, BudgetAmount, MaxRedemptionsPerUser,
    CurrentRedemptions, CreatedBy, UpdatedBy
)
SELECT
    v.CampaignId,
    v.Name,
    v.CampaignType,
    v.StartDate,
    v.EndDate,
    v.BudgetAmount,
    v.PerUser,
    v.Redemptions,
    N'seed',
    N'seed'
FROM (
    VALUES
        (
            N'black-friday-2025', N'Black Friday 2025', N'seasonal',
            '2025-11-29 00:00:00', '2025-12-02 23:59:59', 50000.00, 1, 1
        ),
        (
            N'summer-sale-2025', N'Summer Sale 2025', N'seasonal',
            '2025-07-01 00:00:00', '2025-07-31 23:59:59', 30000.00, 1, 0
        ),
        (
            N'win-back', N'Win Back Churned Users', N'win_back',
            '2025-01-01 00:00:00', '2025-12-31 23:59:59', NULL, 1, 0
        ),
        (
            N'referral-bonus', N'Referral Bonus Program', N'referral',
            '2025-01-01 00:00:00', '2025-12-31 23:59:59', 100000.00, 5, 1
        ),
        (
            N'perpetual-migration', N'Perpetual License Migration', N'early_bird',
            '2025-01-01 00:00:00', '2025-12-31 23:59:59', NULL, 2, 0
        )
) AS v(
    CampaignId, Name, CampaignType, StartDate, EndDate, BudgetAmount, PerUser, Redemptions
);

INSERT INTO dbo.CampaignCounterStripes (
    CampaignId, StripeNo, BudgetLimit, UsedCount, BudgetUsed
)
SELECT
    c.CampaignId,
    0,
    c.BudgetAmount,
    c.CurrentRedemptions,
    CASE c.CampaignId
        WHEN N'black-friday-2025' THEN 4.75
        WHEN N'referral-bonus' THEN 20.00
        ELSE 0
    END
FROM dbo.Campaigns AS c
WHERE c.CreatedBy = N'seed' AND c.CampaignId <> N'demo-services';

INSERT INTO dbo.Coupons (
    CouponCode, CampaignId, InternalName, CouponType, DiscountType, DiscountValue, MaxUses,
    MaxUsesPerUser, MinimumOrderAmount, ExpiresAt, UpgradeVersion, UsedCount, UniqueUsers,
    TotalDiscountApplied, LastUsedAt, CreatedBy, UpdatedBy
)
SELECT
    v.CouponCode,
    v.CampaignId,
    c.Name,
    v.CouponType,
    v.DiscountType,
    v.DiscountValue,
    v.MaxUses,
    v.PerUser,
    v.MinimumOrder,
    IIF(v.EndsWithCampaign = 1, c.EndDate, NULL),
    v.UpgradeVersion,
    v.UsedCount,
    v.UsedCount,
    v.TotalDiscount,
    v.LastUsedAt,
    N'seed',
    N'seed'
FROM (
    VALUES
        (
            1, N'BLACKFRIDAY25', N'black-friday-2025', N'percentage_discount', N'percentage',
            25.00, 1000, 1, 0.00, 1, NULL, 1, 4.75, CAST('2025-11-29 10:15:00' AS datetime2(3))
        ),
        (
            2, N'SUMMER2025', N'summer-sale-2025', N'percentage_discount', N'percentage',
            20.00, 500, 1, 0.00, 1, NULL, 0, 0.00, NULL
        ),
        (
            3, N'COMEBACK50', N'win-back', N'percentage_discount', N'percentage',
            50.00, NULL, 1, 0.00, 0, NULL, 0, 0.00, NULL
        ),
        (
            4, N'REFER20', N'referral-bonus', N'fixed_amount_discount', N'credits',
            20.00, NULL, 5, 0.00, 0, NULL, 1, 20.00, CAST('2025-10-15 09:30:00' AS datetime2(3))
        ),
        (
            5, N'BYOK2025', N'perpetual-migration', N'byok_migration', N'percentage',
            100.00, NULL, 1, 199.00, 0, NULL, 0, 0.00, NULL
        ),
        (
            6, N'EARLYBIRD79', N'perpetual-migration', N'tier_specific_discount',
            N'fixed_amount', 20.00, 500, 1, 0.00, 0, N'2.0', 0, 0.00, NULL
        )
) AS v(
    RowNo, CouponCode, CampaignId, CouponType, DiscountType, DiscountValue, MaxUses, PerUser,
    MinimumOrder, EndsWithCampaign, UpgradeVersion, UsedCount, TotalDiscount, LastUsedAt
)
INNER JOIN dbo.Campaigns AS c
    ON c.CampaignId = v.CampaignId
ORDER BY v.RowNo;

INSERT INTO dbo.CampaignCoupons (CampaignId, CouponId, AttachedBy)
SELECT
    c.CampaignId,
    c.CouponId,
    N'seed'
FROM dbo.Coupons AS c
WHERE c.CreatedBy = N'seed' AND c.CampaignId <> N'demo-services';

INSERT INTO dbo.CouponTargets (CampaignId, TargetKind, TargetValue)
VALUES
    (N'summer-sale-2025', N'tier', N'pro'),
    (N'summer-sale-2025', N'tier', N'pro_max'),
    (N'perpetual-migration', N'tier', N'enterprise_pro'),
    (N'perpetual-migration', N'tier', N'enterprise_max');

INSERT INTO dbo.CouponTargets (CouponId, TargetKind, TargetValue)
SELECT
    c.CouponId,
    N'tier',
    v.Tier
FROM (
    VALUES
        (N'SUMMER2025', N'pro'),
        (N'SUMMER2025', N'pro_max'),
        (N'SUMMER2025', N'enterprise_pro'),
        (N'SUMMER2025', N'enterprise_max'),
        (N'BYOK2025', N'enterprise_pro'),
        (N'BYOK2025', N'enterprise_max'),
        (N'EARLYBIRD79', N'enterprise_pro'),
        (N'EARLYBIRD79', N'enterprise_max')
) AS v(CouponCode, Tier)
INNER JOIN dbo.Coupons AS c
    ON c.CouponCode = v.CouponCode;

INSERT INTO dbo.CouponValidationRules (
    CouponId, RuleType, ConfigJson, IsActive, CreatedBy, UpdatedBy
)
SELECT
    c.CouponId,
    v.RuleType,
    v.ConfigJson,
    v.IsActive,
    N'seed',
    N'seed'
FROM (
    VALUES
        (N'COMEBACK50', N'exclude_refunded_users', N'{"days":90}', 1),
        (N'REFER20', N'first_time_user_only', NULL, 1),
        (N'BYOK2025', N'require_payment_method', NULL, 1),
        (
            N'BYOK2025', N'specific_email_domain',
            N'{"domains":["acme.com","techcorp.io","enterprise.org"]}', 0
        )
) AS v(CouponCode, RuleType, ConfigJson, IsActive)
INNER JOIN dbo.Coupons AS c
    ON c.CouponCode = v.CouponCode;

INSERT INTO dbo.UserProfiles (UserId, Email, NormalisedEmail, EmailVerified, CreatedAt)
VALUES
    (N'u-developer', N'developer@example.com', N'developer@example.com', 1, '2025-01-01'),
    (N'u-pro', N'pro@example.com', N'pro@example.com', 1, '2025-01-01'),
    (N'u-designer', N'designer@example.com', N'designer@example.com', 1, '2025-01-01');

INSERT INTO dbo.RedemptionHistory (
    CouponCode, UserId, CampaignId, AttemptedAt, Success, FailureReason, Status, FailureMessage,
    FailedStep, CouponId, OrderAmount, FinalAmount, BaseAmount, DiscountType, DiscountAmount,
    CurrencyCode, CreditsGranted, CreditsApplied, UserTier, IdempotencyKey, CompletedAt
)
SELECT
    v.CouponCode,
    v.UserId,
    c.CampaignId,
    v.AttemptedAt,
    IIF(v.FailureReason IS NULL, 1, 0),
    v.FailureReason,
    IIF(v.FailureReason IS NULL, N'success', N'failed'),
    v.FailureMessage,
    IIF(v.FailureReason IS NULL, NULL, N'S08'),
    c.CouponId,
    v.OrderAmount,
    v.FinalAmount,
    v.OrderAmount,
    IIF(v.FailureReason IS NULL, c.DiscountType, NULL),
    v.DiscountAmount,
    N'USD',
    v.CreditsGranted,
    v.CreditsApplied,
    v.UserTier,
    CONCAT(N'seed-', v.RowNo),
    IIF(v.FailureReason IS NULL, v.AttemptedAt, NULL)
FROM (
    VALUES
        (
            1, N'u-developer', N'BLACKFRIDAY25', CAST('2025-11-29 10:15:00' AS datetime2(3)),
            NULL, NULL, 19.00, 4.75, 14.25, 0, 0, N'pro'
        ),
        (
            2, N'u-pro', N'REFER20', CAST('2025-10-15 09:30:00' AS datetime2(3)),
            NULL, NULL, 19.00, 20.00, 0.00, 20, 19, NULL
        ),
        (
            3, N'u-designer', N'SUMMER2025', CAST('2025-08-01 12:00:00' AS datetime2(3)),
            N'COUPON_EXPIRED', N'Coupon expired. Valid until 2025-07-31 23:59:59 UTC.',
            190.00, 0.00, 190.00, 0, 0, NULL
        )
) AS v(
    RowNo, UserId, CouponCode, AttemptedAt, FailureReason, FailureMessage, OrderAmount,
    DiscountAmount, FinalAmount, CreditsGranted, CreditsApplied, UserTier
)
INNER JOIN dbo.Coupons AS c
    ON c.CouponCode = v.CouponCode
ORDER BY v.RowNo;

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
WHERE h.IdempotencyKey IN (N'seed-1', N'seed-2');

INSERT INTO dbo.CouponUserUsage (CouponId, UserId, UsedCount, LastUsedAt)
SELECT
    h.CouponId,
    h.UserId,
    1,
    h.AttemptedAt
FROM dbo.RedemptionHistory AS h
WHERE h.IdempotencyKey IN (N'seed-1', N'seed-2');

-- The 20 credits of REFER20: 19 paid for the order at once, 1 is left.
INSERT INTO dbo.UserCreditBalances (
    UserId, Amount, LastDeductionAt, LastDeductionAmount, CreatedBy
)
VALUES (N'u-pro', 1, '2025-10-15 09:30:00', 19, N'seed');

INSERT INTO dbo.UserCreditSources (UserId, CreditType, TotalGranted, TotalUsed, CreatedBy)
VALUES (N'u-pro', N'referral', 20, 19, N'seed');

INSERT INTO dbo.CreditAllocations (
    UserId, CreditType, Source, Amount, RemainingAmount, AppliedToBalanceAt, RedemptionId,
    CreatedBy
)
SELECT
    h.UserId,
    N'referral',
    h.CouponCode,
    h.CreditsGranted,
    h.CreditsGranted - h.CreditsApplied,
    h.AttemptedAt,
    h.RedemptionId,
    N'seed'
FROM dbo.RedemptionHistory AS h
WHERE h.IdempotencyKey = N'seed-2';

INSERT INTO dbo.CreditDeductionLedger (
    UserId, RequestId, Amount, BalanceBefore, BalanceAfter, Reason, RedemptionId,
    AllocationsJson, CreatedBy
)
SELECT
    a.UserId,
    CONCAT(N'redemption-', a.RedemptionId),
    a.Amount - a.RemainingAmount,
    a.Amount,
    a.RemainingAmount,
    N'order',
    a.RedemptionId,
    CONCAT(
        N'[{"allocationId":', a.AllocationId, N',"amount":', a.Amount - a.RemainingAmount, N'}]'
    ),
    N'seed'
FROM dbo.CreditAllocations AS a
INNER JOIN dbo.RedemptionHistory AS h
    ON h.RedemptionId = a.RedemptionId
WHERE h.IdempotencyKey = N'seed-2';

INSERT INTO dbo.FraudEvents (
    CouponId, CouponCode, CampaignId, UserId, DetectionType, Severity, DetailsJson, IsFlagged,
    ActionTaken, ReviewStatus, DetectedAt, LastSeenAt
)
SELECT
    c.CouponId,
    c.CouponCode,
    c.CampaignId,
    N'u-designer',
    N'velocity_abuse',
    N'medium',
    N'{"attempts":5,"windowMinutes":10,"ipCount":2}',
    1,
    N'flagged',
    N'pending',
    '2025-11-29 11:00:00',
    '2025-11-29 11:00:00'
FROM dbo.Coupons AS c
WHERE c.CouponCode = N'BLACKFRIDAY25';

COMMIT TRANSACTION;
GO

SET NOCOUNT, XACT_ABORT ON;

/*
Relative dates: with D = today 00:00 UTC, Black Friday runs from D - 1 to D + 2, Summer Sale from
D - 151 to D - 121, the others all this year. The seeded ledger rows move along; none of them ever
lies in the future. All is computed from the clock: a repeat on the same day changes nothing.
*/
IF ISNULL(CAST(SESSION_CONTEXT(N'couponry.relative') AS int), 0) = 0
    RETURN;

DECLARE @Today datetime2(3) = CAST(SYSUTCDATETIME() AS date);
DECLARE @YearStart datetime2(3) = DATEFROMPARTS(YEAR(@Today), 1, 1);
DECLARE @LastSecond int = 24 * 60 * 60 - 1;

DECLARE @SummerEnd datetime2(3) = DATEADD(SECOND, @LastSecond, DATEADD(DAY, -121, @Today));
DECLARE @YearEnd datetime2(3) = DATEADD(SECOND, -1, DATEADD(YEAR, 1, @YearStart));

DECLARE @Moments TABLE (
    IdempotencyKey nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    AttemptedAt datetime2(3) NOT NULL
);

INSERT INTO @Moments (IdempotencyKey, AttemptedAt)
VALUES
    (N'seed-1', DATEADD(MINUTE, 10 * 60 + 15, DATEADD(DAY, -1, @Today))),
    (N'seed-2', DATEADD(MINUTE, 9 * 60 + 30, DATEADD(DAY, -46, @Today))),
    (N'seed-3', DATEADD(HOUR, 12, DATEADD(DAY, -120, @Today)));

BEGIN TRANSACTION;

UPDATE c
SET
    StartDate = v.StartDate,
    EndDate = v.EndDate
FROM dbo.Campaigns AS c
INNER JOIN (
    VALUES
        (
            N'black-friday-2025', DATEADD(DAY, -1, @Today),
            DATEADD(SECOND, @LastSecond, DATEADD(DAY, 2, @Today))
        ),
        (N'summer-sale-2025', DATEADD(DAY, -151, @Today), @SummerEnd),
        (N'win-back', @YearStart, @YearEnd),
        (N'referral-bonus', @YearStart, @YearEnd),
        (N'perpetual-migration', @YearStart, @YearEnd)
) AS v(CampaignId, StartDate, EndDate)
    ON v.CampaignId = c.CampaignId;

UPDATE k
SET ExpiresAt = c.EndDate
FROM dbo.Coupons AS k
INNER JOIN dbo.Campaigns AS c
    ON c.CampaignId = k.CampaignId
WHERE k.CouponCode IN (N'BLACKFRIDAY25', N'SUMMER2025');

UPDATE h
SET
    AttemptedAt = m.AttemptedAt,
    CompletedAt = IIF(h.Success = 1, m.AttemptedAt, NULL),
    FailureMessage = IIF(
        h.Success = 1, NULL,
        CONCAT(N'Coupon expired. Valid until ', CONVERT(nvarchar(19), @SummerEnd, 120), N' UTC.')
    )
FROM dbo.RedemptionHistory AS h
INNER JOIN @Moments AS m
    ON m.IdempotencyKey = h.IdempotencyKey;

UPDATE k
SET LastUsedAt = h.AttemptedAt
FROM dbo.Coupons AS k
INNER JOIN dbo.RedemptionHistory AS h
    ON h.CouponId = k.CouponId
WHERE
    h.IdempotencyKey IN (N'seed-1', N'seed-2')
    AND k.UsedCount = 1;

UPDATE u
SET
    FirstRedeemedAt = h.AttemptedAt,
    LastRedeemedAt = h.AttemptedAt
FROM dbo.UserRedemptions AS u
INNER JOIN dbo.RedemptionHistory AS h
    ON h.UserId = u.UserId AND h.CampaignId = u.CampaignId
WHERE
    h.IdempotencyKey IN (N'seed-1', N'seed-2')
    AND u.RedemptionCount = 1;

UPDATE u
SET LastUsedAt = h.AttemptedAt
FROM dbo.CouponUserUsage AS u
INNER JOIN dbo.RedemptionHistory AS h
    ON h.UserId = u.UserId AND h.CouponId = u.CouponId
WHERE
    h.IdempotencyKey IN (N'seed-1', N'seed-2')
    AND u.UsedCount = 1;

UPDATE a
SET AppliedToBalanceAt = h.AttemptedAt
FROM dbo.CreditAllocations AS a
INNER JOIN dbo.RedemptionHistory AS h
    ON h.RedemptionId = a.RedemptionId
WHERE h.IdempotencyKey = N'seed-2';

UPDATE b
SET LastDeductionAt = h.AttemptedAt
FROM dbo.UserCreditBalances AS b
INNER JOIN dbo.RedemptionHistory AS h
    ON h.UserId = b.UserId
WHERE
    h.IdempotencyKey = N'seed-2'
    AND b.CreatedBy = N'seed'
    AND b.LastDeductionAmount = h.CreditsApplied;

UPDATE f
SET
    DetectedAt = DATEADD(HOUR, 11, DATEADD(DAY, -1, @Today)),
    LastSeenAt = DATEADD(HOUR, 11, DATEADD(DAY, -1, @Today))
FROM dbo.FraudEvents AS f
WHERE
    f.UserId = N'u-designer'
    AND f.CouponCode = N'BLACKFRIDAY25'
    AND f.OccurrenceCount = 1
    AND f.RedemptionId IS NULL
    AND f.ReviewStatus = N'pending';

COMMIT TRANSACTION;
GO
