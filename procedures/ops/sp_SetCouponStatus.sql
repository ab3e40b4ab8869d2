SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Activates or deactivates a code; open reservations run on unless they are to end.
Called by: coupon_ops
Locks:     L3 (the coupon; when deactivating then its stripes), L7, L11 inserts
Returns:   SR. COUPON_NOT_FOUND
Throws:    50001, 50102; by its checks 50008
Replay:    the present state again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetCouponStatus
    @CouponCode nvarchar(200),
    @IsActive bit,
    @ReleaseReservations bit = 0,
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
            @Action nvarchar(20) = IIF(@IsActive = 1, N'activate', N'deactivate'), @Changed bit,
            @Message nvarchar(400) = IIF(@IsActive = 1, N'Coupon is active.',
                                         N'Coupon is not active.');

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'coupon', @CouponCode = @CouponCode OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    IF @IsActive IS NULL THROW 50001, N'ARG_REQUIRED: @IsActive', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- Codes never change; the row is locked by its key.
        SELECT @CouponId = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;
        EXEC dbo.sp_i_ChangeCouponState
            @CouponId = @CouponId, @Action = @Action, @ReleaseReservations = @ReleaseReservations,
            @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
            @Reason = @Reason, @CorrelationId = @CorrelationId, @Changed = @Changed OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT;
        IF @ErrorCode IS NOT NULL SET @Message = N'Coupon code not found';

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message;
END;
