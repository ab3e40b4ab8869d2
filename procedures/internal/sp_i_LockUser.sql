SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   L2: locks the row of a user, making it when it is missing, and reads the clock after.
           The lock is a real UPDATE, so that it holds under every isolation level: from here to
           the end of the transaction the calls of one user run one after the other, and nothing
           that is counted per user (S02, S15, S16, S18, S24) can race.
Called by: every redemption write, first thing after L1.
Locks:     L2: UserProfiles.
Returns:   @Now, the instant of the call.
Throws:    50102 no committable transaction.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockUser
    @UserId nvarchar(100),
    @Now datetime2(3) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_LockUser needs a committable transaction.', 1;

    UPDATE dbo.UserProfiles
    SET LastAttemptAt = SYSUTCDATETIME()
    WHERE UserId = @UserId;

    IF @@ROWCOUNT = 0
    BEGIN
        -- HOLDLOCK protects the absence between the test and the insert.
        INSERT INTO dbo.UserProfiles (UserId, LastAttemptAt)
        SELECT @UserId, SYSUTCDATETIME()
        WHERE NOT EXISTS (SELECT 1
                          FROM dbo.UserProfiles AS p WITH (UPDLOCK, HOLDLOCK)
                          WHERE p.UserId = @UserId);

        -- Somebody else made the row while this call waited: lock theirs.
        IF @@ROWCOUNT = 0
            UPDATE dbo.UserProfiles
            SET LastAttemptAt = SYSUTCDATETIME()
            WHERE UserId = @UserId;
    END;

    SET @Now = SYSUTCDATETIME();
END;
