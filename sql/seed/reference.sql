SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Sample prices, providers and coupon templates to start with, freely changeable afterwards. Only
missing rows are added.
*/
SET NOCOUNT, XACT_ABORT ON;

INSERT INTO dbo.SubscriptionTierConfigs (
    Tier, DisplayName, MonthlyPrice, AnnualPrice, MonthlyCredits, CreatedBy, UpdatedBy
)
SELECT
    v.Tier,
    v.DisplayName,
    v.MonthlyPrice,
    v.AnnualPrice,
    v.MonthlyCredits,
    N'seed',
    N'seed'
FROM (
    VALUES
        (N'free', N'Free', 0.00, 0.00, 1000),
        (N'pro', N'Pro', 19.00, 190.00, 20000),
        (N'pro_max', N'Pro Max', 49.00, 490.00, 60000),
        (N'enterprise_pro', N'Enterprise Pro', 149.00, 1490.00, 250000),
        (N'enterprise_max', N'Enterprise Max', 499.00, 4990.00, 1000000),
        (N'perpetual', N'Perpetual', 199.00, 199.00, 0)
) AS v(Tier, DisplayName, MonthlyPrice, AnnualPrice, MonthlyCredits)
WHERE NOT EXISTS (
    SELECT 1 AS Found
    FROM dbo.SubscriptionTierConfigs AS t
    WHERE t.Tier = v.Tier
);

INSERT INTO dbo.Providers (ProviderId, Name, CreatedBy)
SELECT
    N'demo',
    N'Demo provider',
    N'seed'
WHERE NOT EXISTS (
    SELECT 1 AS Found
    FROM dbo.Providers AS p
    WHERE p.ProviderId = N'demo'
);

INSERT INTO dbo.ModelProviderPricing (
    ProviderId, ModelId, InputPricePer1K, OutputPricePer1K, EffectiveFrom, CreatedBy
)
SELECT
    N'demo',
    N'demo-1',
    0.003,
    0.015,
    '2025-01-01',
    N'seed'
WHERE NOT EXISTS (
    SELECT 1 AS Found
    FROM dbo.ModelProviderPricing AS m
    WHERE
        m.ProviderId = N'demo'
        AND m.ModelId = N'demo-1'
);

INSERT INTO dbo.PricingConfigs (MarginMultiplier, CreditsPerUsd, EffectiveFrom, CreatedBy)
SELECT
    1.5,
    1000,
    '2025-01-01',
    N'seed'
WHERE NOT EXISTS (
    SELECT 1 AS Found
    FROM dbo.PricingConfigs AS c
    WHERE c.Tier IS NULL
);

INSERT INTO dbo.CouponTemplates (Name, Category, DefaultsJson, CreatedBy, UpdatedBy)
SELECT
    v.Name,
    v.Category,
    v.DefaultsJson,
    N'seed',
    N'seed'
FROM (
    VALUES
        (
            N'Black Friday', N'seasonal',
            N'{"couponType":"percentage_discount","discountType":"percentage","discountValue":25}'
        ),
        (
            N'Summer', N'seasonal',
            N'{"couponType":"percentage_discount","discountType":"percentage","discountValue":20}'
        ),
        (
            N'Christmas', N'holiday',
            N'{"couponType":"percentage_discount","discountType":"percentage","discountValue":15}'
        ),
        (
            N'New customer', N'general',
            N'{"couponType":"fixed_amount_discount","discountType":"fixed_amount",'
            + N'"discountValue":10,"applicableTo":"first_time_users"}'
        ),
        (
            N'Free session', N'general',
            N'{"couponType":"percentage_discount","discountType":"free_session",'
            + N'"applicableTo":"30_for_30"}'
        )
) AS v(Name, Category, DefaultsJson)
WHERE NOT EXISTS (
    SELECT 1 AS Found
    FROM dbo.CouponTemplates AS t
    WHERE t.Name = v.Name
);
GO
