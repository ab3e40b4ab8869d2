SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Creates a coupon with the attributes of a template; what @OverridesJson names (the keys
           of a template) wins, also with null. The rest is as sp_CreateCoupon does it.
Called by: coupon_ops
Locks:     as sp_CreateCoupon: L3, L11
Returns:   as sp_CreateCoupon: SR + CouponId, CouponCode, Warning. TEMPLATE_NOT_FOUND, also of one
           that is not active
Throws:    50001, 50102; by its checks and sp_CreateCoupon 50002-50009
Replay:    as sp_CreateCoupon
*/
CREATE OR ALTER PROCEDURE dbo.sp_CreateCouponFromTemplate
    @TemplateId int,
    @CouponCode nvarchar(200),
    @CampaignId nvarchar(200),
    @OverridesJson nvarchar(max) = NULL,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @DefaultsJson nvarchar(max), @CouponType nvarchar(30), @DiscountType nvarchar(20),
            @DiscountValue decimal(10,2), @MaxDiscountAmount decimal(10,2),
            @MinimumOrderAmount decimal(10,2), @MaxUses int, @MaxUsesPerUser int,
            @ValidFrom datetime2(3), @ApplicableTo nvarchar(30), @InternalName nvarchar(200),
            @IsActive bit;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'both', @CampaignId = @CampaignId OUTPUT, @CouponCode = @CouponCode OUTPUT,
        @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SET @OverridesJson = NULLIF(TRIM(@OverridesJson), N'');
    IF @TemplateId IS NULL THROW 50001, N'ARG_REQUIRED: @TemplateId', 1;
    EXEC dbo.sp_i_CheckJson
        @Json = @OverridesJson, @Parameter = N'@OverridesJson', @Shape = N'object';

    SELECT @DefaultsJson = t.DefaultsJson
    FROM dbo.CouponTemplates AS t
    WHERE t.TemplateId = @TemplateId AND t.IsActive = 1;
    IF @DefaultsJson IS NULL
    BEGIN
        SELECT CAST(0 AS bit) AS Success, CAST(N'TEMPLATE_NOT_FOUND' AS nvarchar(50)) AS ErrorCode,
               CAST(CONCAT(N'Template ', @TemplateId, N' not found.') AS nvarchar(400)) AS Message,
               CAST(NULL AS bigint) AS CouponId, CAST(NULL AS nvarchar(200)) AS CouponCode,
               CAST(NULL AS nvarchar(400)) AS Warning;
        RETURN;
    END;

    -- OPENJSON types: 0 null, 1 text; the others are written as they stand.
    SELECT @DefaultsJson = CONCAT(N'{', STRING_AGG(CAST(CONCAT(
               N'"', STRING_ESCAPE(k.[key], 'json'), N'":',
               CASE k.[type] WHEN 0 THEN N'null'
                             WHEN 1 THEN CONCAT(N'"', STRING_ESCAPE(k.[value], 'json'), N'"')
                             ELSE k.[value] END) AS nvarchar(max)), N','), N'}')
    FROM (SELECT o.[key], o.[value] COLLATE Latin1_General_100_BIN2 AS [value], o.[type]
          FROM OPENJSON(COALESCE(@OverridesJson, N'{}')) AS o
          UNION ALL
          SELECT d.[key], d.[value] COLLATE Latin1_General_100_BIN2, d.[type]
          FROM OPENJSON(@DefaultsJson) AS d
          WHERE NOT EXISTS (SELECT 1 FROM OPENJSON(COALESCE(@OverridesJson, N'{}')) AS o
                            WHERE o.[key] = d.[key])) AS k;
    EXEC dbo.sp_i_ReadCouponDefaults
        @DefaultsJson = @DefaultsJson, @CouponType = @CouponType OUTPUT,
        @DiscountType = @DiscountType OUTPUT, @DiscountValue = @DiscountValue OUTPUT,
        @MaxDiscountAmount = @MaxDiscountAmount OUTPUT,
        @MinimumOrderAmount = @MinimumOrderAmount OUTPUT, @MaxUses = @MaxUses OUTPUT,
        @MaxUsesPerUser = @MaxUsesPerUser OUTPUT, @ValidFrom = @ValidFrom OUTPUT,
        @ApplicableTo = @ApplicableTo OUTPUT, @InternalName = @InternalName OUTPUT,
        @IsActive = @IsActive OUTPUT, @Parameter = N'@OverridesJson', @IsHandMade = 1;

    EXEC dbo.sp_CreateCoupon
        @CouponCode = @CouponCode, @CampaignId = @CampaignId, @InternalName = @InternalName,
        @CouponType = @CouponType, @DiscountType = @DiscountType, @DiscountValue = @DiscountValue,
        @MaxDiscountAmount = @MaxDiscountAmount, @MinimumOrderAmount = @MinimumOrderAmount,
        @MaxUses = @MaxUses, @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom,
        @ApplicableTo = @ApplicableTo, @IsActive = @IsActive, @Actor = @Actor,
        @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
        @CorrelationId = @CorrelationId, @TemplateId = @TemplateId;
END;
