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
        DiscountType nvarchar(200) NULL, CouponType nvarchar(30) NOT NULL,
        DiscountValue decimal(10,2) NULL, ValidFrom datetime2(3) NULL,
        InternalName nvarchar(200) NULL, Description nvarchar(2000) NULL, MaxUses int NULL,
        ExpiresAt datetime2(3) NULL, ApplicableTo nvarchar(200) NULL,
        CampaignSource nvarchar(200) NULL, ErrorCode nvarchar(50) NULL,
        Message nvarchar(400) NULL);

    EXEC dbo.sp_i_CheckImportFile @RowsJson = @RowsJson;

    INSERT INTO @Rows
        (RowNo, Code, DiscountType, CouponType, DiscountValue, ValidFrom, InternalName,
         Description, MaxUses, ExpiresAt, ApplicableTo, CampaignSource, ErrorCode, Message)
    SELECT j.RowNo, j.Code, j.DiscountType, j.CouponType, j.DiscountValue, j.ValidFrom,
           j.InternalName, j.Description, j.MaxUses, j.ExpiresAt, j.ApplicableTo,
           j.CampaignSource, j.ErrorCode, j.Message
    FROM dbo.fn_ImportRows(@RowsJson) AS j;

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
    -- An existing code may keep a start that has passed, and its own targets count.
    SET @CheckJson = (
        SELECT r.RowNo AS rowNo, r.InternalName AS internalName,
               r.CouponType AS couponType, r.DiscountType AS discountType,
               r.DiscountValue AS discountValue, 0 AS minimumOrderAmount, r.MaxUses AS maxUses,
               1 AS maxUsesPerUser, r.ValidFrom AS validFrom, r.ExpiresAt AS expiresAt,
               COALESCE(r.ApplicableTo, N'all') AS applicableTo,
               IIF(@CampaignHasConsultants = 1
                   OR EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                              WHERE t.CouponId = k.CouponId AND t.TargetKind = N'consultant'),
                   1, 0) AS hasConsultants,
               IIF(k.ValidFrom = r.ValidFrom, 1, 0) AS allowPastStart
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
               r.DiscountType AS discountType, r.CouponType AS couponType,
               r.DiscountValue AS discountValue, r.ValidFrom AS validFrom,
               r.InternalName AS internalName, r.Description AS description,
               r.MaxUses AS maxUses, r.ExpiresAt AS expiresAt,
               r.ApplicableTo AS applicableTo, r.CampaignSource AS campaignSource
        FROM @Rows AS r
        FOR JSON PATH);
END;
