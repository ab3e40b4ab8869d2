SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Holds the attributes of one coupon against the rules of sp_i_CheckCouponRows and reports
           the first that is broken.
Called by: sp_CreateCoupon, sp_i_ChangeCoupon, sp_i_CheckCouponDefaults
Locks:     none
Returns:   @ErrorNumber (NULL: all is well) and @ErrorMessage, `NAME: parameter explanation`
Throws:    nothing; reports 50002, 50003, 50006, 50007, 50008, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckCoupon
    @InternalName nvarchar(200) = NULL,
    @CouponType nvarchar(30),
    @DiscountType nvarchar(20) = NULL,
    @DiscountValue decimal(10,2) = NULL,
    @MaxDiscountAmount decimal(10,2) = NULL,
    @MinimumOrderAmount decimal(10,2) = 0,
    @MaxUses int = NULL,
    @MaxUsesPerUser int = 1,
    @ValidFrom datetime2(3) = NULL,
    @ExpiresAt datetime2(3) = NULL,
    @ApplicableTo nvarchar(30) = N'all',
    @HasConsultants bit = 0,
    @AllowPastStart bit = 0,
    @Now datetime2(3),
    @ParameterPrefix nvarchar(40) = N'@',
    @ErrorNumber int OUTPUT,
    @ErrorMessage nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @RowJson nvarchar(max), @ErrorsJson nvarchar(max);

    SET @RowJson = (
        SELECT 1 AS rowNo, @InternalName AS internalName, @CouponType AS couponType,
               @DiscountType AS discountType, @DiscountValue AS discountValue,
               @MaxDiscountAmount AS maxDiscountAmount,
               @MinimumOrderAmount AS minimumOrderAmount, @MaxUses AS maxUses,
               @MaxUsesPerUser AS maxUsesPerUser, @ValidFrom AS validFrom,
               @ExpiresAt AS expiresAt, @ApplicableTo AS applicableTo,
               @HasConsultants AS hasConsultants, @AllowPastStart AS allowPastStart
        FOR JSON PATH);
    EXEC dbo.sp_i_CheckCouponRows
        @RowsJson = @RowJson, @Now = @Now, @ErrorsJson = @ErrorsJson OUTPUT;

    SELECT @ErrorNumber = NULL, @ErrorMessage = NULL;
    SELECT @ErrorNumber = e.Number,
           @ErrorMessage = CONCAT(e.Name, N': ', @ParameterPrefix, e.Parameter, N' ', e.Detail)
    FROM OPENJSON(@ErrorsJson) WITH (
        Number int '$.number',
        Name nvarchar(30) '$.name',
        Parameter nvarchar(60) '$.parameter',
        Detail nvarchar(200) '$.detail'
    ) AS e;
END;
