SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Creates a hand-made coupon with its home attachment, descriptions and targets.
           @InternalName is declared wider than its column so that 50008 can be told.
Called by: coupon_ops; sp_CreateCouponFromTemplate
Locks:     L3 (the code, whose absence is protected), L11 inserts; the campaign is only read
Returns:   SR + CouponId, CouponCode, Warning
Throws:    50001, 50005, 50008, 50102; by its checks 50002-50004, 50006, 50007, 50009
Replay:    creating a code again ends as CODE_EXISTS, or CODE_RETIRED when it was deleted
*/
CREATE OR ALTER PROCEDURE dbo.sp_CreateCoupon
    @CouponCode nvarchar(200),
    @CampaignId nvarchar(200),
    @InternalName nvarchar(200) = NULL,
    @CouponType nvarchar(30) = N'percentage_discount',
    @DiscountType nvarchar(20) = NULL,
    @DiscountValue decimal(10,2) = NULL,
    @MaxDiscountAmount decimal(10,2) = NULL,
    @MinimumOrderAmount decimal(10,2) = 0,
    @MaxUses int = NULL,
    @MaxUsesPerUser int = 1,
    @ValidFrom datetime2(3) = NULL,
    @ExpiresAt datetime2(3) = NULL,
    @AssignedTo nvarchar(200) = NULL,
    @ApplicableTo nvarchar(30) = N'all',
    @IsActive bit = 1,
    @IsStackable bit = 0,
    @StackingGroup nvarchar(50) = NULL,
    @VariantLabel nvarchar(20) = NULL,
    @PartnerId int = NULL,
    @UpgradeVersion nvarchar(20) = NULL,
    @DescriptionJson nvarchar(max) = NULL,
    @TargetsJson nvarchar(max) = NULL,
    @CampaignSource nvarchar(100) = NULL,
    @UtmSource nvarchar(100) = NULL,
    @UtmMedium nvarchar(100) = NULL,
    @UtmCampaign nvarchar(100) = NULL,
    @Notes nvarchar(2000) = NULL,
    @AllowPastStart bit = 0,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL,
    @TemplateId int = NULL                -- where its attributes came from
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ErrorCode nvarchar(50), @Message nvarchar(400), @ErrorNumber int,
            @HasConsultants bit, @CouponId bigint, @Warning nvarchar(400);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @InternalName = NULLIF(TRIM(@InternalName), N''),
           @CouponType = COALESCE(NULLIF(TRIM(@CouponType), N''), N'percentage_discount'),
           @DiscountType = NULLIF(TRIM(@DiscountType), N''),
           @AssignedTo = NULLIF(TRIM(@AssignedTo), N''),
           @ApplicableTo = COALESCE(NULLIF(TRIM(@ApplicableTo), N''), N'all'),
           @DescriptionJson = NULLIF(TRIM(@DescriptionJson), N''),
           @TargetsJson = NULLIF(TRIM(@TargetsJson), N''),
           @MinimumOrderAmount = COALESCE(@MinimumOrderAmount, 0),
           @MaxUsesPerUser = COALESCE(@MaxUsesPerUser, 1), @IsActive = COALESCE(@IsActive, 1),
           @IsStackable = COALESCE(@IsStackable, 0), @AllowPastStart = COALESCE(@AllowPastStart, 0),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    SELECT @CouponCode = NULLIF(n.Code, N'') FROM dbo.fn_NormaliseCode(@CouponCode) AS n;

    IF @CouponCode IS NULL THROW 50001, N'ARG_REQUIRED: @CouponCode', 1;
    IF @CampaignId IS NULL THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    IF LEN(@AssignedTo) > 100
        THROW 50008, N'ARG_TOO_LONG: @AssignedTo is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@CouponCode) NOT BETWEEN 3 AND 20
       OR @CouponCode COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Z0-9_-]%'
        THROW 50005, N'ARG_BAD_CODE: @CouponCode takes 3 to 20 of A-Z, 0-9, line and hyphen.', 1;

    EXEC dbo.sp_i_CheckTargets @TargetsJson = @TargetsJson, @Parameter = N'@TargetsJson';
    EXEC dbo.sp_i_CheckDescriptions @DescriptionJson = @DescriptionJson;

    -- Targets of the campaign count for a coupon that has none of that kind.
    SET @HasConsultants = IIF(
        EXISTS (SELECT 1 FROM OPENJSON(@TargetsJson, N'$.consultant'))
        OR EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                   WHERE t.CampaignId = @CampaignId AND t.TargetKind = N'consultant'), 1, 0);
    EXEC dbo.sp_i_CheckCoupon
        @InternalName = @InternalName, @CouponType = @CouponType, @DiscountType = @DiscountType,
        @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount,
        @MinimumOrderAmount = @MinimumOrderAmount, @MaxUses = @MaxUses,
        @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom, @ExpiresAt = @ExpiresAt,
        @ApplicableTo = @ApplicableTo, @HasConsultants = @HasConsultants,
        @AllowPastStart = @AllowPastStart, @Now = @Now,
        @ErrorNumber = @ErrorNumber OUTPUT, @ErrorMessage = @Message OUTPUT;
    IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Message, 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_AdmitCoupon
            @CouponCode = @CouponCode, @CampaignId = @CampaignId, @PartnerId = @PartnerId,
            @DiscountType = @DiscountType, @DiscountValue = @DiscountValue,
            @MinimumOrderAmount = @MinimumOrderAmount, @ExpiresAt = @ExpiresAt,
            @TemplateId = @TemplateId,
            @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT, @Warning = @Warning OUTPUT;

        IF @ErrorCode IS NULL
            EXEC dbo.sp_i_InsertCoupon
                @CouponCode = @CouponCode, @CampaignId = @CampaignId, @InternalName = @InternalName,
                @CouponType = @CouponType, @DiscountType = @DiscountType,
                @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount,
                @MinimumOrderAmount = @MinimumOrderAmount, @MaxUses = @MaxUses,
                @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom, @ExpiresAt = @ExpiresAt,
                @AssignedTo = @AssignedTo, @ApplicableTo = @ApplicableTo, @IsActive = @IsActive,
                @IsStackable = @IsStackable, @StackingGroup = @StackingGroup,
                @VariantLabel = @VariantLabel, @PartnerId = @PartnerId,
                @UpgradeVersion = @UpgradeVersion, @DescriptionJson = @DescriptionJson,
                @TargetsJson = @TargetsJson, @CampaignSource = @CampaignSource,
                @UtmSource = @UtmSource, @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
                @Notes = @Notes, @TemplateId = @TemplateId, @Actor = @Actor,
                @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                @CorrelationId = @CorrelationId, @Now = @Now, @CouponId = @CouponId OUTPUT;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @CouponId AS CouponId,
           IIF(@ErrorCode IS NULL, @CouponCode, NULL) AS CouponCode,
           IIF(@ErrorCode IS NULL, @Warning, NULL) AS Warning;
END;
