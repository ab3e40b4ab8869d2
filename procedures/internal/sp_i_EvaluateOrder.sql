SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Steps S18 to S21: stacking with other codes on the order, the discount itself, the
           campaign's budget, and the minimum purchase. Yields the quote.
Called by: sp_i_Evaluate.
Locks:     none of its own; an attempt holds L2 to L4.
Returns:   OUTPUT parameters only. The quote is calculated on the order amount minus the discounts
           that the order carries already (BaseAmount); the minimum is tested before them.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EvaluateOrder
    @CouponId bigint, @UserId nvarchar(100), @OrderId nvarchar(100), @OrderAmount decimal(10,2),
    @IsStackable bit, @StackingGroup nvarchar(50), @IsHeld bit, @CouponsPerOrder int,
    @CurrencyCode nchar(3) OUTPUT,        -- as given, else the campaign's
    @CampaignCurrency nchar(3), @CreditsPerUsd decimal(12,4), @BudgetAmount decimal(10,2),
    @BudgetTaken decimal(10,2),           -- NULL: striped, the claim decides S20
    @MinimumOrderAmount decimal(10,2),
    @BaseAmount decimal(10,2) OUTPUT, @DiscountType nvarchar(20) OUTPUT,
    @DiscountValue decimal(10,2) OUTPUT, @DiscountAmount decimal(10,2) OUTPUT,
    @FinalAmount decimal(10,2) OUTPUT, @CreditsGranted int OUTPUT, @CreditsApplied int OUTPUT,
    @MonthsGranted int OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Others int = 0, @OtherDiscounts decimal(12,2) = 0, @Clash nvarchar(50),
            @MaxDiscountAmount decimal(10,2), @LowestTier decimal(10,2),
            @Minimum decimal(10,2) = @MinimumOrderAmount;

    -- The pending row of the user's own reservation of this code is not another code.
    IF @OrderId IS NOT NULL
        SELECT @Others = COUNT(*),
               @OtherDiscounts = COALESCE(SUM(h.DiscountAmount), 0),
               @Clash = MIN(IIF(@IsStackable = 1 AND o.IsStackable = 1
                                AND (o.StackingGroup IS NULL OR @StackingGroup IS NULL
                                     OR o.StackingGroup <> @StackingGroup),
                                NULL, h.CouponCode))
        FROM dbo.RedemptionHistory AS h
        LEFT OUTER JOIN dbo.Coupons AS o ON o.CouponId = h.CouponId
        WHERE h.OrderId = @OrderId AND h.UserId = @UserId
          AND h.Status IN (N'success', N'pending')
          AND NOT (@IsHeld = 1 AND h.CouponId = @CouponId AND h.Status = N'pending');

    SET @BaseAmount = IIF(@OtherDiscounts > @OrderAmount, 0, @OrderAmount - @OtherDiscounts);

    SELECT @DiscountType = e.DiscountType, @DiscountValue = e.DiscountValue,
           @MaxDiscountAmount = e.MaxDiscountAmount
    FROM dbo.fn_EffectiveDiscount(@CouponId, COALESCE(@BaseAmount, 0)) AS e;

    SELECT @DiscountAmount = d.DiscountAmount, @FinalAmount = d.FinalAmount,
           @CreditsGranted = d.CreditsGranted, @CreditsApplied = d.CreditsApplied,
           @MonthsGranted = d.MonthsGranted
    FROM dbo.fn_CalculateDiscount(@DiscountType, @DiscountValue, @MaxDiscountAmount, @BaseAmount,
                                  @CreditsPerUsd) AS d;

    -- No discount for this amount: one from tiers may wait for a larger purchase.
    IF @DiscountType IS NULL
        SELECT @LowestTier = MIN(t.MinOrderAmount)
        FROM dbo.DiscountTiers AS t
        WHERE t.CouponId = @CouponId;
    IF @LowestTier > @Minimum
        SET @Minimum = @LowestTier;

    SET @ErrorCode = CASE
        WHEN @Clash IS NOT NULL THEN N'STACKING_NOT_ALLOWED'
        WHEN @Others > 0 AND @Others >= @CouponsPerOrder THEN N'STACKING_LIMIT_REACHED'
        WHEN @CurrencyCode <> @CampaignCurrency THEN N'CURRENCY_MISMATCH'
        WHEN @DiscountType IS NULL AND @LowestTier IS NULL THEN N'NO_DISCOUNT_CONFIGURED'
        WHEN @BudgetTaken + COALESCE(@DiscountAmount, 0) > @BudgetAmount
            THEN N'CAMPAIGN_BUDGET_EXCEEDED'
        -- A tier counts from the amount after other discounts, so it can be missed below its
        -- minimum even where the order itself is large enough.
        WHEN COALESCE(@OrderAmount, 0) < @Minimum OR @DiscountType IS NULL
            THEN N'MINIMUM_PURCHASE_NOT_MET'
    END;
    SET @CurrencyCode = COALESCE(@CurrencyCode, @CampaignCurrency);
    SET @Detail = CASE @ErrorCode
        WHEN N'STACKING_NOT_ALLOWED' THEN @Clash
        WHEN N'STACKING_LIMIT_REACHED' THEN CAST(@CouponsPerOrder AS nvarchar(10))
        WHEN N'CURRENCY_MISMATCH' THEN @CampaignCurrency
        WHEN N'MINIMUM_PURCHASE_NOT_MET' THEN CAST(@Minimum AS nvarchar(20))
    END;
END;
