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

    DECLARE @RowVer binary(8), @CampaignId nvarchar(100), @OldLimit int, @OldStart datetime2(3),
            @OldEnd datetime2(3), @OldAssignee nvarchar(100), @Stripes tinyint, @WasActive bit,
            @WasRedeemed bit, @Used int, @Reserved int, @Description nvarchar(1000),
            @English nvarchar(1000), @IsDiscountNew bit, @HasConsultants bit, @ErrorNumber int,
            @Fills bit,
            @HasDescriptions bit = IIF(@DescriptionJson IS NULL
                                       AND @Clear NOT LIKE N'%,Description,%', 0, 1);

    SELECT @English = d.[value]
    FROM OPENJSON(@DescriptionJson) AS d
    WHERE LOWER(TRIM(d.[key])) = N'en';
    SELECT @CouponId = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;

    -- UPDLOCK: what is read here is what is written below. NULL keeps, unless it is cleared.
    -- Codes never change, so the row is locked by its key.
    SELECT @RowVer = c.RowVer, @CampaignId = c.CampaignId, @OldLimit = c.MaxUses,
           @OldStart = c.ValidFrom, @OldEnd = c.ExpiresAt, @OldAssignee = c.AssignedTo,
           @Stripes = c.StripeCount, @WasActive = c.IsActive, @WasRedeemed = c.IsRedeemed,
           @Used = c.UsedCount, @Reserved = c.ReservedCount,
           @IsDiscountNew = IIF(@CouponType <> c.CouponType
                                OR @DiscountType <> COALESCE(c.DiscountType, N'')
                                OR @DiscountValue <> COALESCE(c.DiscountValue, 0)
                                OR @MaxDiscountAmount <> COALESCE(c.MaxDiscountAmount, 0)
                                OR c.DiscountType IS NOT NULL AND @Clear LIKE N'%,DiscountType,%'
                                OR c.DiscountValue IS NOT NULL AND @Clear LIKE N'%,DiscountValue,%'
                                OR c.MaxDiscountAmount IS NOT NULL
                                   AND @Clear LIKE N'%,MaxDiscountAmount,%', 1, 0),
           @Description = IIF(@HasDescriptions = 1, @English,
                              c.Description),
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
    IF @Stripes > 1
    BEGIN
        EXEC dbo.sp_i_StopCouponStripes @CouponId = @CouponId;
        SELECT @Used = SUM(s.UsedCount), @Reserved = SUM(s.ReservedCount)
        FROM dbo.CouponCounterStripes AS s
        WHERE s.CouponId = @CouponId;
    END;

    SET @ErrorCode = CASE
        WHEN @Used + @Reserved > @MaxUses THEN N'LIMIT_BELOW_USAGE'
        WHEN @IsDiscountNew = 1 AND @Used + @Reserved > 0 AND COALESCE(@ForceDiscountChange, 0) = 0
            THEN N'COUPON_IN_USE'
        WHEN COALESCE(@AssignedTo, N'') <> COALESCE(@OldAssignee, N'') AND @WasRedeemed = 1
            THEN N'ALREADY_REDEEMED'
        WHEN COALESCE(@AssignedTo, N'') <> COALESCE(@OldAssignee, N'') AND @MaxUses = 1
             AND @Reserved > 0 THEN N'COUPON_RESERVED'
        WHEN @PartnerId IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM dbo.Partners AS p WHERE p.PartnerId = @PartnerId)
            THEN N'PARTNER_NOT_FOUND'
        WHEN @DiscountType IS NULL AND @IsDiscountNew = 1
             AND EXISTS (SELECT 1 FROM dbo.Campaigns AS g
                         WHERE g.CampaignId = @CampaignId AND g.DiscountPercentage IS NULL
                           AND g.DiscountAmount IS NULL) THEN N'NO_DISCOUNT_CONFIGURED' END;
    SET @Message = CASE @ErrorCode
        WHEN N'LIMIT_BELOW_USAGE' THEN CONCAT(@Used, N' used and ', @Reserved,
                                              N' reserved: more than the new limit allows.')
        WHEN N'COUPON_IN_USE' THEN CONCAT(@Used, N' used and ', @Reserved,
                                          N' reserved at the present discount.')
        WHEN N'ALREADY_REDEEMED' THEN N'Coupon was already redeemed.'
        WHEN N'COUPON_RESERVED' THEN N'Coupon is held by an open checkout.'
        WHEN N'PARTNER_NOT_FOUND' THEN CONCAT(N'Partner ', @PartnerId, N' not found.')
        WHEN N'NO_DISCOUNT_CONFIGURED'
            THEN N'Neither the coupon nor its campaign has a discount.'
        ELSE N'Coupon updated.' END;
    IF @ErrorCode IS NOT NULL RETURN;

    IF @HasDescriptions = 1
    BEGIN
        DELETE FROM dbo.CouponTranslations WHERE CouponId = @CouponId;
        EXEC dbo.sp_i_AddDescriptions @CouponId = @CouponId, @DescriptionJson = @DescriptionJson;
    END;
    EXEC dbo.sp_i_ReplaceTargets @CouponId = @CouponId, @TargetsJson = @TargetsJson;

    -- A limit that was met and is raised opens the code again; one lowered to its use closes it.
    SET @Fills = IIF(@Used >= @MaxUses, 1, 0);
    UPDATE c
    SET InternalName = @InternalName, CouponType = @CouponType, DiscountType = @DiscountType,
        DiscountValue = @DiscountValue, MaxDiscountAmount = @MaxDiscountAmount,
        MinimumOrderAmount = @MinimumOrderAmount, MaxUses = @MaxUses,
        MaxUsesPerUser = @MaxUsesPerUser, ValidFrom = @ValidFrom, ExpiresAt = @ExpiresAt,
        AssignedTo = @AssignedTo, ApplicableTo = @ApplicableTo, IsActive = @IsActive,
        IsStackable = @IsStackable, StackingGroup = @StackingGroup, VariantLabel = @VariantLabel,
        PartnerId = @PartnerId, UpgradeVersion = @UpgradeVersion, CampaignSource = @CampaignSource,
        UtmSource = @UtmSource, UtmMedium = @UtmMedium, UtmCampaign = @UtmCampaign, Notes = @Notes,
        Description = @Description, UsedCount = @Used,
        ReservedCount = @Reserved, IsRedeemed = @Fills,
        RedeemedAt = CASE WHEN @Fills = 0 THEN NULL
                          WHEN @WasRedeemed = 1 THEN c.RedeemedAt
                          ELSE COALESCE(c.LastUsedAt, @Now) END,
        RedeemedBy = IIF(@Fills = 0, NULL, c.RedeemedBy),
        LimitEventAt = IIF(@Fills = 0, NULL, c.LimitEventAt),
        -- Another end is announced anew.
        ExpiryNotifiedAt = IIF(@ExpiresAt = @OldEnd, c.ExpiryNotifiedAt, NULL),
        ExpiredEventAt = IIF(@ExpiresAt = @OldEnd, c.ExpiredEventAt, NULL),
        UpdatedAt = @Now, UpdatedBy = @Actor
    FROM dbo.Coupons AS c
    WHERE c.CouponId = @CouponId
      AND (@HasDescriptions = 1 OR @TargetsJson IS NOT NULL OR EXISTS (
          SELECT c.InternalName COLLATE Latin1_General_100_BIN2, c.CouponType, c.DiscountType,
                 c.DiscountValue, c.MaxDiscountAmount, c.MinimumOrderAmount, c.MaxUses,
                 c.MaxUsesPerUser, c.ValidFrom, c.ExpiresAt, c.AssignedTo, c.ApplicableTo,
                 c.IsActive, c.IsStackable, c.StackingGroup, c.VariantLabel, c.PartnerId,
                 c.UpgradeVersion COLLATE Latin1_General_100_BIN2,
                 c.CampaignSource COLLATE Latin1_General_100_BIN2,
                 c.UtmSource COLLATE Latin1_General_100_BIN2,
                 c.UtmMedium COLLATE Latin1_General_100_BIN2,
                 c.UtmCampaign COLLATE Latin1_General_100_BIN2,
                 c.Notes COLLATE Latin1_General_100_BIN2
          EXCEPT
          SELECT @InternalName, @CouponType, @DiscountType, @DiscountValue, @MaxDiscountAmount,
                 @MinimumOrderAmount, @MaxUses, @MaxUsesPerUser, @ValidFrom, @ExpiresAt,
                 @AssignedTo, @ApplicableTo, @IsActive, @IsStackable, @StackingGroup, @VariantLabel,
                 @PartnerId, @UpgradeVersion, @CampaignSource, @UtmSource, @UtmMedium, @UtmCampaign,
                 @Notes));
    IF @Stripes > 1 AND COALESCE(@OldLimit, 0) <> COALESCE(@MaxUses, 0)
        EXEC dbo.sp_i_StripeCoupon @CouponId = @CouponId, @Now = @Now;
    EXEC dbo.sp_i_ShowCoupon @CouponId = @CouponId, @Json = @AfterJson OUTPUT;
END;
