SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Ends one reservation whose time is over, or that was marked for closing. A confirmation
           or release that was faster wins: then there is nothing to do.
Called by: sp_ExpireReservations.
Locks:     L2 to L4 as sp_i_LockReservation; L5 to L8 and L11 as sp_i_CloseReservation.
Returns:   @WasOpen: whether it was ended here.
Throws:    50102 no committable transaction; 50200, 50201 as sp_i_CloseReservation.
Replay:    harmless: the second call finds nothing open.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ExpireCore
    @ReservationId bigint,
    @WasOpen bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @Holder nvarchar(100);

    SET @WasOpen = 0;
    EXEC dbo.sp_i_LockReservation
         @ReservationId = @ReservationId, @Now = @Now OUTPUT, @UserId = @Holder OUTPUT;
    SELECT @WasOpen = 1
    FROM dbo.Reservations AS r
    WHERE r.ReservationId = @ReservationId AND r.Status = N'Reserved'
      AND (r.ExpiresAt < @Now OR r.CloseReason IN (N'admin', N'fraud'));

    IF @WasOpen = 1
        EXEC dbo.sp_i_CloseReservation
             @ReservationId = @ReservationId, @Status = N'Expired', @Reason = N'timeout',
             @Now = @Now;
END;
