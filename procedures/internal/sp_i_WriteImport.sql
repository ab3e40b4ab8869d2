SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes what an import has planned, with an audit row for each code that came or changed.
           It works in portions: one statement with thousands of row locks would lock the table and
           stop the shop.
Called by: sp_ImportCoupons, inside its transaction, after sp_i_PlanImport with @Hold = 1
Locks:     L3 held by the caller; L11 inserts
Returns:   nothing
Throws:    by sp_i_StripeCoupon 50102
Replay:    values that are there already write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_WriteImport
    @CampaignId nvarchar(100),
    @ReadJson nvarchar(max),
    @PlanJson nvarchar(max),
    @ActivateImmediately bit,
    @Actor nvarchar(200),
    @IpAddress nvarchar(45),
    @UserAgent nvarchar(500),
    @Reason nvarchar(500),
    @CorrelationId nvarchar(200),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @From int = 0, @To int, @Last int, @CouponId bigint = 0, @LinesJson nvarchar(max);
    DECLARE @Lines TABLE (
        RowNo int NOT NULL PRIMARY KEY,
        Code nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
        CouponId bigint NULL,
        IsNew bit NOT NULL,
        DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
        CouponType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
        DiscountValue decimal(10,2) NULL, ValidFrom datetime2(3) NULL,
        InternalName nvarchar(100) NULL, Description nvarchar(1000) NULL, MaxUses int NULL,
        ExpiresAt datetime2(3) NULL,
        ApplicableTo nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
        CampaignSource nvarchar(100) NULL,
        BeforeJson nvarchar(max) NULL);

    INSERT INTO @Lines
        (RowNo, Code, CouponId, IsNew, DiscountType, CouponType, DiscountValue, ValidFrom,
         InternalName, Description, MaxUses, ExpiresAt, ApplicableTo, CampaignSource, BeforeJson)
    SELECT j.RowNo, j.Code, p.CouponId, IIF(p.Action = N'insert', 1, 0), j.DiscountType,
           j.CouponType, j.DiscountValue, j.ValidFrom, j.InternalName, j.Description, j.MaxUses,
           j.ExpiresAt, j.ApplicableTo, j.CampaignSource, s.Json
    FROM OPENJSON(@PlanJson) WITH (
        RowNo int '$.rowNo', CouponId bigint '$.couponId', Action nvarchar(10) '$.action') AS p
    INNER JOIN dbo.fn_ImportLines(@ReadJson) AS j ON j.RowNo = p.RowNo
    OUTER APPLY dbo.fn_ImportedState(p.CouponId) AS s
    WHERE p.Action IN (N'insert', N'update');
    SELECT @Last = COALESCE(MAX(l.RowNo), 0) FROM @Lines AS l;

    WHILE @From < @Last
    BEGIN
        SET @To = @From + 500;
        SET @LinesJson = (
            SELECT l.RowNo AS rowNo, l.Code AS code, l.CouponId AS couponId, l.IsNew AS isNew,
                   l.DiscountType AS discountType, l.CouponType AS couponType,
                   l.DiscountValue AS discountValue, l.ValidFrom AS validFrom,
                   l.InternalName AS internalName, l.Description AS description,
                   l.MaxUses AS maxUses, l.ExpiresAt AS expiresAt,
                   l.ApplicableTo AS applicableTo, l.CampaignSource AS campaignSource
            FROM @Lines AS l
            WHERE l.RowNo > @From AND l.RowNo <= @To
            FOR JSON PATH);
        EXEC dbo.sp_i_WriteImportRows
            @CampaignId = @CampaignId, @LinesJson = @LinesJson,
            @ActivateImmediately = @ActivateImmediately, @Actor = @Actor, @Now = @Now;
        SET @From = @To;
    END;

    UPDATE l
    SET CouponId = k.CouponId
    FROM @Lines AS l
    INNER JOIN dbo.Coupons AS k ON k.CouponCode = l.Code
    WHERE l.IsNew = 1;

    SET @From = 0;
    WHILE @From < @Last
    BEGIN
        SET @To = @From + 500;

        INSERT INTO dbo.CampaignCoupons (CampaignId, CouponId, AttachedAt, AttachedBy)
        SELECT @CampaignId, l.CouponId, @Now, @Actor
        FROM @Lines AS l
        WHERE l.IsNew = 1 AND l.RowNo > @From AND l.RowNo <= @To;
        UPDATE t
        SET Description = l.Description
        FROM dbo.CouponTranslations AS t
        INNER JOIN @Lines AS l ON l.CouponId = t.CouponId
        WHERE t.LanguageCode = N'en' AND l.Description IS NOT NULL
          AND l.RowNo > @From AND l.RowNo <= @To;
        INSERT INTO dbo.CouponTranslations (CouponId, LanguageCode, Description)
        SELECT l.CouponId, N'en', l.Description
        FROM @Lines AS l
        WHERE l.Description IS NOT NULL AND l.RowNo > @From AND l.RowNo <= @To
          AND NOT EXISTS (SELECT 1 FROM dbo.CouponTranslations AS t
                          WHERE t.CouponId = l.CouponId AND t.LanguageCode = N'en');

        INSERT INTO dbo.AuditLog
            (OccurredAt, Actor, LoginName, Action, EntityType, EntityId, BeforeJson, AfterJson,
             Reason, IpAddress, UserAgent, CorrelationId)
        SELECT @Now, @Actor, ORIGINAL_LOGIN(),
               IIF(l.IsNew = 1, N'coupon.create', N'coupon.update'), N'coupon', l.Code,
               l.BeforeJson, a.Json, NULLIF(TRIM(@Reason), N''), NULLIF(TRIM(@IpAddress), N''),
               NULLIF(TRIM(@UserAgent), N''), NULLIF(TRIM(@CorrelationId), N'')
        FROM @Lines AS l
        CROSS APPLY dbo.fn_ImportedState(l.CouponId) AS a
        WHERE l.RowNo > @From AND l.RowNo <= @To
          AND (l.IsNew = 1 OR a.Json <> l.BeforeJson COLLATE Latin1_General_100_BIN2)
        ORDER BY l.RowNo;

        SET @From = @To;
    END;

    -- A new limit of a striped code is spread over its stripes.
    WHILE @CouponId IS NOT NULL
    BEGIN
        SELECT @CouponId = MIN(k.CouponId)
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponId = l.CouponId
        WHERE k.StripeCount > 1 AND l.MaxUses IS NOT NULL AND k.CouponId > @CouponId;
        IF @CouponId IS NOT NULL EXEC dbo.sp_i_StripeCoupon @CouponId = @CouponId, @Now = @Now;
    END;
END;
