SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes a hand-made coupon that may come into being, with its home attachment,
           descriptions and targets, its audit row and its event.
Called by: sp_CreateCoupon, inside its transaction, after sp_i_AdmitCoupon
Locks:     L3 (the code, held by the caller as absent); L11 inserts
Returns:   @CouponId
Throws:    by sp_i_Audit 50008, 50102
Replay:    none; the code exists afterwards
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_InsertCoupon
    @CouponCode nvarchar(50), @CampaignId nvarchar(100), @InternalName nvarchar(200),
    @CouponType nvarchar(30), @DiscountType nvarchar(20), @DiscountValue decimal(10,2),
    @MaxDiscountAmount decimal(10,2), @MinimumOrderAmount decimal(10,2), @MaxUses int,
    @MaxUsesPerUser int, @ValidFrom datetime2(3), @ExpiresAt datetime2(3),
    @AssignedTo nvarchar(200), @ApplicableTo nvarchar(30), @IsActive bit, @IsStackable bit,
    @StackingGroup nvarchar(50), @VariantLabel nvarchar(20), @PartnerId int,
    @UpgradeVersion nvarchar(20), @DescriptionJson nvarchar(max), @TargetsJson nvarchar(max),
    @CampaignSource nvarchar(100), @UtmSource nvarchar(100), @UtmMedium nvarchar(100),
    @UtmCampaign nvarchar(100), @Notes nvarchar(2000), @TemplateId int, @Actor nvarchar(200),
    @IpAddress nvarchar(45), @UserAgent nvarchar(500), @Reason nvarchar(500),
    @CorrelationId nvarchar(200), @Now datetime2(3), @CouponId bigint OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @AfterJson nvarchar(max), @PayloadJson nvarchar(max);

    INSERT INTO dbo.Coupons
        (CouponCode, CampaignId, ExpiresAt, AssignedTo, CreatedAt, CouponType,
         DiscountType, DiscountValue, MaxDiscountAmount, MinimumOrderAmount, MaxUses,
         MaxUsesPerUser, ValidFrom, IsActive, InternalName, Description, ApplicableTo,
         IsStackable, StackingGroup, VariantLabel, PartnerId, UpgradeVersion,
         CampaignSource, UtmSource, UtmMedium, UtmCampaign, Notes, TemplateId, CreatedBy,
         UpdatedAt, UpdatedBy)
    VALUES
        (@CouponCode, @CampaignId, @ExpiresAt, @AssignedTo, @Now, @CouponType,
         @DiscountType, @DiscountValue, @MaxDiscountAmount, @MinimumOrderAmount, @MaxUses,
         @MaxUsesPerUser, @ValidFrom, @IsActive, @InternalName,
         (SELECT d.[value] FROM OPENJSON(@DescriptionJson) AS d
          WHERE LOWER(TRIM(d.[key])) = N'en'), @ApplicableTo, @IsStackable,
         NULLIF(TRIM(@StackingGroup), N''), NULLIF(TRIM(@VariantLabel), N''), @PartnerId,
         NULLIF(TRIM(@UpgradeVersion), N''), NULLIF(TRIM(@CampaignSource), N''),
         NULLIF(TRIM(@UtmSource), N''), NULLIF(TRIM(@UtmMedium), N''),
         NULLIF(TRIM(@UtmCampaign), N''), NULLIF(TRIM(@Notes), N''), @TemplateId, @Actor,
         @Now, @Actor);
    SET @CouponId = SCOPE_IDENTITY();

    INSERT INTO dbo.CampaignCoupons (CampaignId, CouponId, AttachedAt, AttachedBy)
    VALUES (@CampaignId, @CouponId, @Now, @Actor);
    EXEC dbo.sp_i_AddDescriptions
        @CouponId = @CouponId, @DescriptionJson = @DescriptionJson;
    EXEC dbo.sp_i_AddTargets @CouponId = @CouponId, @TargetsJson = @TargetsJson;

    SET @AfterJson = (
        SELECT @CouponCode AS couponCode, @CampaignId AS campaignId,
               @CouponType AS couponType, @DiscountType AS discountType,
               @DiscountValue AS discountValue, @MaxUses AS maxUses,
               @MaxUsesPerUser AS maxUsesPerUser, @ValidFrom AS validFrom,
               @ExpiresAt AS expiresAt, @AssignedTo AS assignedTo, @IsActive AS isActive,
               @TemplateId AS templateId, JSON_QUERY(@TargetsJson) AS targets
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
    SET @PayloadJson = (SELECT @CouponId AS id, N'create' AS action, @Actor AS actor
                        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'coupon.create', @EntityType = N'coupon',
         @EntityId = @CouponCode, @AfterJson = @AfterJson, @SubjectUserId = @AssignedTo,
         @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
         @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
    EXEC dbo.sp_i_Enqueue @EventType = N'coupon_changed', @EntityType = N'coupon',
         @EntityId = @CouponCode, @PayloadJson = @PayloadJson, @Now = @Now;
END;
