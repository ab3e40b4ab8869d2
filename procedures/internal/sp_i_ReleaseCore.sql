SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Releases a reservation: an open one gives its slot back, one that is closed already
           stays as it is.
Called by: sp_ReleaseReservation, sp_ProcessPaymentEvent, sp_EraseUserData.
Locks:     L2 to L4 as sp_i_LockReservation; L5 to L8 and L11 as sp_i_CloseReservation.
Returns:   OUTPUT parameters only: RESERVATION_NOT_FOUND, RESERVATION_USER_MISMATCH,
           RESERVATION_ALREADY_CONFIRMED, or @Status and @WasOpen.
Throws:    50102 no committable transaction; 50200, 50201 as sp_i_CloseReservation.
Replay:    harmless: the second call finds nothing open.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReleaseCore
    @ReservationId bigint,
    @Reason nvarchar(20),
    @UserId nvarchar(100) = NULL,      -- NULL: whoever holds it
    @Now datetime2(3) = NULL,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT,
    @Status nvarchar(10) OUTPUT,
    @WasOpen bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Holder nvarchar(100);

    SELECT @ErrorCode = NULL, @Message = N'Released.', @Status = NULL, @WasOpen = NULL;
    EXEC dbo.sp_i_LockReservation
         @ReservationId = @ReservationId, @Now = @Now OUTPUT, @UserId = @Holder OUTPUT;
    SELECT @Status = r.Status
    FROM dbo.Reservations AS r
    WHERE r.ReservationId = @ReservationId;

    SET @ErrorCode = CASE
        WHEN @Holder IS NULL THEN N'RESERVATION_NOT_FOUND'
        WHEN @UserId COLLATE Latin1_General_100_BIN2 <> @Holder THEN N'RESERVATION_USER_MISMATCH'
        WHEN @Status = N'Confirmed' THEN N'RESERVATION_ALREADY_CONFIRMED' END;
    IF @ErrorCode IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_DescribeReservation
             @ErrorCode = @ErrorCode, @ReservationId = @ReservationId, @Message = @Message OUTPUT;
        SET @Status = NULL;
        RETURN;
    END;

    SET @WasOpen = IIF(@Status = N'Reserved', 1, 0);
    IF @WasOpen = 0
        RETURN;
    EXEC dbo.sp_i_CloseReservation
         @ReservationId = @ReservationId, @Status = N'Released', @Reason = @Reason, @Now = @Now;
    SET @Status = N'Released';
END;
