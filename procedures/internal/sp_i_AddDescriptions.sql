SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores the descriptions of a coupon, one row a language, the language in lower case as it
           is looked up. The document must have passed sp_i_CheckDescriptions.
Called by: sp_i_InsertCoupon, sp_i_WriteCoupon
Locks:     the caller holds the coupon (L3)
Returns:   nothing
Throws:    nothing of its own
Replay:    none: the callers have just made the coupon, or removed its descriptions
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AddDescriptions
    @CouponId bigint,
    @DescriptionJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    INSERT INTO dbo.CouponTranslations (CouponId, LanguageCode, Description)
    SELECT @CouponId, LOWER(TRIM(d.[key])), d.[value]
    FROM OPENJSON(@DescriptionJson) AS d;
END;
