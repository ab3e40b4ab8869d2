SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts an event into the outbox for each campaign and each batch of generated codes that
           ends after one time and up to another, unless that end was told before.
Called by: sp_RunExpirySweep.
Locks:     L11: OutboxEvents.
Returns:   @Count, the events.
Throws:    50102 no committable transaction.
Replay:    harmless as long as the outbox holds the first event.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AnnounceEnds
    @EventType nvarchar(30),
    @After datetime2(3),
    @Until datetime2(3),
    @Now datetime2(3),
    @Count int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_AnnounceEnds needs a committable transaction.', 1;

    INSERT INTO dbo.OutboxEvents (EventType, EntityType, EntityId, PayloadJson, OccurredAt)
    SELECT @EventType, e.EntityType, e.EntityId, e.PayloadJson, @Now
    FROM (SELECT N'campaign' AS EntityType, c.CampaignId AS EntityId,
                 (SELECT c.CampaignId AS campaignId, c.EndDate AS [at]
                  FOR JSON PATH, WITHOUT_ARRAY_WRAPPER) AS PayloadJson
          FROM dbo.Campaigns AS c
          WHERE c.DeletedAt IS NULL AND c.EndDate > @After AND c.EndDate <= @Until
          UNION ALL
          SELECT N'generation_request', g.RequestId,
                 (SELECT g.RequestId AS requestId, g.ExpirationDate AS [at]
                  FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
          FROM dbo.GenerationRequests AS g
          WHERE g.GeneratedAmount > 0 AND g.ExpirationDate > @After
                AND g.ExpirationDate <= @Until) AS e
    -- The payload holds the end: one that was moved is told again.
    WHERE NOT EXISTS (SELECT 1
                      FROM dbo.OutboxEvents AS o
                      WHERE o.EventType = @EventType AND o.EntityType = e.EntityType
                            AND o.EntityId = e.EntityId AND o.PayloadJson = e.PayloadJson);
    SET @Count = @@ROWCOUNT;
END;
