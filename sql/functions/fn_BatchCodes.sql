/*
dbo.fn_BatchCodes: the elements of a batch of generated codes, read from its text. Flaw is NULL
where an element can be stored; of what is wrong with it, the first in this order: 1 no code,
2 unreadable end, 3 malformed code, 4 user too long, 5 an end before the start of all.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_BatchCodes(
    @CouponsJson nvarchar(max),
    @ValidFrom datetime2(3)
)
RETURNS TABLE
AS
RETURN
    SELECT
        c.CouponCode,
        c.AssignedTo,
        c.ExpiresAt,
        CASE
            WHEN c.CouponCode = N'' THEN 1
            WHEN c.ExpiresAt IS NULL AND j.ExpiresAt IS NOT NULL THEN 2
            WHEN LEN(c.CouponCode) NOT BETWEEN 3 AND 50 THEN 3
            WHEN c.CouponCode LIKE N'%[^A-Z0-9_-]%' THEN 3
            WHEN LEN(c.AssignedTo) > 100 THEN 4
            WHEN c.ExpiresAt <= @ValidFrom THEN 5
        END AS Flaw
    FROM OPENJSON(@CouponsJson) WITH (
        CouponCode nvarchar(200) '$.code',
        AssignedTo nvarchar(200) '$.assignedTo',
        ExpiresAt nvarchar(40) '$.expiresAt'
    ) AS j
    CROSS APPLY (
        SELECT
            COALESCE(j.CouponCode, N'') COLLATE Latin1_General_100_BIN2 AS CouponCode,
            NULLIF(TRIM(j.AssignedTo), N'') COLLATE Latin1_General_100_BIN2 AS AssignedTo,
            TRY_CAST(j.ExpiresAt AS datetime2(3)) AS ExpiresAt
    ) AS c;
GO
