SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Looks for everything that tells of one user, without a lock, so that the erasure itself
           only writes rows it knows: the facts by which the person could be recognised, and the
           rows that name the person in a text and not in a column with an index. An address is
           the person's own when nobody else was seen on it.
Called by: sp_EraseUserData before its transaction, sp_ExportUserData.
Locks:     none; plain reads of whole tables (outbox, audit, fraud, keys).
Returns:   @FactsJson: array of {kind: email, ip, agent, device, payment, customer; value; own};
           @TracesJson: array of {table, key, scope, own}, own 1 where the row is about the person.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FindPerson
    @UserId nvarchar(100),
    @FactsJson nvarchar(max) OUTPUT,
    @TracesJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Id nvarchar(700) = STRING_ESCAPE(@UserId, 'json');
    DECLARE @Facts TABLE (
        Kind nvarchar(10) NOT NULL,
        Value nvarchar(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
        IsOwn bit NOT NULL);
    DECLARE @Marks TABLE (Mark nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL);
    DECLARE @Traces TABLE (
        TableName nvarchar(40) NOT NULL,
        RowKey nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Scope nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
        IsOwn bit NOT NULL);

    EXEC dbo.sp_i_FindFacts @UserId = @UserId, @FactsJson = @FactsJson OUTPUT;
    INSERT INTO @Facts (Kind, Value, IsOwn)
    SELECT f.kind, f.[value], f.own
    FROM OPENJSON(@FactsJson) WITH (kind nvarchar(10) '$.kind', [value] nvarchar(500) '$.value',
                                    own bit '$.own') AS f;

    -- What our own JSON calls users and subjects of lists.
    INSERT INTO @Marks (Mark)
    VALUES (CONCAT(N'"userId":"', @Id, N'"')), (CONCAT(N'"assignedTo":"', @Id, N'"')),
           (CONCAT(N'"AssignedTo":"', @Id, N'"')), (CONCAT(N'"redeemedBy":"', @Id, N'"')),
           (CONCAT(N'"subjectValue":"', @Id, N'"'));
    INSERT INTO @Marks (Mark)
    SELECT CONCAT(N'"subjectValue":"', STRING_ESCAPE(f.Value, 'json'), N'"')
    FROM @Facts AS f
    WHERE f.Kind IN (N'device', N'payment') OR (f.Kind = N'ip' AND f.IsOwn = 1);

    INSERT INTO @Traces (TableName, RowKey, Scope, IsOwn)
    SELECT N'AuditLog', CAST(a.AuditId AS nvarchar(20)), NULL,
           IIF(a.SubjectUserId = @UserId OR a.EntityType = N'access_list'
               OR (a.EntityType IN (N'user', N'credit') AND a.EntityId = @UserId), 1, 0)
    FROM dbo.AuditLog AS a
    WHERE a.SubjectUserId = @UserId OR a.Actor = @UserId
          OR (a.EntityType IN (N'user', N'credit') AND a.EntityId = @UserId)
          OR EXISTS (SELECT 1 FROM @Marks AS m
                     WHERE CHARINDEX(m.Mark, a.BeforeJson COLLATE Latin1_General_100_BIN2) > 0
                           OR CHARINDEX(m.Mark, a.AfterJson COLLATE Latin1_General_100_BIN2) > 0);

    INSERT INTO @Traces (TableName, RowKey, Scope, IsOwn)
    SELECT N'OutboxEvents', CAST(e.EventId AS nvarchar(20)), NULL, 0
    FROM dbo.OutboxEvents AS e
    WHERE (e.EntityType = N'user' AND e.EntityId = @UserId)
          OR EXISTS (SELECT 1 FROM @Marks AS m
                     WHERE CHARINDEX(m.Mark, e.PayloadJson COLLATE Latin1_General_100_BIN2) > 0);

    INSERT INTO @Traces (TableName, RowKey, Scope, IsOwn)
    SELECT N'IdempotencyKeys', k.IdempotencyKey, k.Scope, 0
    FROM dbo.IdempotencyKeys AS k
    WHERE EXISTS (SELECT 1 FROM @Marks AS m
                  WHERE CHARINDEX(m.Mark, k.ResultJson COLLATE Latin1_General_100_BIN2) > 0);

    -- An event without a user is this user's when it concerns something of this user.
    INSERT INTO @Traces (TableName, RowKey, Scope, IsOwn)
    SELECT N'ProcessedPaymentEvents', e.EventId, NULL, 1
    FROM dbo.ProcessedPaymentEvents AS e
    WHERE e.UserId = @UserId
          OR (e.UserId IS NULL
              AND (EXISTS (SELECT 1 FROM dbo.Reservations AS r
                           WHERE r.ReservationId = e.ReservationId AND r.UserId = @UserId)
                   OR EXISTS (SELECT 1 FROM dbo.vw_RedemptionLedger AS h
                              WHERE h.UserId = @UserId AND (h.RedemptionId = e.RedemptionId
                                                            OR h.OrderId = e.OrderId))
                   OR EXISTS (SELECT 1 FROM dbo.PaymentTransactions AS t
                              WHERE t.UserId = @UserId AND t.OrderId = e.OrderId)));

    -- What outsiders report may name several users; sp_i_EraseJson looks at values only.
    INSERT INTO @Traces (TableName, RowKey, Scope, IsOwn)
    SELECT t.TableName, CAST(t.FraudEventId AS nvarchar(20)), NULL,
           IIF(t.UserId = @UserId OR t.UserId IS NULL AND EXISTS (
                   SELECT 1 FROM @Facts AS f
                   WHERE f.Kind = N'ip' AND f.IsOwn = 1 AND f.Value = t.IpAddress), 1, 0)
    FROM (SELECT N'FraudEvents' AS TableName, e.FraudEventId, e.UserId,
                 e.IpAddress COLLATE Latin1_General_100_BIN2 AS IpAddress, e.DeviceFingerprint,
                 e.DetailsJson
          FROM dbo.FraudEvents AS e
          UNION ALL
          SELECT N'FraudEventsArchive', a.FraudEventId, a.UserId,
                 a.IpAddress COLLATE Latin1_General_100_BIN2, a.DeviceFingerprint, a.DetailsJson
          FROM dbo.FraudEventsArchive AS a) AS t
    WHERE t.UserId = @UserId
          OR CHARINDEX(CONCAT(N'"', @Id, N'"'),
                       t.DetailsJson COLLATE Latin1_General_100_BIN2) > 0
          OR (t.UserId IS NULL AND EXISTS (
                  SELECT 1 FROM @Facts AS f
                  WHERE (f.Kind = N'ip' AND f.IsOwn = 1 AND f.Value = t.IpAddress)
                        OR (f.Kind = N'device' AND f.Value = t.DeviceFingerprint)));

    SET @TracesJson = (SELECT t.TableName AS [table], t.RowKey AS [key], t.Scope AS scope,
                              t.IsOwn AS own
                       FROM @Traces AS t
                       FOR JSON PATH);
END;
