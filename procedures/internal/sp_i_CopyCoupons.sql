SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Copies coupons into the clone of their campaign, with descriptions, tiers, targets, rules
           and role, an audit row for each. It works in portions: one statement with thousands of
           row locks would lock the table.
Called by: sp_CloneCampaign, inside its transaction, after sp_i_AdmitCopies
Locks:     L11 inserts
Returns:   nothing
Throws:    by sp_i_StripeCoupon 50102
Replay:    none: the caller has made sure that the codes are free
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CopyCoupons
    @SourceId nvarchar(100),
    @NewId nvarchar(100),
    @CopiesJson nvarchar(max),
    @OldStart datetime2(3),
    @NewStart datetime2(3),
    @Actor nvarchar(100),
    @IpAddress nvarchar(45),
    @UserAgent nvarchar(500),
    @Reason nvarchar(500),
    @CorrelationId nvarchar(200),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Days int = DATEDIFF(DAY, @OldStart, @NewStart), @From int = 0, @To int, @Copies int,
            @CouponId bigint = 0, @Stripes int;
    DECLARE @Lines TABLE (
        Place int NOT NULL PRIMARY KEY,
        OldId bigint NOT NULL,
        Code nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
        NewId bigint NULL);

    INSERT INTO @Lines (Place, OldId, Code)
    SELECT ROW_NUMBER() OVER (ORDER BY j.CouponId), j.CouponId, j.Code
    FROM OPENJSON(@CopiesJson) WITH (CouponId bigint '$.couponId', Code nvarchar(50) '$.code') AS j;
    SET @Copies = @@ROWCOUNT;

    WHILE @From < @Copies
    BEGIN
        SET @To = @From + 500;

        INSERT INTO dbo.Coupons
            (CouponCode, CampaignId, ExpiresAt, CreatedAt, CouponType, DiscountType, DiscountValue,
             MaxDiscountAmount, MinimumOrderAmount, MaxUses, MaxUsesPerUser, ValidFrom, IsActive,
             InternalName, Description, ApplicableTo, IsStackable, StackingGroup, VariantLabel,
             PartnerId, UpgradeVersion, CampaignSource, UtmSource, UtmMedium, UtmCampaign, Notes,
             TemplateId, CreatedBy, UpdatedAt, UpdatedBy)
        SELECT l.Code, @NewId,
               -- Not past the last day that there is.
               DATEADD(DAY, IIF(@Days > DATEDIFF(DAY, k.ExpiresAt, '99991231'),
                                DATEDIFF(DAY, k.ExpiresAt, '99991231'), @Days), k.ExpiresAt),
               @Now, k.CouponType,
               k.DiscountType, k.DiscountValue, k.MaxDiscountAmount, k.MinimumOrderAmount,
               k.MaxUses, k.MaxUsesPerUser, DATEADD(DAY, @Days, k.ValidFrom), k.IsActive,
               k.InternalName, k.Description, k.ApplicableTo, k.IsStackable, k.StackingGroup,
               k.VariantLabel, k.PartnerId, k.UpgradeVersion, k.CampaignSource, k.UtmSource,
               k.UtmMedium, k.UtmCampaign, k.Notes, k.TemplateId, @Actor, @Now, @Actor
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To;
        UPDATE l
        SET NewId = k.CouponId
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponCode = l.Code
        WHERE l.Place > @From AND l.Place <= @To;

        INSERT INTO dbo.CampaignCoupons
            (CampaignId, CouponId, Role, Priority, AttachedAt, AttachedBy)
        SELECT @NewId, l.NewId, COALESCE(a.Role, N'primary'), COALESCE(a.Priority, 100), @Now,
               @Actor
        FROM @Lines AS l
        LEFT JOIN dbo.CampaignCoupons AS a ON a.CampaignId = @SourceId AND a.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To;
        INSERT INTO dbo.CouponTranslations (CouponId, LanguageCode, Description)
        SELECT l.NewId, t.LanguageCode, t.Description
        FROM @Lines AS l
        INNER JOIN dbo.CouponTranslations AS t ON t.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To;
        INSERT INTO dbo.DiscountTiers (CouponId, MinOrderAmount, DiscountType, DiscountValue)
        SELECT l.NewId, d.MinOrderAmount, d.DiscountType, d.DiscountValue
        FROM @Lines AS l
        INNER JOIN dbo.DiscountTiers AS d ON d.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To;
        INSERT INTO dbo.CouponTargets (CouponId, TargetKind, TargetValue, IsExcluded)
        SELECT l.NewId, t.TargetKind, t.TargetValue, t.IsExcluded
        FROM @Lines AS l
        INNER JOIN dbo.CouponTargets AS t ON t.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To;
        INSERT INTO dbo.CouponValidationRules
            (CouponId, RuleType, ConfigJson, IsActive, SortOrder, CreatedAt, CreatedBy, UpdatedAt,
             UpdatedBy)
        SELECT l.NewId, r.RuleType, r.ConfigJson, r.IsActive, r.SortOrder, @Now, @Actor, @Now,
               @Actor
        FROM @Lines AS l
        INNER JOIN dbo.CouponValidationRules AS r ON r.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To;

        INSERT INTO dbo.AuditLog
            (OccurredAt, Actor, LoginName, Action, EntityType, EntityId, AfterJson, Reason,
             IpAddress, UserAgent, CorrelationId)
        SELECT @Now, @Actor, ORIGINAL_LOGIN(), N'coupon.create', N'coupon', l.Code,
               (SELECT l.Code AS couponCode, @NewId AS campaignId, k.CouponCode AS clonedFrom
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
               NULLIF(TRIM(@Reason), N''), NULLIF(TRIM(@IpAddress), N''),
               NULLIF(TRIM(@UserAgent), N''), NULLIF(TRIM(@CorrelationId), N'')
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponId = l.OldId
        WHERE l.Place > @From AND l.Place <= @To
        ORDER BY l.Place;

        SET @From = @To;
    END;

    -- Coupons that are striped stay so.
    WHILE @CouponId IS NOT NULL
    BEGIN
        SELECT @CouponId = MIN(l.NewId)
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponId = l.OldId
        WHERE k.StripeCount > 1 AND l.NewId > @CouponId;
        SELECT @Stripes = k.StripeCount
        FROM @Lines AS l
        INNER JOIN dbo.Coupons AS k ON k.CouponId = l.OldId
        WHERE l.NewId = @CouponId;
        IF @CouponId IS NOT NULL
            EXEC dbo.sp_i_StripeCoupon
                @CouponId = @CouponId, @StripeCount = @Stripes, @Now = @Now;
    END;
END;
