/*
dbo.fn_ImportedState: what the audit log keeps of a code before and after an import, as JSON: the
attributes that a file can set. Needs @CouponId; no row when there is no such code.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_ImportedState(@CouponId bigint)
RETURNS TABLE
AS
RETURN
    SELECT (
        SELECT
            k.InternalName AS internalName,
            k.CouponType AS couponType,
            k.DiscountType AS discountType,
            k.DiscountValue AS discountValue,
            k.MaxUses AS maxUses,
            k.ValidFrom AS validFrom,
            k.ExpiresAt AS expiresAt,
            k.ApplicableTo AS applicableTo,
            k.CampaignSource AS campaignSource,
            k.Description AS description,
            k.IsActive AS isActive
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES
    ) AS Json
    FROM dbo.Coupons AS k
    WHERE k.CouponId = @CouponId;
GO
