SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a reserved slot back before its time is over: the payment failed, or the customer
           changed the mind.
Called by: coupon_service, coupon_ops
Locks:     L2 to L8, L11 as sp_i_ReleaseCore. Own transaction, or that of the caller.
Returns:   SR + ReservationId, Status, WasOpen. RESERVATION_NOT_FOUND, RESERVATION_USER_MISMATCH,
           RESERVATION_ALREADY_CONFIRMED.
Throws:    50001 no reservation named; 50003 unknown reason; 50008 user id longer than 100; 50102
           called in a doomed transaction; 50200, 50201 as sp_i_CloseReservation.
Replay:    a reservation that is closed already is a success with WasOpen 0; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ReleaseReservation
    @ReservationId bigint,
    @Reason nvarchar(20) = N'user_cancelled',
    @UserId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @Status nvarchar(10), @WasOpen bit;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;
    SELECT @UserId = NULLIF(TRIM(@UserId), N''),
           @Reason = COALESCE(NULLIF(TRIM(@Reason), N''), N'user_cancelled');
    IF @ReservationId IS NULL
        THROW 50001, N'ARG_REQUIRED: @ReservationId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF @Reason COLLATE Latin1_General_100_BIN2 NOT IN
        (N'payment_failed', N'user_cancelled', N'timeout', N'cart_changed', N'admin', N'fraud')
        THROW 50003, N'ARG_NOT_IN_LIST: @Reason is not a reason to release.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_ReleaseCore
             @ReservationId = @ReservationId, @Reason = @Reason, @UserId = @UserId,
             @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
             @Status = @Status OUTPUT, @WasOpen = @WasOpen OUTPUT;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @ReservationId, NULL) AS ReservationId,
           @Status AS Status, @WasOpen AS WasOpen;
END;
