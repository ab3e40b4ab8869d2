SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes a changed code: its descriptions, its targets and its row, when anything differs.
Called by: sp_i_ChangeCoupon
Locks:     the caller holds the coupon (L3) with its stripes; L11: descriptions and targets
Returns:   nothing
Throws:    nothing of its own
Replay:    the present values again write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_WriteCoupon
    @CouponId bigint,
    @InternalName nvarchar(200), @CouponType nvarchar(30), @DiscountType nvarchar(20),
    @DiscountValue decimal(10,2), @MaxDiscountAmount decimal(10,2),
    @MinimumOrderAmount decimal(10,2), @MaxUses int, @MaxUsesPerUser int, @ValidFrom datetime2(3),
    @ExpiresAt datetime2(3), @AssignedTo nvarchar(200), @ApplicableTo nvarchar(30), @IsActive bit,
    @IsStackable bit, @StackingGroup nvarchar(50), @VariantLabel nvarchar(20), @PartnerId int,
    @UpgradeVersion nvarchar(20), @CampaignSource nvarchar(100), @UtmSource nvarchar(100),
    @UtmMedium nvarchar(100), @UtmCampaign nvarchar(100), @Notes nvarchar(2000),
    @HasDescriptions bit,                -- all of them are replaced by @DescriptionJson
    @DescriptionJson nvarchar(max),
    @TargetsJson nvarchar(max),
    @Actor nvarchar(200),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @English nvarchar(1000);

    SELECT @English = d.[value]
    FROM OPENJSON(@DescriptionJson) AS d
    WHERE LOWER(TRIM(d.[key])) = N'en';

    IF @HasDescriptions = 1
    BEGIN
        DELETE FROM dbo.CouponTranslations WHERE CouponId = @CouponId;
        EXEC dbo.sp_i_AddDescriptions @CouponId = @CouponId, @DescriptionJson = @DescriptionJson;
    END;
    EXEC dbo.sp_i_ReplaceTargets @CouponId = @CouponId, @TargetsJson = @TargetsJson;

    -- A limit that was met and is raised opens the code again; one lowered to its use closes it.
    UPDATE c
    SET InternalName = @InternalName, CouponType = @CouponType, DiscountType = @DiscountType,
        DiscountValue = @DiscountValue, MaxDiscountAmount = @MaxDiscountAmount,
        MinimumOrderAmount = @MinimumOrderAmount, MaxUses = @MaxUses,
        MaxUsesPerUser = @MaxUsesPerUser, ValidFrom = @ValidFrom, ExpiresAt = @ExpiresAt,
        AssignedTo = @AssignedTo, ApplicableTo = @ApplicableTo, IsActive = @IsActive,
        IsStackable = @IsStackable, StackingGroup = @StackingGroup, VariantLabel = @VariantLabel,
        PartnerId = @PartnerId, UpgradeVersion = @UpgradeVersion, CampaignSource = @CampaignSource,
        UtmSource = @UtmSource, UtmMedium = @UtmMedium, UtmCampaign = @UtmCampaign, Notes = @Notes,
        Description = IIF(@HasDescriptions = 1, @English, c.Description),
        UsedCount = n.UsedCount, ReservedCount = n.ReservedCount, IsRedeemed = m.Fills,
        RedeemedAt = CASE WHEN m.Fills = 0 THEN NULL
                          WHEN c.IsRedeemed = 1 THEN c.RedeemedAt
                          ELSE COALESCE(c.LastUsedAt, @Now) END,
        RedeemedBy = IIF(m.Fills = 0, NULL, c.RedeemedBy),
        LimitEventAt = IIF(m.Fills = 0, NULL, c.LimitEventAt),
        -- Another end is announced anew.
        ExpiryNotifiedAt = IIF(@ExpiresAt = c.ExpiresAt, c.ExpiryNotifiedAt, NULL),
        ExpiredEventAt = IIF(@ExpiresAt = c.ExpiresAt, c.ExpiredEventAt, NULL),
        UpdatedAt = @Now, UpdatedBy = @Actor
    FROM dbo.Coupons AS c
    CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS n
    CROSS APPLY (SELECT IIF(n.UsedCount >= @MaxUses, 1, 0) AS Fills) AS m
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
END;
