/*
dbo.fn_Returns: what sums of money mean. Fees of the payment provider go off the cash; discounts and
marketing are the cost; a figure is NULL where there is nothing to divide by.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_Returns(
    @Counted int,
    @DiscountTotal decimal(14, 2),
    @RevenueTotal decimal(14, 2),
    @CashTotal decimal(14, 2),
    @PaidSuccesses int,
    @MarketingCost decimal(14, 2),
    @NewUsers int
)
RETURNS TABLE
AS
RETURN
    SELECT
        CAST(@DiscountTotal / NULLIF(@Counted, 0) AS decimal(14, 2)) AS AvgDiscount,
        CAST(
            @CashTotal - @CashTotal * f.FeePercent / 100 - @PaidSuccesses * f.FeeFixed
            AS decimal(14, 2)
        ) AS NetRevenue,
        CAST(c.Cost AS decimal(14, 2)) AS Cost,
        CAST(100 * (@RevenueTotal - c.Cost) / NULLIF(c.Cost, 0) AS decimal(18, 4)) AS ROI,
        CAST(c.Cost / NULLIF(@NewUsers, 0) AS decimal(14, 2)) AS CAC
    FROM (
        SELECT
            MAX(IIF(s.SettingName = N'payment_fee_percent', v.DecimalValue, NULL)) AS FeePercent,
            MAX(IIF(s.SettingName = N'payment_fee_fixed', v.DecimalValue, NULL)) AS FeeFixed
        FROM (VALUES (N'payment_fee_percent'), (N'payment_fee_fixed')) AS s(SettingName)
        CROSS APPLY dbo.fn_Setting(s.SettingName) AS v
    ) AS f
    CROSS JOIN (SELECT @MarketingCost + @DiscountTotal AS Cost) AS c;
GO
