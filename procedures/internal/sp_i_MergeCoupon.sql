SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks a code that is to be changed, and merges what is given with what is stored. NULL
           keeps a column, unless @Clear names it.
Called by: sp_i_ChangeCoupon
Locks:     L3 (the coupon)
Returns:   @CouponId, the attributes as they are to be, and what the change has to know of the row;
           @ErrorCode COUPON_NOT_FOUND or CONCURRENT_UPDATE, and @Message
Throws:    nothing of its own
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_MergeCoupon
    @CouponCode nvarchar(50),
    @ExpectedRowVer binary(8),
    @Clear nvarchar(410),
    @InternalName nvarchar(200) OUTPUT, @CouponType nvarchar(30) OUTPUT,
    @DiscountType nvarchar(20) OUTPUT, @DiscountValue decimal(10,2) OUTPUT,
    @MaxDiscountAmount decimal(10,2) OUTPUT, @MinimumOrderAmount decimal(10,2) OUTPUT,
    @MaxUses int OUTPUT, @MaxUsesPerUser int OUTPUT, @ValidFrom datetime2(3) OUTPUT,
    @ExpiresAt datetime2(3) OUTPUT, @AssignedTo nvarchar(200) OUTPUT,
    @ApplicableTo nvarchar(30) OUTPUT, @IsActive bit OUTPUT, @IsStackable bit OUTPUT,
    @StackingGroup nvarchar(50) OUTPUT, @VariantLabel nvarchar(20) OUTPUT, @PartnerId int OUTPUT,
    @UpgradeVersion nvarchar(20) OUTPUT, @CampaignSource nvarchar(100) OUTPUT,
    @UtmSource nvarchar(100) OUTPUT, @UtmMedium nvarchar(100) OUTPUT,
    @UtmCampaign nvarchar(100) OUTPUT, @Notes nvarchar(2000) OUTPUT,
    @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT, @OldLimit int OUTPUT,
    @OldStart datetime2(3) OUTPUT, @Stripes tinyint OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @RowVer binary(8);

    SELECT @CouponId = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;

    -- UPDLOCK: what is read here is what is written below. NULL keeps, unless it is cleared.
    -- Codes never change, so the row is locked by its key.
    SELECT @RowVer = c.RowVer, @CampaignId = c.CampaignId, @OldLimit = c.MaxUses,
           @OldStart = c.ValidFrom, @Stripes = c.StripeCount,
           @InternalName = IIF(@Clear LIKE N'%,InternalName,%', NULL,
                               COALESCE(@InternalName, c.InternalName)),
           @CouponType = COALESCE(@CouponType, c.CouponType),
           @DiscountType = IIF(@Clear LIKE N'%,DiscountType,%', NULL,
                               COALESCE(@DiscountType, c.DiscountType)),
           @DiscountValue = IIF(@Clear LIKE N'%,Discount[TV]%', NULL,
                                COALESCE(@DiscountValue, c.DiscountValue)),
           @MaxDiscountAmount = IIF(@Clear LIKE N'%,MaxDiscountAmount,%', NULL,
                                    COALESCE(@MaxDiscountAmount, c.MaxDiscountAmount)),
           @MinimumOrderAmount = COALESCE(@MinimumOrderAmount, c.MinimumOrderAmount),
           @MaxUses = IIF(@Clear LIKE N'%,MaxUses,%', NULL, COALESCE(@MaxUses, c.MaxUses)),
           @MaxUsesPerUser = COALESCE(@MaxUsesPerUser, c.MaxUsesPerUser),
           @ValidFrom = IIF(@Clear LIKE N'%,ValidFrom,%', NULL, COALESCE(@ValidFrom, c.ValidFrom)),
           @ExpiresAt = IIF(@Clear LIKE N'%,ExpiresAt,%', NULL, COALESCE(@ExpiresAt, c.ExpiresAt)),
           @AssignedTo = IIF(@Clear LIKE N'%,AssignedTo,%', NULL,
                             COALESCE(@AssignedTo, c.AssignedTo)),
           @ApplicableTo = COALESCE(@ApplicableTo, c.ApplicableTo),
           @IsActive = COALESCE(@IsActive, c.IsActive),
           @IsStackable = COALESCE(@IsStackable, c.IsStackable),
           @StackingGroup = IIF(@Clear LIKE N'%,StackingGroup,%', NULL,
                                COALESCE(@StackingGroup, c.StackingGroup)),
           @VariantLabel = IIF(@Clear LIKE N'%,VariantLabel,%', NULL,
                               COALESCE(@VariantLabel, c.VariantLabel)),
           @PartnerId = IIF(@Clear LIKE N'%,PartnerId,%', NULL, COALESCE(@PartnerId, c.PartnerId)),
           @UpgradeVersion = IIF(@Clear LIKE N'%,UpgradeVersion,%', NULL,
                                 COALESCE(@UpgradeVersion, c.UpgradeVersion)),
           @CampaignSource = IIF(@Clear LIKE N'%,CampaignSource,%', NULL,
                                 COALESCE(@CampaignSource, c.CampaignSource)),
           @UtmSource = IIF(@Clear LIKE N'%,UtmSource,%', NULL, COALESCE(@UtmSource, c.UtmSource)),
           @UtmMedium = IIF(@Clear LIKE N'%,UtmMedium,%', NULL, COALESCE(@UtmMedium, c.UtmMedium)),
           @UtmCampaign = IIF(@Clear LIKE N'%,UtmCampaign,%', NULL,
                              COALESCE(@UtmCampaign, c.UtmCampaign)),
           @Notes = IIF(@Clear LIKE N'%,Notes,%', NULL, COALESCE(@Notes, c.Notes))
    FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CouponId = @CouponId AND c.DeletedAt IS NULL;

    SELECT @ErrorCode = CASE WHEN @RowVer IS NULL THEN N'COUPON_NOT_FOUND'
                             WHEN @RowVer <> @ExpectedRowVer THEN N'CONCURRENT_UPDATE' END,
           @Message = CASE WHEN @RowVer IS NULL THEN N'Coupon code not found'
                           WHEN @RowVer <> @ExpectedRowVer
                               THEN N'The coupon was changed since it was read.'
                           ELSE N'Coupon updated.' END;
END;
