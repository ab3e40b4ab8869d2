SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   L2 of an erasure: locks the profile of a user who is not erased. A user without a profile
           but with traces gets one, to be locked and replaced. Of two erasures at once the second
           finds nothing here.
Called by: sp_EraseUserData, sp_i_ErasePerson.
Locks:     L2: UserProfiles.
Returns:   @IsThere.
Throws:    50102 no committable transaction.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockPerson
    @UserId nvarchar(100),
    @IsThere bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_LockPerson needs a committable transaction.', 1;

    SET @IsThere = 0;
    UPDATE dbo.UserProfiles
    SET LastAttemptAt = SYSUTCDATETIME()
    WHERE UserId = @UserId AND IsErased = 0;
    IF @@ROWCOUNT = 1
    BEGIN
        SET @IsThere = 1;
        RETURN;
    END;
    IF EXISTS (SELECT 1 FROM dbo.UserProfiles AS p WHERE p.UserId = @UserId AND p.IsErased = 1)
        RETURN;

    EXEC dbo.sp_i_LockUser @UserId = @UserId;
    IF EXISTS (SELECT 1 FROM dbo.FunnelEvents AS f WHERE f.UserId = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.Coupons AS c WHERE c.AssignedTo = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.Coupons AS c WHERE c.RedeemedBy = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.AuditLog AS a WHERE a.SubjectUserId = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.vw_RedemptionLedger AS l WHERE l.UserId = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.FraudEvents AS e WHERE e.UserId = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.FraudEventsArchive AS e WHERE e.UserId = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.ProcessedPaymentEvents AS e WHERE e.UserId = @UserId)
       OR EXISTS (SELECT 1 FROM dbo.AccessLists AS a
                  WHERE a.SubjectKind = N'user' AND a.SubjectValue = @UserId)
        SET @IsThere = 1;
    ELSE
        DELETE FROM dbo.UserProfiles WHERE UserId = @UserId;
END;
