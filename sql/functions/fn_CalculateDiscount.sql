/*
dbo.fn_CalculateDiscount: what a discount is worth on a base amount. Cents are rounded once, half
away from zero. Without a base amount only credits have a value (their face value) and FinalAmount
is NULL. CreditsApplied is the part of the granted credits that pays for this order at once.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_CalculateDiscount(
    @DiscountType nvarchar(20),
    @DiscountValue decimal(10, 2),
    @MaxDiscountAmount decimal(10, 2),
    @BaseAmount decimal(10, 2),
    @CreditsPerUsd decimal(12, 4)
)
RETURNS TABLE
AS
RETURN
    SELECT
        d.DiscountAmount,
        CAST(
            CASE
                WHEN @BaseAmount IS NULL THEN NULL
                WHEN d.DiscountAmount > @BaseAmount THEN 0
                ELSE @BaseAmount - d.DiscountAmount
            END AS decimal(10, 2)
        ) AS FinalAmount,
        g.CreditsGranted,
        IIF(g.CreditsApplied > g.CreditsGranted, g.CreditsGranted, g.CreditsApplied)
            AS CreditsApplied,
        CAST(IIF(@DiscountType = N'months_free', @DiscountValue, 0) AS int) AS MonthsGranted
    FROM (
        SELECT
            ISNULL(@BaseAmount, 0) AS BaseAmount,
            -- What a percentage may come to: its cap, and never more than the base amount.
            IIF(@MaxDiscountAmount < ISNULL(@BaseAmount, 0), @MaxDiscountAmount,
                ISNULL(@BaseAmount, 0)) AS Cap,
            ROUND(ISNULL(@BaseAmount, 0) * @DiscountValue / 100, 2) AS Portion
    ) AS b
    CROSS APPLY (
        SELECT
            CAST(
                CASE @DiscountType
                    WHEN N'percentage' THEN IIF(b.Portion < b.Cap, b.Portion, b.Cap)
                    WHEN N'fixed_amount'
                        THEN IIF(@DiscountValue < b.BaseAmount, @DiscountValue, b.BaseAmount)
                    WHEN N'free_session' THEN b.BaseAmount
                    WHEN N'credits' THEN @DiscountValue
                    ELSE 0
                END AS decimal(10, 2)
            ) AS DiscountAmount
    ) AS d
    CROSS APPLY (
        SELECT
            CAST(
                IIF(@DiscountType = N'credits', ROUND(@DiscountValue * @CreditsPerUsd, 0), 0) AS int
            ) AS CreditsGranted,
            CAST(
                IIF(
                    @DiscountType = N'credits',
                    CEILING(
                        IIF(@DiscountValue < b.BaseAmount, @DiscountValue, b.BaseAmount)
                        * @CreditsPerUsd
                    ),
                    0
                ) AS int
            ) AS CreditsApplied
    ) AS g;
GO
