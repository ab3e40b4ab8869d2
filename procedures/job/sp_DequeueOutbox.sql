SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a worker deliveries of events to make: first new events are fanned out to the
           active subscriptions that want their type, then due deliveries are leased, the oldest
           first. Workers pass each other by; a lease that ran out is given to the next.
Called by: coupon_job
Locks:     OutboxEvents, OutboxDeliveries (what others hold is passed over)
Returns:   RS1 EventId, WebhookId, Channel, Target, SecretName, EventType, PayloadJson, Attempts,
           OccurredAt (which the message to the subscriber tells)
Throws:    50001, 50002, 50008, 50102
Replay:    none: a repeated call leases further deliveries; those of a lost reply come back when
           their lease has run out
*/
CREATE OR ALTER PROCEDURE dbo.sp_DequeueOutbox
    @LeaseOwner nvarchar(200),
    @MaxEvents int = 50,
    @LeaseSeconds int = 60
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3);
    DECLARE @Fresh TABLE (EventId bigint NOT NULL PRIMARY KEY);
    DECLARE @Leased TABLE (EventId bigint NOT NULL, WebhookId int NOT NULL,
                           PRIMARY KEY (EventId, WebhookId));

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @LeaseOwner = NULLIF(TRIM(@LeaseOwner), N'');
    IF @LeaseOwner IS NULL THROW 50001, N'ARG_REQUIRED: @LeaseOwner', 1;
    IF LEN(@LeaseOwner) > 100
        THROW 50008, N'ARG_TOO_LONG: @LeaseOwner is longer than 100 characters.', 1;
    IF @MaxEvents IS NULL OR @MaxEvents NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @MaxEvents must be 1 to 1000.', 1;
    IF @LeaseSeconds IS NULL OR @LeaseSeconds NOT BETWEEN 1 AND 86400
        THROW 50002, N'ARG_OUT_OF_RANGE: @LeaseSeconds must be 1 to 86400.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;
        SET @Now = SYSUTCDATETIME();

        -- READPAST passes over what other workers are just fanning out; UPDLOCK makes the choice
        -- and the change one act; ROWLOCK keeps the neighbours free.
        WITH Fresh AS (
            SELECT TOP (@MaxEvents) e.EventId, e.FannedOutAt
            FROM dbo.OutboxEvents AS e WITH (READPAST, UPDLOCK, ROWLOCK)
            WHERE e.FannedOutAt IS NULL
            ORDER BY e.EventId)
        UPDATE Fresh
        SET FannedOutAt = @Now
        OUTPUT inserted.EventId INTO @Fresh (EventId);

        INSERT INTO dbo.OutboxDeliveries (EventId, WebhookId, NextAttemptAt)
        SELECT f.EventId, w.WebhookId, @Now
        FROM @Fresh AS f
        INNER JOIN dbo.OutboxEvents AS e ON e.EventId = f.EventId
        CROSS JOIN dbo.WebhookSubscriptions AS w
        WHERE w.IsActive = 1
              AND EXISTS (SELECT 1
                          FROM OPENJSON(w.EventTypesJson) AS t
                          WHERE t.value COLLATE Latin1_General_100_BIN2
                                IN (N'*', e.EventType));

        -- The same hints for the same reasons.
        WITH Due AS (
            SELECT TOP (@MaxEvents) d.EventId, d.WebhookId, d.Status, d.LeaseOwner,
                   d.LeaseExpiresAt
            FROM dbo.OutboxDeliveries AS d WITH (READPAST, UPDLOCK, ROWLOCK)
            WHERE d.Status IN (N'Pending', N'Leased') AND d.NextAttemptAt <= @Now
                  AND (d.Status = N'Pending' OR d.LeaseExpiresAt < @Now)
                  AND EXISTS (SELECT 1
                              FROM dbo.WebhookSubscriptions AS w
                              WHERE w.WebhookId = d.WebhookId AND w.IsActive = 1)
            ORDER BY d.NextAttemptAt, d.EventId, d.WebhookId)
        UPDATE Due
        SET Status = N'Leased', LeaseOwner = @LeaseOwner,
            LeaseExpiresAt = DATEADD(SECOND, @LeaseSeconds, @Now)
        OUTPUT inserted.EventId, inserted.WebhookId INTO @Leased (EventId, WebhookId);

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT l.EventId, l.WebhookId, w.Channel, w.Target, w.SecretName, e.EventType,
           e.PayloadJson, d.Attempts, e.OccurredAt
    FROM @Leased AS l
    INNER JOIN dbo.OutboxDeliveries AS d ON d.EventId = l.EventId AND d.WebhookId = l.WebhookId
    INNER JOIN dbo.OutboxEvents AS e ON e.EventId = l.EventId
    INNER JOIN dbo.WebhookSubscriptions AS w ON w.WebhookId = l.WebhookId
    ORDER BY l.EventId, l.WebhookId;
END;
