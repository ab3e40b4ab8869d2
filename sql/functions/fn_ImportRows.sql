/*
dbo.fn_ImportRows: the rows of an import file, typed, with the first thing that is wrong with each
(ErrorCode, Message). A file names no coupon type: it follows from the discount. A date begins with
year-month-day, whatever the language of the login, and is UTC.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_ImportRows(@RowsJson nvarchar(max))
RETURNS TABLE
AS
RETURN
    -- Only OPENJSON without a schema tells the position. Columns are wider than what may be stored,
    -- so that a long text is told and not cut.
    SELECT
        CAST(e.[key] AS int) + 1 AS RowNo,
        j.Code,
        j.DiscountType,
        CASE
            WHEN j.DiscountType IN (N'fixed_amount', N'credits') THEN N'fixed_amount_discount'
            WHEN j.DiscountType = N'months_free' THEN N'duration_bonus'
            ELSE N'percentage_discount'
        END AS CouponType,
        v.DiscountValue,
        v.ValidFrom,
        j.InternalName,
        j.Description,
        v.MaxUses,
        v.ExpiresAt,
        j.ApplicableTo,
        j.CampaignSource,
        x.ErrorCode,
        x.Message
    FROM OPENJSON(@RowsJson) AS e
    CROSS APPLY OPENJSON(e.[value]) WITH (
        Code nvarchar(200) '$.code',
        DiscountType nvarchar(200) '$.discount_type',
        DiscountValue nvarchar(200) '$.discount_value',
        ValidFrom nvarchar(200) '$.valid_from',
        InternalName nvarchar(200) '$.internal_name',
        Description nvarchar(2000) '$.description_en',
        MaxUses nvarchar(200) '$.max_uses_total',
        ExpiresAt nvarchar(200) '$.valid_until',
        ApplicableTo nvarchar(200) '$.applicable_to',
        CampaignSource nvarchar(200) '$.campaign_source'
    ) AS o
    CROSS APPLY dbo.fn_NormaliseCode(o.Code) AS n
    CROSS APPLY (
        SELECT
            NULLIF(n.Code, N'') AS Code,
            NULLIF(TRIM(o.DiscountType), N'') AS DiscountType,
            NULLIF(TRIM(o.DiscountValue), N'') AS DiscountValue,
            NULLIF(TRIM(o.ValidFrom), N'') AS ValidFrom,
            NULLIF(TRIM(o.InternalName), N'') AS InternalName,
            NULLIF(TRIM(o.Description), N'') AS Description,
            NULLIF(TRIM(o.MaxUses), N'') AS MaxUses,
            NULLIF(TRIM(o.ExpiresAt), N'') AS ExpiresAt,
            NULLIF(TRIM(o.ApplicableTo), N'') AS ApplicableTo,
            NULLIF(TRIM(o.CampaignSource), N'') AS CampaignSource
    ) AS j
    CROSS APPLY (
        SELECT
            TRY_CAST(j.DiscountValue AS decimal(10, 2)) AS DiscountValue,
            TRY_CAST(j.ValidFrom AS datetime2(3)) AS ValidFrom,
            TRY_CAST(j.MaxUses AS int) AS MaxUses,
            TRY_CAST(j.ExpiresAt AS datetime2(3)) AS ExpiresAt
    ) AS v
    OUTER APPLY (
        SELECT TOP (1)
            c.ErrorCode,
            c.Message
        FROM (
            VALUES
            (1, N'ARG_REQUIRED', N'code is missing.', IIF(j.Code IS NULL, 1, 0)),
            (2, N'ARG_BAD_CODE', N'code takes 3 to 20 of A-Z, 0-9, line and hyphen.',
                IIF(LEN(j.Code) NOT BETWEEN 3 AND 20 OR j.Code LIKE N'%[^A-Z0-9_-]%', 1, 0)),
            (3, N'ARG_REQUIRED', N'discount_type is missing.', IIF(j.DiscountType IS NULL, 1, 0)),
            (4, N'ARG_REQUIRED', N'discount_value is missing.',
                IIF(j.DiscountValue IS NULL AND j.DiscountType <> N'free_session', 1, 0)),
            (5, N'ARG_REQUIRED', N'valid_from is missing.', IIF(j.ValidFrom IS NULL, 1, 0)),
            (6, N'ARG_BAD_JSON', N'discount_value is no amount.',
                IIF(j.DiscountValue IS NOT NULL
                    AND v.DiscountValue IS NULL, 1, 0)),
            (7, N'ARG_BAD_JSON', N'max_uses_total is no whole numbej.',
                IIF(j.MaxUses IS NOT NULL AND v.MaxUses IS NULL, 1, 0)),
            (8, N'ARG_BAD_JSON', N'valid_from is no date as 2026-12-31T23:59:59.',
                IIF(j.ValidFrom NOT LIKE N'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
                    OR j.ValidFrom LIKE N'%[+]%' OR j.ValidFrom LIKE N'%[0-9]:%-%'
                    OR v.ValidFrom IS NULL AND j.ValidFrom IS NOT NULL,
                    1, 0)),
            (9, N'ARG_BAD_JSON', N'valid_until is no date as 2026-12-31T23:59:59.',
                IIF(j.ExpiresAt NOT LIKE N'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
                    OR j.ExpiresAt LIKE N'%[+]%' OR j.ExpiresAt LIKE N'%[0-9]:%-%'
                    OR v.ExpiresAt IS NULL AND j.ExpiresAt IS NOT NULL,
                    1, 0)),
            (10, N'ARG_TOO_LONG', N'description_en is longer than 1000 characters.',
                IIF(LEN(j.Description) > 1000, 1, 0)),
            (11, N'ARG_TOO_LONG', N'campaign_source is longer than 100 characters.',
                IIF(LEN(j.CampaignSource) > 100, 1, 0)),
            (12, N'ARG_NOT_IN_LIST', N'discount_type is no discount type.',
                IIF(LEN(j.DiscountType) > 20, 1, 0)),
            (13, N'ARG_NOT_IN_LIST', N'applicable_to is no audience.',
                IIF(LEN(j.ApplicableTo) > 30, 1, 0))
        ) AS c(Seq, ErrorCode, Message, Broken)
        WHERE c.Broken = 1
        ORDER BY c.Seq
    ) AS x;
GO
