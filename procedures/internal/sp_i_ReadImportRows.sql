SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Reads the rows of an import file: an array of objects with the keys code, discount_type,
           discount_value, valid_from and, optionally, internal_name, description_en,
           max_uses_total, valid_until, applicable_to, campaign_source. Values are texts or
           numbers, blank is absent. What needs no lock is decided here: shape and length of the
           values, codes that come twice, and the rules of a coupon.
Called by: sp_ImportCoupons, before its transaction
Locks:     none
Returns:   @ReadJson, one object a row: rowNo, code, errorCode, message and the typed attributes
Throws:    by sp_i_CheckImportFile 50002, 50004
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReadImportRows
    @CampaignId nvarchar(100),
    @RowsJson nvarchar(max),
    @Now datetime2(3),
    @ReadJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @CheckJson nvarchar(max), @ErrorsJson nvarchar(max),
            @CampaignHasConsultants bit;
    DECLARE @Rows TABLE (
        RowNo int NOT NULL PRIMARY KEY,
        Code nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
        DiscountType nvarchar(200) NULL, DiscountValue nvarchar(200) NULL,
        ValidFrom nvarchar(200) NULL, InternalName nvarchar(200) NULL,
        Description nvarchar(2000) NULL, MaxUses nvarchar(200) NULL, ExpiresAt nvarchar(200) NULL,
        ApplicableTo nvarchar(200) NULL, CampaignSource nvarchar(200) NULL,
        ErrorCode nvarchar(50) NULL, Message nvarchar(400) NULL);

    EXEC dbo.sp_i_CheckImportFile @RowsJson = @RowsJson;

    -- Only OPENJSON without a schema tells the position. Columns are wider than what may be stored,
    -- so that a long text is told and not cut.
    INSERT INTO @Rows
        (RowNo, Code, DiscountType, DiscountValue, ValidFrom, InternalName, Description, MaxUses,
         ExpiresAt, ApplicableTo, CampaignSource)
    SELECT CAST(e.[key] AS int) + 1, NULLIF(n.Code, N''), NULLIF(TRIM(j.DiscountType), N''),
           NULLIF(TRIM(j.DiscountValue), N''), NULLIF(TRIM(j.ValidFrom), N''),
           NULLIF(TRIM(j.InternalName), N''), NULLIF(TRIM(j.Description), N''),
           NULLIF(TRIM(j.MaxUses), N''), NULLIF(TRIM(j.ExpiresAt), N''),
           NULLIF(TRIM(j.ApplicableTo), N''), NULLIF(TRIM(j.CampaignSource), N'')
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
        CampaignSource nvarchar(200) '$.campaign_source') AS j
    CROSS APPLY dbo.fn_NormaliseCode(j.Code) AS n;

    -- A date begins with year-month-day, whatever the language of the login, and is UTC.
    UPDATE r
    SET ErrorCode = x.ErrorCode, Message = x.Message
    FROM @Rows AS r
    CROSS APPLY (
        SELECT TOP (1) c.ErrorCode, c.Message
        FROM (VALUES
            (1, N'ARG_REQUIRED', N'code is missing.', IIF(r.Code IS NULL, 1, 0)),
            (2, N'ARG_BAD_CODE', N'code takes 3 to 20 of A-Z, 0-9, line and hyphen.',
                IIF(LEN(r.Code) NOT BETWEEN 3 AND 20 OR r.Code LIKE N'%[^A-Z0-9_-]%', 1, 0)),
            (3, N'ARG_REQUIRED', N'discount_type is missing.', IIF(r.DiscountType IS NULL, 1, 0)),
            (4, N'ARG_REQUIRED', N'discount_value is missing.',
                IIF(r.DiscountValue IS NULL AND r.DiscountType <> N'free_session', 1, 0)),
            (5, N'ARG_REQUIRED', N'valid_from is missing.', IIF(r.ValidFrom IS NULL, 1, 0)),
            (6, N'ARG_BAD_JSON', N'discount_value is no amount.',
                IIF(r.DiscountValue IS NOT NULL
                    AND TRY_CAST(r.DiscountValue AS decimal(10,2)) IS NULL, 1, 0)),
            (7, N'ARG_BAD_JSON', N'max_uses_total is no whole number.',
                IIF(r.MaxUses IS NOT NULL AND TRY_CAST(r.MaxUses AS int) IS NULL, 1, 0)),
            (8, N'ARG_BAD_JSON', N'valid_from is no date as 2026-12-31T23:59:59.',
                IIF(r.ValidFrom NOT LIKE N'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
                    OR r.ValidFrom LIKE N'%[+]%' OR r.ValidFrom LIKE N'%[0-9]:%-%'
                    OR TRY_CAST(r.ValidFrom AS datetime2(3)) IS NULL AND r.ValidFrom IS NOT NULL,
                    1, 0)),
            (9, N'ARG_BAD_JSON', N'valid_until is no date as 2026-12-31T23:59:59.',
                IIF(r.ExpiresAt NOT LIKE N'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
                    OR r.ExpiresAt LIKE N'%[+]%' OR r.ExpiresAt LIKE N'%[0-9]:%-%'
                    OR TRY_CAST(r.ExpiresAt AS datetime2(3)) IS NULL AND r.ExpiresAt IS NOT NULL,
                    1, 0)),
            (10, N'ARG_TOO_LONG', N'description_en is longer than 1000 characters.',
                IIF(LEN(r.Description) > 1000, 1, 0)),
            (11, N'ARG_TOO_LONG', N'campaign_source is longer than 100 characters.',
                IIF(LEN(r.CampaignSource) > 100, 1, 0)),
            (12, N'ARG_NOT_IN_LIST', N'discount_type is no discount type.',
                IIF(LEN(r.DiscountType) > 20, 1, 0)),
            (13, N'ARG_NOT_IN_LIST', N'applicable_to is no audience.',
                IIF(LEN(r.ApplicableTo) > 30, 1, 0))
        ) AS c (Seq, ErrorCode, Message, Broken)
        WHERE c.Broken = 1
        ORDER BY c.Seq
    ) AS x;

    UPDATE r
    SET ErrorCode = N'CODE_EXISTS',
        Message = CONCAT(N'Code ', r.Code, N' is in row ', f.FirstRow, N' already.')
    FROM @Rows AS r
    INNER JOIN (SELECT d.Code, MIN(d.RowNo) AS FirstRow
                FROM @Rows AS d
                WHERE d.Code IS NOT NULL
                GROUP BY d.Code
                HAVING COUNT(*) > 1) AS f ON f.Code = r.Code
    WHERE r.RowNo > f.FirstRow AND r.ErrorCode IS NULL;

    SET @CampaignHasConsultants = IIF(
        EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                WHERE t.CampaignId = @CampaignId AND t.TargetKind = N'consultant'), 1, 0);
    -- A file names no coupon type: it follows from the discount. An existing code may keep a start
    -- that has passed, and its own targets count.
    SET @CheckJson = (
        SELECT r.RowNo AS rowNo, r.InternalName AS internalName,
               CASE WHEN r.DiscountType IN (N'fixed_amount', N'credits')
                        THEN N'fixed_amount_discount'
                    WHEN r.DiscountType = N'months_free' THEN N'duration_bonus'
                    ELSE N'percentage_discount' END AS couponType,
               r.DiscountType AS discountType,
               TRY_CAST(r.DiscountValue AS decimal(10,2)) AS discountValue, 0 AS minimumOrderAmount,
               TRY_CAST(r.MaxUses AS int) AS maxUses, 1 AS maxUsesPerUser,
               TRY_CAST(r.ValidFrom AS datetime2(3)) AS validFrom,
               TRY_CAST(r.ExpiresAt AS datetime2(3)) AS expiresAt,
               COALESCE(r.ApplicableTo, N'all') AS applicableTo,
               IIF(@CampaignHasConsultants = 1
                   OR EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                              WHERE t.CouponId = k.CouponId AND t.TargetKind = N'consultant'),
                   1, 0) AS hasConsultants,
               IIF(k.ValidFrom = TRY_CAST(r.ValidFrom AS datetime2(3)), 1, 0) AS allowPastStart
        FROM @Rows AS r
        LEFT JOIN dbo.Coupons AS k ON k.CouponCode = r.Code
        WHERE r.ErrorCode IS NULL
        FOR JSON PATH);
    EXEC dbo.sp_i_CheckCouponRows
        @RowsJson = @CheckJson, @Now = @Now, @ErrorsJson = @ErrorsJson OUTPUT;
    UPDATE r
    SET ErrorCode = b.Name,
        Message = CONCAT(CASE b.Parameter WHEN N'ValidFrom' THEN N'valid_from'
                                          WHEN N'ExpiresAt' THEN N'valid_until'
                                          WHEN N'MaxUses' THEN N'max_uses_total'
                                          WHEN N'DiscountValue' THEN N'discount_value'
                                          WHEN N'InternalName' THEN N'internal_name'
                                          WHEN N'ApplicableTo' THEN N'applicable_to'
                                          ELSE N'discount_type' END, N' ', b.Detail)
    FROM @Rows AS r
    INNER JOIN OPENJSON(@ErrorsJson) WITH (
        RowNo int '$.rowNo',
        Name nvarchar(50) '$.name',
        Parameter nvarchar(60) '$.parameter',
        Detail nvarchar(200) '$.detail') AS b ON b.RowNo = r.RowNo;

    SET @ReadJson = (
        SELECT r.RowNo AS rowNo, r.Code AS code, r.ErrorCode AS errorCode, r.Message AS message,
               r.DiscountType AS discountType,
               TRY_CAST(r.DiscountValue AS decimal(10,2)) AS discountValue,
               TRY_CAST(r.ValidFrom AS datetime2(3)) AS validFrom, r.InternalName AS internalName,
               r.Description AS description, TRY_CAST(r.MaxUses AS int) AS maxUses,
               TRY_CAST(r.ExpiresAt AS datetime2(3)) AS expiresAt,
               r.ApplicableTo AS applicableTo, r.CampaignSource AS campaignSource
        FROM @Rows AS r
        FOR JSON PATH);
END;
