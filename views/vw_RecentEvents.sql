/*
dbo.vw_RecentEvents: what happened in the last 24 hours, as it is told to subscribers.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_RecentEvents
AS
SELECT
    e.EventId,
    e.EventType,
    e.EntityType,
    e.EntityId,
    e.OccurredAt,
    e.PayloadJson
FROM dbo.OutboxEvents AS e
WHERE e.OccurredAt >= DATEADD(HOUR, -24, SYSUTCDATETIME());
GO
