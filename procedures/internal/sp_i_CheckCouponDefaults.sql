SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds the template of a generation request, or one that is to be stored, against the
           rules of a coupon.
Called by: sp_CreateGenerationRequest, sp_SaveTemplate (without campaign)
Locks:     none
Returns:   @DiscountType of the template; NULL: the codes have the campaign's discount
Throws:    50004; by sp_i_CheckCoupon 50002, 50003, 50006, 50007, 50008, 50009
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckCouponDefaults
    @CampaignId nvarchar(100),
    @CouponDefaultsJson nvarchar(max),
    @ExpirationDate datetime2(3),
    @AllowPastStart bit,
    @Now datetime2(3),
    @DiscountType nvarchar(20) OUTPUT,
    @Parameter nvarchar(60) = N'@CouponDefaultsJson'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @CouponType nvarchar(30), @DiscountValue decimal(10,2),
            @MaxDiscountAmount decimal(10,2), @MinimumOrderAmount decimal(10,2), @MaxUses int,
            @MaxUsesPerUser int, @ValidFrom datetime2(3), @ApplicableTo nvarchar(30),
            @InternalName nvarchar(200), @IsActive bit, @HasConsultants bit, @ErrorNumber int,
            @Text nvarchar(400), @Prefix nvarchar(40) = CONCAT(@Parameter, N': ');

    EXEC dbo.sp_i_ReadCouponDefaults
        @DefaultsJson = @CouponDefaultsJson, @CouponType = @CouponType OUTPUT,
        @DiscountType = @DiscountType OUTPUT, @DiscountValue = @DiscountValue OUTPUT,
        @MaxDiscountAmount = @MaxDiscountAmount OUTPUT,
        @MinimumOrderAmount = @MinimumOrderAmount OUTPUT, @MaxUses = @MaxUses OUTPUT,
        @MaxUsesPerUser = @MaxUsesPerUser OUTPUT, @ValidFrom = @ValidFrom OUTPUT,
        @ApplicableTo = @ApplicableTo OUTPUT, @InternalName = @InternalName OUTPUT,
        @IsActive = @IsActive OUTPUT, @Parameter = @Parameter;

    -- Generated codes have no targets of their own; those of the campaign count. A stored template
    -- has no campaign yet.
    SET @HasConsultants = IIF(@CampaignId IS NULL OR
        EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                WHERE t.CampaignId = @CampaignId AND t.TargetKind = N'consultant'), 1, 0);
    EXEC dbo.sp_i_CheckCoupon
        @InternalName = @InternalName, @CouponType = @CouponType, @DiscountType = @DiscountType,
        @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount,
        @MinimumOrderAmount = @MinimumOrderAmount, @MaxUses = @MaxUses,
        @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom, @ExpiresAt = @ExpirationDate,
        @ApplicableTo = @ApplicableTo, @HasConsultants = @HasConsultants,
        @AllowPastStart = @AllowPastStart, @Now = @Now,
        @ParameterPrefix = @Prefix, @ErrorNumber = @ErrorNumber OUTPUT,
        @ErrorMessage = @Text OUTPUT;
    IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Text, 1;
END;
