SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The messages of what can be wrong with a reservation.
Called by: sp_i_ReleaseCore, sp_i_ConfirmCore.
Locks:     none.
Returns:   @Message.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_DescribeReservation
    @ErrorCode nvarchar(50),
    @ReservationId bigint,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Message = CONCAT(N'Reservation ', @ReservationId, CASE @ErrorCode
        WHEN N'RESERVATION_NOT_FOUND' THEN N' not found.'
        WHEN N'RESERVATION_USER_MISMATCH' THEN N' belongs to another user.'
        WHEN N'RESERVATION_ALREADY_CONFIRMED' THEN N' is confirmed already.'
        WHEN N'RESERVATION_RELEASED' THEN N' was released.'
        WHEN N'RESERVATION_EXPIRED' THEN N' expired, and no slot is free.'
    END);
END;
