/*
dbo.vw_OutboxBacklog: of each subscription, what still has to be delivered, what is under way, what
was given up, how old the oldest waiting event is, and the last error. Events that were not yet
handed out to the subscriptions are not counted.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_OutboxBacklog
AS
SELECT
    w.WebhookId,
    w.Name,
    w.Channel,
    w.Target,
    w.EventTypesJson,
    w.IsActive,
    COALESCE(d.Pending, 0) AS Pending,
    COALESCE(d.Leased, 0) AS Leased,
    COALESCE(d.Dead, 0) AS Dead,
    DATEDIFF_BIG(SECOND, d.OldestAt, SYSUTCDATETIME()) AS OldestPendingSeconds,
    l.LastError
FROM dbo.WebhookSubscriptions AS w
LEFT OUTER JOIN (
    SELECT
        o.WebhookId,
        SUM(CASE WHEN o.Status = N'Pending' THEN 1 ELSE 0 END) AS Pending,
        SUM(CASE WHEN o.Status = N'Leased' THEN 1 ELSE 0 END) AS Leased,
        SUM(CASE WHEN o.Status = N'Dead' THEN 1 ELSE 0 END) AS Dead,
        MIN(CASE WHEN o.Status = N'Pending' THEN e.OccurredAt END) AS OldestAt
    FROM dbo.OutboxDeliveries AS o
    INNER JOIN dbo.OutboxEvents AS e ON e.EventId = o.EventId
    WHERE o.Status IN (N'Pending', N'Leased', N'Dead')
    GROUP BY o.WebhookId
) AS d ON d.WebhookId = w.WebhookId
OUTER APPLY (
    SELECT TOP (1) o.LastError
    FROM dbo.OutboxDeliveries AS o
    WHERE o.WebhookId = w.WebhookId AND o.LastError IS NOT NULL
    ORDER BY o.EventId DESC
) AS l;
GO
