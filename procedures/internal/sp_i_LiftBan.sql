SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes back what a fraud event put on the block list, because a review found the event
           wrong. While another critical event of the user stands, the user's entry is handed to
           that one instead. A lock-out for guessing ends, too.
Called by: sp_i_ReviewFraudEvent.
Locks:     the caller holds L2 of @UserId. L11: AccessLists, AuditLog, OutboxEvents.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    nothing is left to be lifted.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LiftBan
    @FraudEventId bigint,
    @UserId nvarchar(100),
    @DetectionType nvarchar(30),
    @Actor nvarchar(100),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Other bigint, @EntryId bigint, @EntityId nvarchar(20), @Payload nvarchar(max);

    SELECT TOP (1) @Other = e.FraudEventId
    FROM dbo.FraudEvents AS e
    WHERE e.UserId = @UserId AND e.FraudEventId <> @FraudEventId
      AND e.Severity = N'critical' AND e.ReviewStatus IN (N'pending', N'rejected')
    ORDER BY e.FraudEventId DESC;

    IF @Other IS NOT NULL
        UPDATE dbo.AccessLists
        SET FraudEventId = @Other, UpdatedAt = @Now, UpdatedBy = @Actor
        WHERE FraudEventId = @FraudEventId AND ListKind = N'block' AND SubjectKind = N'user'
          AND SubjectValue = @UserId AND IsActive = 1;

    IF @DetectionType = N'code_guessing'
        UPDATE dbo.UserProfiles SET LockedUntil = NULL
        WHERE UserId = @UserId AND LockedUntil IS NOT NULL;

    -- At most two: the user and the address.
    WHILE 1 = 1
    BEGIN
        SET @EntryId = NULL;
        SELECT TOP (1) @EntryId = a.EntryId
        FROM dbo.AccessLists AS a WITH (UPDLOCK)
        WHERE a.FraudEventId = @FraudEventId AND a.ListKind = N'block' AND a.IsActive = 1
        ORDER BY a.EntryId;
        IF @EntryId IS NULL
            BREAK;

        UPDATE dbo.AccessLists
        SET IsActive = 0, UpdatedAt = @Now, UpdatedBy = @Actor
        WHERE EntryId = @EntryId;
        SELECT @EntityId = CAST(@EntryId AS nvarchar(20)),
               @Payload = (SELECT @EntryId AS id, N'removed' AS action, @Actor AS actor
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
        EXEC dbo.sp_i_Audit @Action = N'access_list.remove', @EntityType = N'access_list',
             @EntityId = @EntityId, @BeforeJson = N'{"isActive":true}',
             @AfterJson = N'{"isActive":false}', @SubjectUserId = @UserId, @Actor = @Actor,
             @Reason = N'the event was approved', @Now = @Now;
        EXEC dbo.sp_i_Enqueue @EventType = N'list_changed', @EntityType = N'access_list',
             @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
    END;
END;
