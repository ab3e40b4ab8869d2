/*
dbo.fn_ShownCode: a code as the caller may see it. A generated code that nobody redeemed yet is
worth money: only operators see it whole (coupon_ops, db_owner and dbo; IS_ROLEMEMBER knows no
membership of dbo itself, and is NULL for a role that does not exist), others its first three
characters.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_ShownCode(
    @CouponCode nvarchar(50),
    @GenerationBatchId nvarchar(100),
    @IsRedeemed bit
)
RETURNS TABLE
AS
RETURN
    SELECT
        CASE
            WHEN @GenerationBatchId IS NULL OR @IsRedeemed = 1 THEN @CouponCode
            WHEN IS_ROLEMEMBER(N'coupon_ops') = 1 THEN @CouponCode
            WHEN IS_ROLEMEMBER(N'db_owner') = 1 OR USER_NAME() = N'dbo' THEN @CouponCode
            ELSE CONCAT(LEFT(@CouponCode, 3), NCHAR(8230))
        END AS CouponCode;
GO
