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

    DECLARE @From int = 0, @To int, @Last int, @CouponId bigint = 0;
    DECLARE @Lines TABLE (
        RowNo int NOT NULL PRIMARY KEY,
        Code nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
        CouponId bigint NULL,
        IsNew bit NOT NULL,
        DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
        DiscountValue decimal(10,2) NULL, ValidFrom datetime2(3) NULL,
        InternalName nvarchar(100) NULL, Description nvarchar(1000) NULL, MaxUses int NULL,
        ExpiresAt datetime2(3) NULL,
        ApplicableTo nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
        CampaignSource nvarchar(100) NULL,
        CouponType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
        BeforeJson nvarchar(max) NULL);

    INSERT INTO @Lines
        (RowNo, Code, CouponId, IsNew, DiscountType, DiscountValue, ValidFrom, InternalName,
         Description, MaxUses, ExpiresAt, ApplicableTo, CampaignSource, CouponType)
    SELECT p.RowNo, j.Code, p.CouponId, IIF(p.Action = N'insert', 1, 0), j.DiscountType,
           j.DiscountValue, j.ValidFrom, j.InternalName, j.Description, j.MaxUses, j.ExpiresAt,
           j.ApplicableTo, j.CampaignSource,
           CASE WHEN j.DiscountType IN (N'fixed_amount', N'credits') THEN N'fixed_amount_discount'
                WHEN j.DiscountType = N'months_free' THEN N'duration_bonus'
                ELSE N'percentage_discount' END
    FROM OPENJSON(@PlanJson) WITH (
        RowNo int '$.rowNo', CouponId bigint '$.couponId', Action nvarchar(10) '$.action') AS p
    INNER JOIN OPENJSON(@ReadJson) WITH (
        RowNo int '$.rowNo', Code nvarchar(50) '$.code',
        DiscountType nvarchar(20) '$.discountType',
        DiscountValue decimal(10,2) '$.discountValue', ValidFrom datetime2(3) '$.validFrom',
        InternalName nvarchar(100) '$.internalName', Description nvarchar(1000) '$.description',
        MaxUses int '$.maxUses', ExpiresAt datetime2(3) '$.expiresAt',
        ApplicableTo nvarchar(30) '$.applicableTo',
        CampaignSource nvarchar(100) '$.campaignSource') AS j ON j.RowNo = p.RowNo
    WHERE p.Action IN (N'insert', N'update');
    SELECT @Last = COALESCE(MAX(l.RowNo), 0) FROM @Lines AS l;

    UPDATE l
    SET BeforeJson = (
        SELECT k.InternalName AS internalName, k.CouponType AS couponType,
               k.DiscountType AS discountType, k.DiscountValue AS discountValue,
               k.MaxUses AS maxUses, k.ValidFrom AS validFrom, k.ExpiresAt AS expiresAt,
               k.ApplicableTo AS applicableTo, k.CampaignSource AS campaignSource,
               k.Description AS description, k.IsActive AS isActive
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES)
    FROM @Lines AS l
    INNER JOIN dbo.Coupons AS k ON k.CouponId = l.CouponId;

    WHILE @From < @Last
    BEGIN
        SET @To = @From + 500;

        -- What the file leaves out stays. A type that goes with the new discount stays, too. A
        -- limit that was met and is raised opens the code again; one lowered to its use closes it.
        UPDATE k
        SET InternalName = COALESCE(l.InternalName, k.InternalName),
            CouponType = IIF(k.DiscountType = l.DiscountType, k.CouponType, l.CouponType),
            DiscountType = l.DiscountType, DiscountValue = l.DiscountValue,
            MaxUses = m.MaxUses, ValidFrom = l.ValidFrom,
            ExpiresAt = COALESCE(l.ExpiresAt, k.ExpiresAt),
            ApplicableTo = COALESCE(l.ApplicableTo, k.ApplicableTo),
            CampaignSource = COALESCE(l.CampaignSource, k.CampaignSource),
            Description = COALESCE(l.Description, k.Description),
            IsActive = IIF(@ActivateImmediately = 1, 1, k.IsActive),
            UsedCount = n.UsedCount, ReservedCount = n.ReservedCount, IsRedeemed = m.Fills,
            RedeemedAt = CASE WHEN m.Fills = 0 THEN NULL
                              WHEN k.IsRedeemed = 1 THEN k.RedeemedAt
                              ELSE COALESCE(k.LastUsedAt, @Now) END,
            RedeemedBy = IIF(m.Fills = 0, NULL, k.RedeemedBy),
            LimitEventAt = IIF(m.Fills = 0, NULL, k.LimitEventAt),
            ExpiryNotifiedAt = IIF(l.ExpiresAt IS NULL OR l.ExpiresAt = k.ExpiresAt,
                                   k.ExpiryNotifiedAt, NULL),
            ExpiredEventAt = IIF(l.ExpiresAt IS NULL OR l.ExpiresAt = k.ExpiresAt,
                                 k.ExpiredEventAt, NULL),
            UpdatedAt = @Now, UpdatedBy = @Actor
        FROM dbo.Coupons AS k
        INNER JOIN @Lines AS l ON l.CouponId = k.CouponId
        CROSS APPLY dbo.fn_CouponCounters(k.CouponId) AS n
        CROSS APPLY (SELECT COALESCE(l.MaxUses, k.MaxUses) AS MaxUses,
                            IIF(n.UsedCount >= COALESCE(l.MaxUses, k.MaxUses), 1, 0) AS Fills) AS m
        WHERE l.RowNo > @From AND l.RowNo <= @To
          AND EXISTS (
              SELECT l.DiscountType, l.DiscountValue, l.ValidFrom, m.MaxUses,
                     COALESCE(l.InternalName, k.InternalName) COLLATE Latin1_General_100_BIN2,
                     COALESCE(l.ExpiresAt, k.ExpiresAt), COALESCE(l.ApplicableTo, k.ApplicableTo),
                     COALESCE(l.CampaignSource, k.CampaignSource) COLLATE Latin1_General_100_BIN2,
                     COALESCE(l.Description, k.Description) COLLATE Latin1_General_100_BIN2,
                     IIF(@ActivateImmediately = 1, CAST(1 AS bit), k.IsActive)
              EXCEPT
              SELECT k.DiscountType, k.DiscountValue, k.ValidFrom, k.MaxUses,
                     k.InternalName COLLATE Latin1_General_100_BIN2, k.ExpiresAt, k.ApplicableTo,
                     k.CampaignSource COLLATE Latin1_General_100_BIN2,
                     k.Description COLLATE Latin1_General_100_BIN2, k.IsActive);

        INSERT INTO dbo.Coupons
            (CouponCode, CampaignId, ExpiresAt, CreatedAt, CouponType, DiscountType, DiscountValue,
             MaxUses, ValidFrom, IsActive, InternalName, Description, ApplicableTo, CampaignSource,
             CreatedBy, UpdatedAt, UpdatedBy)
        SELECT l.Code, @CampaignId, l.ExpiresAt, @Now, l.CouponType, l.DiscountType,
               l.DiscountValue, l.MaxUses, l.ValidFrom, @ActivateImmediately, l.InternalName,
               l.Description, COALESCE(l.ApplicableTo, N'all'), l.CampaignSource, @Actor, @Now,
               @Actor
        FROM @Lines AS l
        WHERE l.IsNew = 1 AND l.RowNo > @From AND l.RowNo <= @To;

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
               l.BeforeJson, a.AfterJson, NULLIF(TRIM(@Reason), N''), NULLIF(TRIM(@IpAddress), N''),
               NULLIF(TRIM(@UserAgent), N''), NULLIF(TRIM(@CorrelationId), N'')
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponId = l.CouponId
        CROSS APPLY (SELECT (
            SELECT k.InternalName AS internalName, k.CouponType AS couponType,
                   k.DiscountType AS discountType, k.DiscountValue AS discountValue,
                   k.MaxUses AS maxUses, k.ValidFrom AS validFrom, k.ExpiresAt AS expiresAt,
                   k.ApplicableTo AS applicableTo, k.CampaignSource AS campaignSource,
                   k.Description AS description, k.IsActive AS isActive
            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES) AS AfterJson) AS a
        WHERE l.RowNo > @From AND l.RowNo <= @To
          AND (l.IsNew = 1 OR a.AfterJson <> l.BeforeJson COLLATE Latin1_General_100_BIN2)
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
