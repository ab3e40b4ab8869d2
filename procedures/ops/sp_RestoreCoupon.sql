SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings a deleted code back. It stays inactive until somebody activates it.
Called by: coupon_ops
Locks:     L3 (the coupon), L11 inserts
Returns:   SR + Redemptions (counted uses, which were kept). COUPON_NOT_FOUND
Throws:    50102; by its checks 50001, 50008
Replay:    a code that is not deleted succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_RestoreCoupon
    @CouponCode nvarchar(200),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @ErrorCode nvarchar(50), @CouponId bigint,
            @Message nvarchar(400) = N'Coupon restored.', @Changed bit, @Redemptions int;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'coupon', @CouponCode = @CouponCode OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- Codes never change; the row is locked by its key.
        SELECT @CouponId = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;
        EXEC dbo.sp_i_ChangeCouponState
            @CouponId = @CouponId, @Action = N'restore',
            @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
            @Reason = @Reason, @CorrelationId = @CorrelationId, @Changed = @Changed OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT;
        IF @ErrorCode IS NOT NULL SET @Message = N'Coupon code not found';
        SELECT @Redemptions = n.UsedCount FROM dbo.fn_CouponCounters(@CouponId) AS n;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Redemptions AS Redemptions;
END;
