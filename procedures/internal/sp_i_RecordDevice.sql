SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Remembers that a user was seen with a device.
Called by: sp_i_RecordUse, sp_i_OpenReservation.
Locks:     the caller holds L2 of the user. L11: UserDevices.
Returns:   nothing.
Throws:    nothing.
Replay:    counts @Uses again.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordDevice
    @UserId nvarchar(100),
    @DeviceFingerprint nvarchar(128),
    @Uses int,  -- 1: a use was made with it, 0: it was only seen
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    UPDATE dbo.UserDevices
    SET LastSeenAt = @Now, SuccessCount = SuccessCount + @Uses
    WHERE UserId = @UserId AND DeviceFingerprint = @DeviceFingerprint;
    IF @@ROWCOUNT = 0
        INSERT INTO dbo.UserDevices
            (UserId, DeviceFingerprint, FirstSeenAt, LastSeenAt, SuccessCount)
        VALUES (@UserId, @DeviceFingerprint, @Now, @Now, @Uses);
END;
