SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Body of changing a code: merges what is given with what is stored, holds the result
           against the rules, and writes limits, row, descriptions and targets. A striped coupon is
           not locked by its redemptions, therefore its stripes are written before the row.
Called by: sp_UpdateCoupon, inside its transaction
Locks:     L3 (the coupon, then all its stripes, ascending); the campaign is only read
Returns:   @CouponId; @ErrorCode and @Message; @BeforeJson and @AfterJson, equal when nothing was
           written
Throws:    by sp_i_CheckCoupon 50002, 50003, 50006, 50007, 50008, 50009
Replay:    the present values again write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ChangeCoupon
    @CouponCode nvarchar(50),
    @InternalName nvarchar(200), @CouponType nvarchar(30), @DiscountType nvarchar(20),
    @DiscountValue decimal(10,2), @MaxDiscountAmount decimal(10,2),
    @MinimumOrderAmount decimal(10,2), @MaxUses int, @MaxUsesPerUser int, @ValidFrom datetime2(3),
    @ExpiresAt datetime2(3), @AssignedTo nvarchar(200), @ApplicableTo nvarchar(30), @IsActive bit,
    @IsStackable bit, @StackingGroup nvarchar(50), @VariantLabel nvarchar(20), @PartnerId int,
    @UpgradeVersion nvarchar(20), @CampaignSource nvarchar(100), @UtmSource nvarchar(100),
    @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100), @Notes nvarchar(2000),
    @DescriptionJson nvarchar(max), @TargetsJson nvarchar(max), @AllowPastStart bit,
    @ExpectedRowVer binary(8), @Clear nvarchar(410), @ForceDiscountChange bit,
    @Actor nvarchar(200), @Now datetime2(3) OUTPUT, @CouponId bigint OUTPUT,
    @BeforeJson nvarchar(max) OUTPUT, @AfterJson nvarchar(max) OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @CampaignId nvarchar(100), @OldLimit int, @OldStart datetime2(3), @Stripes tinyint,
            @HasConsultants bit, @ErrorNumber int,
            @HasDescriptions bit = IIF(@DescriptionJson IS NULL
                                       AND @Clear NOT LIKE N'%,Description,%', 0, 1);

    EXEC dbo.sp_i_MergeCoupon
        @CouponCode = @CouponCode, @ExpectedRowVer = @ExpectedRowVer, @Clear = @Clear,
        @InternalName = @InternalName OUTPUT, @CouponType = @CouponType OUTPUT,
        @DiscountType = @DiscountType OUTPUT, @DiscountValue = @DiscountValue OUTPUT,
        @MaxDiscountAmount = @MaxDiscountAmount OUTPUT,
        @MinimumOrderAmount = @MinimumOrderAmount OUTPUT, @MaxUses = @MaxUses OUTPUT,
        @MaxUsesPerUser = @MaxUsesPerUser OUTPUT, @ValidFrom = @ValidFrom OUTPUT,
        @ExpiresAt = @ExpiresAt OUTPUT, @AssignedTo = @AssignedTo OUTPUT,
        @ApplicableTo = @ApplicableTo OUTPUT, @IsActive = @IsActive OUTPUT,
        @IsStackable = @IsStackable OUTPUT, @StackingGroup = @StackingGroup OUTPUT,
        @VariantLabel = @VariantLabel OUTPUT, @PartnerId = @PartnerId OUTPUT,
        @UpgradeVersion = @UpgradeVersion OUTPUT, @CampaignSource = @CampaignSource OUTPUT,
        @UtmSource = @UtmSource OUTPUT, @UtmMedium = @UtmMedium OUTPUT,
        @UtmCampaign = @UtmCampaign OUTPUT, @Notes = @Notes OUTPUT, @CouponId = @CouponId OUTPUT,
        @CampaignId = @CampaignId OUTPUT, @OldLimit = @OldLimit OUTPUT,
        @OldStart = @OldStart OUTPUT, @Stripes = @Stripes OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
        @Message = @Message OUTPUT;
    IF @ErrorCode IS NOT NULL RETURN;

    SET @Now = SYSUTCDATETIME();
    SELECT @HasConsultants = IIF(EXISTS (SELECT 1 FROM OPENJSON(@TargetsJson, N'$.consultant'))
                                 OR EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                                            WHERE t.TargetKind = N'consultant'
                                              AND (t.CampaignId = @CampaignId
                                                   OR t.CouponId = @CouponId)), 1, 0),
           -- A start that stays may lie in the past.
           @AllowPastStart = IIF(@ValidFrom = @OldStart, 1, COALESCE(@AllowPastStart, 0));
    EXEC dbo.sp_i_CheckCoupon
        @InternalName = @InternalName, @CouponType = @CouponType, @DiscountType = @DiscountType,
        @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount,
        @MinimumOrderAmount = @MinimumOrderAmount, @MaxUses = @MaxUses,
        @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom, @ExpiresAt = @ExpiresAt,
        @ApplicableTo = @ApplicableTo, @HasConsultants = @HasConsultants,
        @AllowPastStart = @AllowPastStart, @Now = @Now, @ErrorNumber = @ErrorNumber OUTPUT,
        @ErrorMessage = @Message OUTPUT;
    IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Message, 1;
    EXEC dbo.sp_i_ShowCoupon @CouponId = @CouponId, @Json = @BeforeJson OUTPUT;

    -- Stripes before the row: whoever holds one ends first, whoever comes later sees the row.
    IF @Stripes > 1 EXEC dbo.sp_i_StopCouponStripes @CouponId = @CouponId;
    EXEC dbo.sp_i_AdmitCouponChange
        @CouponId = @CouponId, @CouponType = @CouponType, @DiscountType = @DiscountType,
        @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount,
        @MaxUses = @MaxUses, @AssignedTo = @AssignedTo, @PartnerId = @PartnerId,
        @ForceDiscountChange = @ForceDiscountChange, @ErrorCode = @ErrorCode OUTPUT,
        @Message = @Message OUTPUT;
    IF @ErrorCode IS NOT NULL RETURN;

    EXEC dbo.sp_i_WriteCoupon
        @CouponId = @CouponId, @InternalName = @InternalName, @CouponType = @CouponType,
        @DiscountType = @DiscountType, @DiscountValue = @DiscountValue,
        @MaxDiscountAmount = @MaxDiscountAmount, @MinimumOrderAmount = @MinimumOrderAmount,
        @MaxUses = @MaxUses, @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom,
        @ExpiresAt = @ExpiresAt, @AssignedTo = @AssignedTo, @ApplicableTo = @ApplicableTo,
        @IsActive = @IsActive, @IsStackable = @IsStackable, @StackingGroup = @StackingGroup,
        @VariantLabel = @VariantLabel, @PartnerId = @PartnerId, @UpgradeVersion = @UpgradeVersion,
        @CampaignSource = @CampaignSource, @UtmSource = @UtmSource, @UtmMedium = @UtmMedium,
        @UtmCampaign = @UtmCampaign, @Notes = @Notes, @HasDescriptions = @HasDescriptions,
        @DescriptionJson = @DescriptionJson, @TargetsJson = @TargetsJson, @Actor = @Actor,
        @Now = @Now;
    IF @Stripes > 1 AND COALESCE(@OldLimit, 0) <> COALESCE(@MaxUses, 0)
        EXEC dbo.sp_i_StripeCoupon @CouponId = @CouponId, @Now = @Now;
    EXEC dbo.sp_i_ShowCoupon @CouponId = @CouponId, @Json = @AfterJson OUTPUT;
END;
