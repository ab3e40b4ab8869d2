SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses spending tiers that DiscountTiers may not hold.
Called by: sp_SetDiscountTiers
Locks:     none
Returns:   nothing
Throws:    50002, 50003, 50004, 50007, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckTiers
    @TiersJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @ErrorNumber int, @Text nvarchar(400);

    EXEC dbo.sp_i_CheckJson @Json = @TiersJson, @Parameter = N'@TiersJson', @Shape = N'array';

    -- OPENJSON types: 1 text, 2 number, 5 object.
    IF EXISTS (SELECT 1 FROM OPENJSON(@TiersJson) AS e WHERE e.[type] <> 5)
        THROW 50004, N'ARG_BAD_JSON: @TiersJson takes objects.', 1;

    IF EXISTS (SELECT 1
               FROM OPENJSON(@TiersJson) AS e
               CROSS APPLY OPENJSON(e.[value]) AS k
               WHERE CASE WHEN k.[key] IN (N'minOrderAmount', N'discountValue')
                              THEN IIF(k.[type] IN (1, 2)
                                       AND TRY_CAST(k.[value] AS decimal(10,2)) IS NOT NULL, 1, 0)
                          WHEN k.[key] = N'discountType' THEN IIF(k.[type] = 1, 1, 0)
                          ELSE 0 END = 0)
       OR EXISTS (SELECT 1
                  FROM OPENJSON(@TiersJson) AS e
                  WHERE (SELECT COUNT(DISTINCT k.[key]) FROM OPENJSON(e.[value]) AS k) <> 3)
        THROW 50004, N'ARG_BAD_JSON: @TiersJson takes minOrderAmount, discountType, discountValue.',
              1;

    IF EXISTS (SELECT 1
               FROM OPENJSON(@TiersJson) WITH (
                   MinOrderAmount decimal(10,2) '$.minOrderAmount') AS j
               GROUP BY j.MinOrderAmount
               HAVING COUNT(*) > 1)
        THROW 50009, N'ARG_CONFLICT: @TiersJson has one minimum twice.', 1;

    SELECT TOP (1) @ErrorNumber = r.Number,
           @Text = CONCAT(r.Name, N': @TiersJson tier of ', j.MinOrderAmount, N' ', r.Detail)
    FROM OPENJSON(@TiersJson) WITH (
        MinOrderAmount decimal(10,2) '$.minOrderAmount',
        DiscountType nvarchar(200) '$.discountType',
        DiscountValue decimal(10,2) '$.discountValue') AS j
    CROSS APPLY (VALUES
        (50002, N'ARG_OUT_OF_RANGE', N'begins below zero.', IIF(j.MinOrderAmount < 0, 1, 0)),
        (50003, N'ARG_NOT_IN_LIST', N'must be percentage or fixed_amount.',
            IIF(j.DiscountType COLLATE Latin1_General_100_BIN2
                NOT IN (N'percentage', N'fixed_amount'), 1, 0)),
        (50007, N'ARG_BAD_DISCOUNT', N'must be 1 to 100 percent, or a positive amount.',
            IIF(j.DiscountValue <= 0 OR j.DiscountType = N'percentage'
                AND j.DiscountValue NOT BETWEEN 1 AND 100, 1, 0))
    ) AS r (Number, Name, Detail, Broken)
    WHERE r.Broken = 1
    ORDER BY r.Number, j.MinOrderAmount;
    IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Text, 1;
END;
