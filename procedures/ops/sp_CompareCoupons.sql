SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Sets 2 to 10 coupons side by side over a period, and each against the first: by how many
           percentage points its conversion rate differs, and the z value of the two proportions
           (beyond 1.96 on either side chance is an unlikely reason). Conversions are successes out
           of views, or of attempts where those are more. The given order is kept; a code that does
           not exist has no CouponId and no figures.
Called by: coupon_ops
Locks:     none
Returns:   rows: CouponCode, CouponId, CampaignId, VariantLabel, Views, Attempts, Successes,
           Failures, Reversals, SuccessRate, ConversionRate, UniqueUsers, NewUsers, DiscountTotal,
           RevenueTotal, CashTotal, AvgDiscount, RevenuePerSuccess, ConversionDifference,
           RevenueDifference, ZValue (NULL in the first row and where nothing can be compared)
Throws:    50001, 50002, 50004, 50006
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_CompareCoupons
    @CodesJson nvarchar(max),
    @FromUtc datetime2(3) = NULL,
    @ToUtc datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Codes TABLE (
        CodeNo int NOT NULL PRIMARY KEY,
        CouponCode nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL);

    SET @CodesJson = NULLIF(TRIM(@CodesJson), N'');
    IF @CodesJson IS NULL THROW 50001, N'ARG_REQUIRED: @CodesJson', 1;
    EXEC dbo.sp_i_CheckJson @Json = @CodesJson, @Parameter = N'@CodesJson', @Shape = N'array';
    -- OPENJSON type 1 is text.
    IF EXISTS (SELECT 1 AS Found FROM OPENJSON(@CodesJson) AS j
               WHERE j.[type] <> 1 OR LEN(j.[value]) > 200)
        THROW 50004, N'ARG_BAD_JSON: @CodesJson must be a list of codes.', 1;
    EXEC dbo.sp_i_ReadPeriod @FromUtc = @FromUtc OUTPUT, @ToUtc = @ToUtc OUTPUT;
    SELECT @FromUtc = COALESCE(@FromUtc, '00010101'), @ToUtc = COALESCE(@ToUtc, '99991231');

    -- A code named twice is compared once, where it was named first.
    INSERT INTO @Codes (CodeNo, CouponCode)
    SELECT MIN(CAST(j.[key] AS int)), n.Code
    FROM OPENJSON(@CodesJson) AS j
    CROSS APPLY dbo.fn_NormaliseCode(j.[value]) AS n
    GROUP BY n.Code;
    IF @@ROWCOUNT NOT BETWEEN 2 AND 10
        THROW 50002, N'ARG_OUT_OF_RANGE: @CodesJson must name 2 to 10 codes.', 1;

    WITH Compared AS (
        SELECT k.CodeNo, k.CouponCode, c.CouponId, c.CampaignId, c.VariantLabel, a.Views,
               a.Attempts, a.Successes, a.Failures, a.Reversals, a.UniqueUsers, a.NewUsers,
               a.DiscountTotal, a.RevenueTotal, a.CashTotal, r.SuccessRate, r.ConversionRate,
               m.AvgDiscount, CAST(a.Successes AS float) AS Hits,
               CAST(NULLIF(r.Chances, 0) AS float) AS Tries
        FROM @Codes AS k
        LEFT OUTER JOIN dbo.Coupons AS c ON c.CouponCode = k.CouponCode
        CROSS APPLY (
            SELECT COALESCE(SUM(v.Views), 0) AS Views, COALESCE(SUM(v.Attempts), 0) AS Attempts,
                   COALESCE(SUM(v.Successes), 0) AS Successes,
                   COALESCE(SUM(v.Failures), 0) AS Failures,
                   COALESCE(SUM(v.Reversals), 0) AS Reversals,
                   COALESCE(SUM(v.Counted), 0) AS Counted,
                   COUNT(DISTINCT v.CountedUser) AS UniqueUsers, COUNT(v.FirstUser) AS NewUsers,
                   CAST(COALESCE(SUM(v.DiscountTotal), 0) AS decimal(14, 2)) AS DiscountTotal,
                   CAST(COALESCE(SUM(v.RevenueTotal), 0) AS decimal(14, 2)) AS RevenueTotal,
                   CAST(COALESCE(SUM(v.CashTotal), 0) AS decimal(14, 2)) AS CashTotal
            FROM dbo.fn_Activity() AS v
            WHERE v.CouponId = c.CouponId
                  AND v.OccurredAt >= @FromUtc AND v.OccurredAt < @ToUtc) AS a
        CROSS APPLY dbo.fn_Rates(a.Views, a.Attempts, a.Successes, a.Failures) AS r
        CROSS APPLY dbo.fn_Returns(a.Counted, a.DiscountTotal, a.RevenueTotal, 0, 0, 0, 0) AS m
    )
    SELECT x.CouponCode, x.CouponId, x.CampaignId, x.VariantLabel, x.Views, x.Attempts,
           x.Successes, x.Failures, x.Reversals, x.SuccessRate, x.ConversionRate, x.UniqueUsers,
           x.NewUsers, x.DiscountTotal, x.RevenueTotal, x.CashTotal, x.AvgDiscount,
           CAST(x.RevenueTotal / NULLIF(x.Successes, 0) AS decimal(14, 2)) AS RevenuePerSuccess,
           CAST(x.ConversionRate - f.ConversionRate AS decimal(7, 2)) AS ConversionDifference,
           CAST(x.RevenueTotal - f.RevenueTotal AS decimal(14, 2)) AS RevenueDifference,
           CAST((x.Hits / x.Tries - f.Hits / f.Tries)
                / NULLIF(SQRT(p.Share * (1 - p.Share) * (1 / x.Tries + 1 / f.Tries)), 0)
                AS decimal(9, 2)) AS ZValue
    FROM Compared AS x
    LEFT OUTER JOIN Compared AS f
        ON f.CodeNo = (SELECT MIN(k.CodeNo) FROM @Codes AS k) AND x.CodeNo > f.CodeNo
    CROSS APPLY (SELECT (x.Hits + f.Hits) / (x.Tries + f.Tries) AS Share) AS p
    ORDER BY x.CodeNo;
END;
