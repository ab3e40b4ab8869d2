SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The text of a coupon for customers: in the language asked for, else in English, else the
           coupon's own column.
Called by: sp_ValidateCoupon, sp_GetCouponDetails.
Locks:     none.
Returns:   @Description.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReadDescription
    @CouponId bigint,
    @Language nvarchar(10),
    @Description nvarchar(1000) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @Description = COALESCE(own.Description, english.Description, c.Description)
    FROM dbo.Coupons AS c
    LEFT OUTER JOIN dbo.CouponTranslations AS own
        ON own.CouponId = c.CouponId AND own.LanguageCode = LOWER(@Language)
    LEFT OUTER JOIN dbo.CouponTranslations AS english
        ON english.CouponId = c.CouponId AND english.LanguageCode = N'en'
    WHERE c.CouponId = @CouponId;
END;
