SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Deletes a code softly: it stops, its history stays, it is never issued again. Without
           @Confirm it only tells what is concerned. Open reservations run on, or are marked for
           the next sweep to give their slots back.
Called by: coupon_ops
Locks:     L3 (the coupon, then its stripes), L7, L11 inserts
Returns:   SR + Redemptions (counted uses; filled also with CONFIRMATION_REQUIRED).
           COUPON_NOT_FOUND
Throws:    50102; by its checks 50001, 50008
Replay:    a deleted code again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_DeleteCoupon
    @CouponCode nvarchar(200),
    @Confirm bit = 0,
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
            @Message nvarchar(400) = N'Coupon deleted.', @Changed bit, @Redemptions int,
            @DeletedAt datetime2(3);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'coupon', @CouponCode = @CouponCode OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- Codes never change; the row is locked by its key.
        SELECT @CouponId = c.CouponId, @DeletedAt = c.DeletedAt
        FROM dbo.Coupons AS c
        WHERE c.CouponCode = @CouponCode;

        IF COALESCE(@Confirm, 0) = 0 AND @CouponId IS NOT NULL AND @DeletedAt IS NULL
            SET @ErrorCode = N'CONFIRMATION_REQUIRED';
        ELSE
            EXEC dbo.sp_i_ChangeCouponState
                @CouponId = @CouponId, @Action = N'delete',
                @ReleaseReservations = @ReleaseReservations,
                @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                @Reason = @Reason, @CorrelationId = @CorrelationId, @Changed = @Changed OUTPUT,
                @ErrorCode = @ErrorCode OUTPUT;
        SELECT @Redemptions = n.UsedCount FROM dbo.fn_CouponCounters(@CouponId) AS n;
        SET @Message = CASE @ErrorCode
                           WHEN N'CONFIRMATION_REQUIRED'
                               THEN CONCAT(@Redemptions, N' redemptions are kept. Repeat with'
                                           + N' @Confirm = 1.')
                           WHEN N'COUPON_NOT_FOUND' THEN N'Coupon code not found'
                           ELSE @Message END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Redemptions AS Redemptions;
END;
