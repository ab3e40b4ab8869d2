SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Example calculations: what a code, or a discount that is not saved yet, does to some
           order amounts. Nobody's right to the code is tested.
Called by: coupon_ops
Locks:     none
Returns:   SR; RS2 OrderAmount, DiscountAmount, FinalAmount, CreditsGranted, MonthsGranted.
           COUPON_NOT_FOUND, NO_DISCOUNT_CONFIGURED
Throws:    50001, 50002, 50004, 50009, 50100; by its checks 50003, 50007, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_PreviewDiscount
    @CouponCode nvarchar(200) = NULL,
    @DiscountType nvarchar(20) = NULL,
    @DiscountValue decimal(10,2) = NULL,
    @MaxDiscountAmount decimal(10,2) = NULL,
    @AmountsJson nvarchar(max) = N'[19,50,100,190]'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @CouponId bigint, @CreditsPerUsd decimal(12,4),
            @CouponType nvarchar(30), @ErrorNumber int, @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Discount calculated.';
    DECLARE @Amounts TABLE (Place int NOT NULL PRIMARY KEY, OrderAmount decimal(10,2) NULL);

    SELECT @CouponCode = NULLIF(n.Code, N''), @DiscountType = NULLIF(TRIM(@DiscountType), N''),
           @AmountsJson = COALESCE(NULLIF(TRIM(@AmountsJson), N''), N'[19,50,100,190]')
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    IF @CouponCode IS NULL AND @DiscountType IS NULL
        THROW 50001, N'ARG_REQUIRED: @CouponCode or @DiscountType', 1;
    IF @CouponCode IS NOT NULL
       AND (@DiscountType IS NOT NULL OR @DiscountValue IS NOT NULL
            OR @MaxDiscountAmount IS NOT NULL)
        THROW 50009, N'ARG_CONFLICT: @CouponCode excludes the values of a discount.', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    EXEC dbo.sp_i_CheckJson @Json = @AmountsJson, @Parameter = N'@AmountsJson', @Shape = N'array';
    -- OPENJSON type 2 is a number; money may come as a text, too.
    IF EXISTS (SELECT 1 FROM OPENJSON(@AmountsJson) AS j
               WHERE j.[type] NOT IN (1, 2) OR TRY_CAST(j.[value] AS decimal(10,2)) IS NULL)
        THROW 50004, N'ARG_BAD_JSON: @AmountsJson takes an array of amounts.', 1;
    INSERT INTO @Amounts (Place, OrderAmount)
    SELECT CAST(j.[key] AS int), TRY_CAST(j.[value] AS decimal(10,2))
    FROM OPENJSON(@AmountsJson) AS j;
    IF (SELECT COUNT(*) FROM @Amounts AS a) NOT BETWEEN 1 AND 100
       OR EXISTS (SELECT 1 FROM @Amounts AS a WHERE a.OrderAmount < 0)
        THROW 50002, N'ARG_OUT_OF_RANGE: @AmountsJson takes 1 to 100 amounts, none below 0.', 1;

    SELECT @CreditsPerUsd = TRY_CAST(s.SettingValue AS decimal(12,4))
    FROM dbo.Settings AS s
    WHERE s.SettingName = N'coupon_credits_per_usd';
    IF @CreditsPerUsd IS NULL THROW 50100, N'SETTING_MISSING: coupon_credits_per_usd', 1;

    IF @CouponCode IS NULL
    BEGIN
        SET @CouponType = CASE WHEN @DiscountType IN (N'fixed_amount', N'credits')
                                   THEN N'fixed_amount_discount'
                               WHEN @DiscountType = N'months_free' THEN N'duration_bonus'
                               ELSE N'percentage_discount' END;
        EXEC dbo.sp_i_CheckCoupon
            @CouponType = @CouponType, @DiscountType = @DiscountType,
            @DiscountValue = @DiscountValue, @MaxDiscountAmount = @MaxDiscountAmount, @Now = @Now,
            @ErrorNumber = @ErrorNumber OUTPUT, @ErrorMessage = @Message OUTPUT;
        IF @ErrorNumber IS NOT NULL THROW @ErrorNumber, @Message, 1;

        SET @Message = N'Discount calculated.';
    END
    ELSE
    BEGIN
        SELECT @CouponId = k.CouponId
        FROM dbo.Coupons AS k
        WHERE k.CouponCode = @CouponCode AND k.DeletedAt IS NULL;
        IF @CouponId IS NULL
            SELECT @ErrorCode = N'COUPON_NOT_FOUND', @Message = N'Coupon code not found';
        ELSE IF NOT EXISTS (SELECT 1 FROM @Amounts AS a
                            CROSS APPLY dbo.fn_EffectiveDiscount(@CouponId, a.OrderAmount) AS e
                            WHERE e.DiscountType IS NOT NULL)
            SELECT @ErrorCode = N'NO_DISCOUNT_CONFIGURED', @Message = N'Coupon has no discount.';
    END;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message;
    -- An amount below the lowest tier of a code with nothing else has no discount.
    SELECT a.OrderAmount, d.DiscountAmount, d.FinalAmount, d.CreditsGranted, d.MonthsGranted
    FROM @Amounts AS a
    OUTER APPLY (SELECT e.DiscountType, e.DiscountValue, e.MaxDiscountAmount
                 FROM dbo.fn_EffectiveDiscount(@CouponId, a.OrderAmount) AS e) AS k
    CROSS APPLY dbo.fn_CalculateDiscount(
        COALESCE(@DiscountType, k.DiscountType), COALESCE(@DiscountValue, k.DiscountValue),
        COALESCE(@MaxDiscountAmount, k.MaxDiscountAmount), a.OrderAmount, @CreditsPerUsd) AS d
    WHERE @ErrorCode IS NULL
    ORDER BY a.Place;
END;
