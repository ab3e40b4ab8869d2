SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes the attributes of generated codes out of a request's CouponDefaultsJson, or those
           of a hand-made coupon out of a template. A key that is absent or null has the default:
           once per user, no minimum, active, the discount of the campaign; generated codes single
           use, hand-made ones without limit.
Called by: sp_BulkInsertCoupons, sp_i_CheckCouponDefaults, sp_CreateCouponFromTemplate
Locks:     none
Returns:   one OUTPUT parameter per key
Throws:    50004
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReadCouponDefaults
    @DefaultsJson nvarchar(max),
    @CouponType nvarchar(30) OUTPUT,
    @DiscountType nvarchar(20) OUTPUT,
    @DiscountValue decimal(10,2) OUTPUT,
    @MaxDiscountAmount decimal(10,2) OUTPUT,
    @MinimumOrderAmount decimal(10,2) OUTPUT,
    @MaxUses int OUTPUT,
    @MaxUsesPerUser int OUTPUT,
    @ValidFrom datetime2(3) OUTPUT,
    @ApplicableTo nvarchar(30) OUTPUT,
    @InternalName nvarchar(200) OUTPUT,
    @IsActive bit OUTPUT,
    @Parameter nvarchar(60) = N'@CouponDefaultsJson',
    @IsHandMade bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @CouponType = N'percentage_discount', @DiscountType = NULL, @DiscountValue = NULL,
           @MaxDiscountAmount = NULL, @MinimumOrderAmount = 0, @MaxUsesPerUser = 1,
           @MaxUses = IIF(@IsHandMade = 1, NULL, 1),
           @ValidFrom = NULL, @ApplicableTo = N'all', @InternalName = NULL, @IsActive = 1;

    IF @DefaultsJson IS NULL RETURN;

    EXEC dbo.sp_i_CheckJson
        @Json = @DefaultsJson, @Parameter = @Parameter, @Shape = N'object';

    -- OPENJSON types: 0 null, 1 text, 2 number, 3 true or false. Money may come as text or number.
    DECLARE @BadKey nvarchar(60) = (
        SELECT TOP (1) LEFT(d.[key], 60)
        FROM OPENJSON(@DefaultsJson) AS d
        WHERE CASE
                  WHEN d.[key] IN (N'couponType', N'discountType', N'applicableTo', N'internalName')
                      THEN IIF(d.[type] IN (0, 1), 1, 0)
                  WHEN d.[key] IN (N'maxUses', N'maxUsesPerUser')
                      THEN IIF(d.[type] = 0
                               OR d.[type] = 2 AND TRY_CAST(d.[value] AS int) IS NOT NULL, 1, 0)
                  WHEN d.[key] IN (N'discountValue', N'maxDiscountAmount', N'minimumOrderAmount')
                      THEN IIF(d.[type] = 0 OR d.[type] IN (1, 2)
                               AND TRY_CAST(d.[value] AS decimal(10,2)) IS NOT NULL, 1, 0)
                  WHEN d.[key] = N'validFrom'
                      THEN IIF(d.[type] = 0 OR d.[type] = 1
                               AND TRY_CAST(d.[value] AS datetime2(3)) IS NOT NULL, 1, 0)
                  WHEN d.[key] = N'isActive'
                      THEN IIF(d.[type] IN (0, 3), 1, 0)
                  ELSE 0
              END = 0);

    IF @BadKey IS NOT NULL
    BEGIN
        DECLARE @Text nvarchar(400) = CONCAT(N'ARG_BAD_JSON: ', @Parameter, N' key ', @BadKey,
                                             N' is unknown or of the wrong type.');
        THROW 50004, @Text, 1;
    END;

    SELECT @CouponType = COALESCE(NULLIF(TRIM(j.CouponType), N''), @CouponType),
           @DiscountType = NULLIF(TRIM(j.DiscountType), N''),
           @DiscountValue = j.DiscountValue,
           @MaxDiscountAmount = j.MaxDiscountAmount,
           @MinimumOrderAmount = COALESCE(j.MinimumOrderAmount, @MinimumOrderAmount),
           @MaxUses = COALESCE(j.MaxUses, @MaxUses),
           @MaxUsesPerUser = COALESCE(j.MaxUsesPerUser, @MaxUsesPerUser),
           @ValidFrom = j.ValidFrom,
           @ApplicableTo = COALESCE(NULLIF(TRIM(j.ApplicableTo), N''), @ApplicableTo),
           @InternalName = NULLIF(TRIM(j.InternalName), N''),
           @IsActive = COALESCE(j.IsActive, @IsActive)
    FROM OPENJSON(@DefaultsJson) WITH (
        CouponType nvarchar(30) '$.couponType',
        DiscountType nvarchar(20) '$.discountType',
        DiscountValue decimal(10,2) '$.discountValue',
        MaxDiscountAmount decimal(10,2) '$.maxDiscountAmount',
        MinimumOrderAmount decimal(10,2) '$.minimumOrderAmount',
        MaxUses int '$.maxUses',
        MaxUsesPerUser int '$.maxUsesPerUser',
        ValidFrom datetime2(3) '$.validFrom',
        ApplicableTo nvarchar(30) '$.applicableTo',
        InternalName nvarchar(200) '$.internalName',
        IsActive bit '$.isActive'
    ) AS j;
END;
