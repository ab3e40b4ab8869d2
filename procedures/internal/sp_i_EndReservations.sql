SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Ends the open reservations of a user for fraud. The next sweep gives the slots back; a
           confirmation is refused at once.
Called by: sp_i_RaiseFraud, sp_i_ReviewFraudEvent.
Locks:     the caller holds L2 of @UserId, which covers that user's L7 (Reservations).
Returns:   nothing.
Throws:    nothing.
Replay:    a reservation that was ended stays as it is.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EndReservations
    @UserId nvarchar(100),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    UPDATE dbo.Reservations
    SET CloseReason = N'fraud',
        -- One made in this very millisecond still has to end after it began.
        ExpiresAt = IIF(@Now > ReservedAt, @Now, DATEADD(MILLISECOND, 1, ReservedAt))
    WHERE UserId = @UserId AND Status = N'Reserved' AND CloseReason IS NULL;
END;
