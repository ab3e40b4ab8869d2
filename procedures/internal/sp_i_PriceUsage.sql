SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Prices one use of a model: what the vendor takes for the tokens, unless that is known,
           and the credits for it: cost by margin and credit rate of the user's tier, rounded up. A
           tier's own rate wins over the general one; a user without a live subscription is free.
Called by: sp_DeductCredits, under the lock of the user.
Locks:     none
Returns:   @VendorCost (given, or by the model's price; NULL without a price) and @Credits (NULL
           without a price or a rate).
Throws:    50002 the cost or the credits leave their range.
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PriceUsage
    @UserId nvarchar(100),
    @ProviderId nvarchar(50),
    @ModelId nvarchar(100),
    @InputTokens int,
    @OutputTokens int,
    @Now datetime2(3),
    @VendorCost decimal(18,6) OUTPUT,
    @Credits int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Tier nvarchar(20) = N'free', @Cost decimal(38,6), @Price decimal(38,6);

    SET @Credits = NULL;
    IF @VendorCost IS NULL
    BEGIN
        SELECT TOP (1) @Cost = ROUND((@InputTokens * p.InputPricePer1K
                                      + @OutputTokens * p.OutputPricePer1K) / 1000, 6)
        FROM dbo.ModelProviderPricing AS p
        WHERE p.ProviderId = @ProviderId AND p.ModelId = @ModelId AND p.EffectiveFrom <= @Now
              AND (p.EffectiveTo IS NULL OR p.EffectiveTo > @Now)
        ORDER BY p.EffectiveFrom DESC;
        IF @Cost >= 1000000000000
            THROW 50002, N'ARG_OUT_OF_RANGE: the cost of so many tokens is out of range.', 1;
        SET @VendorCost = @Cost;
    END;

    SELECT TOP (1) @Tier = s.Tier
    FROM dbo.Subscriptions AS s
    WHERE s.UserId = @UserId AND s.Status IN (N'trial', N'active', N'past_due')
    ORDER BY s.CurrentPeriodEnd DESC, s.SubscriptionId DESC;

    SELECT TOP (1) @Price = CEILING(@VendorCost * c.MarginMultiplier * c.CreditsPerUsd)
    FROM dbo.PricingConfigs AS c
    WHERE (c.Tier IS NULL OR c.Tier = @Tier) AND c.EffectiveFrom <= @Now
          AND (c.EffectiveTo IS NULL OR c.EffectiveTo > @Now)
    ORDER BY IIF(c.Tier IS NULL, 1, 0), c.EffectiveFrom DESC;
    IF @Price > 2147483647
        THROW 50002, N'ARG_OUT_OF_RANGE: the credits for this usage are out of range.', 1;
    SET @Credits = @Price;
END;
