SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes a code: NULL keeps a column, @ClearColumns (a comma list) sets columns NULL,
           @DescriptionJson replaces all descriptions, @TargetsJson the kinds of targets it names.
           A new limit is spread over the stripes. The discount of a code in use changes only with
           @ForceDiscountChange. Declared wider than its column: @InternalName, so that 50008 can
           be told.
Called by: coupon_ops
Locks:     L3 (the coupon, then all its stripes, ascending), L11 inserts; the campaign is only read
Returns:   SR + RowVer. COUPON_NOT_FOUND, CONCURRENT_UPDATE, LIMIT_BELOW_USAGE, COUPON_IN_USE,
           PARTNER_NOT_FOUND, NO_DISCOUNT_CONFIGURED, ALREADY_REDEEMED and COUPON_RESERVED (of a
           changed assignment)
Throws:    50008, 50102; by its checks 50001-50009
Replay:    the present values again succeed and write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_UpdateCoupon
    @CouponCode nvarchar(200),
    @InternalName nvarchar(200) = NULL,
    @CouponType nvarchar(30) = NULL,
    @DiscountType nvarchar(20) = NULL,
    @DiscountValue decimal(10,2) = NULL,
    @MaxDiscountAmount decimal(10,2) = NULL,
    @MinimumOrderAmount decimal(10,2) = NULL,
    @MaxUses int = NULL,
    @MaxUsesPerUser int = NULL,
    @ValidFrom datetime2(3) = NULL,
    @ExpiresAt datetime2(3) = NULL,
    @AssignedTo nvarchar(200) = NULL,
    @ApplicableTo nvarchar(30) = NULL,
    @IsActive bit = NULL,
    @IsStackable bit = NULL,
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
    @ExpectedRowVer binary(8) = NULL,
    @ClearColumns nvarchar(400) = NULL,
    @ForceDiscountChange bit = 0,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @RowVer binary(8), @CouponId bigint, @Clear nvarchar(410),
            @GivenJson nvarchar(max), @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'coupon', @CouponCode = @CouponCode OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    SELECT @InternalName = NULLIF(TRIM(@InternalName), N''),
           @CouponType = NULLIF(TRIM(@CouponType), N''),
           @DiscountType = NULLIF(TRIM(@DiscountType), N''),
           @AssignedTo = NULLIF(TRIM(@AssignedTo), N''),
           @ApplicableTo = NULLIF(TRIM(@ApplicableTo), N''),
           @StackingGroup = NULLIF(TRIM(@StackingGroup), N''),
           @VariantLabel = NULLIF(TRIM(@VariantLabel), N''),
           @UpgradeVersion = NULLIF(TRIM(@UpgradeVersion), N''),
           @CampaignSource = NULLIF(TRIM(@CampaignSource), N''),
           @UtmSource = NULLIF(TRIM(@UtmSource), N''), @UtmMedium = NULLIF(TRIM(@UtmMedium), N''),
           @UtmCampaign = NULLIF(TRIM(@UtmCampaign), N''), @Notes = NULLIF(TRIM(@Notes), N''),
           @DescriptionJson = NULLIF(TRIM(@DescriptionJson), N''),
           @TargetsJson = NULLIF(TRIM(@TargetsJson), N'');
    SET @GivenJson = (
        SELECT @InternalName AS InternalName, @DiscountType AS DiscountType,
               @DiscountValue AS DiscountValue, @MaxDiscountAmount AS MaxDiscountAmount,
               @MaxUses AS MaxUses, @ValidFrom AS ValidFrom, @ExpiresAt AS ExpiresAt,
               @AssignedTo AS AssignedTo, @StackingGroup AS StackingGroup,
               @VariantLabel AS VariantLabel, @PartnerId AS PartnerId,
               @UpgradeVersion AS UpgradeVersion, @CampaignSource AS CampaignSource,
               @UtmSource AS UtmSource, @UtmMedium AS UtmMedium, @UtmCampaign AS UtmCampaign,
               @Notes AS Notes, @DescriptionJson AS Description
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
    EXEC dbo.sp_i_CheckClear
        @ClearColumns = @ClearColumns, @GivenJson = @GivenJson, @Clear = @Clear OUTPUT;
    IF LEN(@AssignedTo) > 100
        THROW 50008, N'ARG_TOO_LONG: @AssignedTo is longer than 100 characters.', 1;
    EXEC dbo.sp_i_CheckTargets @TargetsJson = @TargetsJson, @Parameter = N'@TargetsJson';
    EXEC dbo.sp_i_CheckDescriptions @DescriptionJson = @DescriptionJson;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_ChangeCoupon
            @CouponCode = @CouponCode,
            @InternalName = @InternalName, @CouponType = @CouponType, @DiscountType = @DiscountType,
            @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount,
            @MinimumOrderAmount = @MinimumOrderAmount, @MaxUses = @MaxUses,
            @MaxUsesPerUser = @MaxUsesPerUser, @ValidFrom = @ValidFrom, @ExpiresAt = @ExpiresAt,
            @AssignedTo = @AssignedTo, @ApplicableTo = @ApplicableTo, @IsActive = @IsActive,
            @IsStackable = @IsStackable, @StackingGroup = @StackingGroup,
            @VariantLabel = @VariantLabel, @PartnerId = @PartnerId,
            @UpgradeVersion = @UpgradeVersion, @CampaignSource = @CampaignSource,
            @UtmSource = @UtmSource, @UtmMedium = @UtmMedium, @UtmCampaign = @UtmCampaign,
            @Notes = @Notes, @DescriptionJson = @DescriptionJson, @TargetsJson = @TargetsJson,
            @AllowPastStart = @AllowPastStart, @ExpectedRowVer = @ExpectedRowVer, @Clear = @Clear,
            @ForceDiscountChange = @ForceDiscountChange, @Actor = @Actor, @Now = @Now OUTPUT,
            @CouponId = @CouponId OUTPUT, @BeforeJson = @BeforeJson OUTPUT,
            @AfterJson = @AfterJson OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
            @Message = @Message OUTPUT;

        IF @ErrorCode IS NULL AND @BeforeJson <> @AfterJson COLLATE Latin1_General_100_BIN2
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'coupon', @EntityId = @CouponCode, @CouponId = @CouponId,
                @Verb = N'update', @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
                @SubjectUserId = @AssignedTo, @Actor = @Actor, @IpAddress = @IpAddress,
                @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                @Now = @Now;

        SELECT @RowVer = c.RowVer
        FROM dbo.Coupons AS c
        WHERE c.CouponId = @CouponId AND @ErrorCode IS NULL;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @RowVer AS RowVer;
END;
