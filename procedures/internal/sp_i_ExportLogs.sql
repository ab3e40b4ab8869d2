SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What the system noted about a user: fraud events, lists, audit, events sent, payment
           events and stored answers, as JSON. The rows are those that an erasure would change;
           of fraud events only the user's own, for others tell of other users.
Called by: sp_ExportUserData.
Locks:     none.
Returns:   @Json: an object with one array for each table, its columns under their own names.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ExportLogs
    @UserId nvarchar(100),
    @FactsJson nvarchar(max),            -- both as sp_i_FindPerson
    @TracesJson nvarchar(max),
    @Json nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Facts TABLE (
        Kind nvarchar(10) NOT NULL,
        Value nvarchar(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
        IsOwn bit NOT NULL);
    DECLARE @Traces TABLE (
        TableName nvarchar(40) NOT NULL,
        RowKey nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Scope nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
        IsOwn bit NOT NULL);

    INSERT INTO @Facts (Kind, Value, IsOwn)
    SELECT f.kind, f.[value], f.own
    FROM OPENJSON(@FactsJson) WITH (kind nvarchar(10) '$.kind', [value] nvarchar(500) '$.value',
                                    own bit '$.own') AS f;
    INSERT INTO @Traces (TableName, RowKey, Scope, IsOwn)
    SELECT t.[table], t.[key], t.scope, t.own
    FROM OPENJSON(@TracesJson) WITH ([table] nvarchar(40) '$.table', [key] nvarchar(120) '$.key',
                                     scope nvarchar(30) '$.scope', own bit '$.own') AS t;

    SET @Json = (SELECT
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.FraudEvents AS t
            INNER JOIN @Traces AS r
                ON r.TableName = N'FraudEvents'
                   AND t.FraudEventId = TRY_CAST(r.RowKey AS bigint)
                   AND r.IsOwn = 1
            ORDER BY t.FraudEventId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS FraudEvents,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.FraudEventsArchive AS t
            INNER JOIN @Traces AS r
                ON r.TableName = N'FraudEventsArchive'
                   AND t.FraudEventId = TRY_CAST(r.RowKey AS bigint)
                   AND r.IsOwn = 1
            ORDER BY t.FraudEventId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS FraudEventsArchive,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.AccessLists AS t
            WHERE (t.SubjectKind = N'user' AND t.SubjectValue = @UserId)
                  OR EXISTS (SELECT 1 FROM @Facts AS f
                             WHERE f.Value = t.SubjectValue
                                   AND ((t.SubjectKind = N'ip' AND f.Kind = N'ip' AND f.IsOwn = 1)
                                        OR (t.SubjectKind = N'device' AND f.Kind = N'device')
                                        OR (t.SubjectKind = N'payment_method'
                                            AND f.Kind = N'payment')))
            ORDER BY t.EntryId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS AccessLists,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.AuditLog AS t
            INNER JOIN @Traces AS r
                ON r.TableName = N'AuditLog'
                   AND t.AuditId = TRY_CAST(r.RowKey AS bigint)
            ORDER BY t.AuditId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS AuditLog,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.OutboxEvents AS t
            INNER JOIN @Traces AS r
                ON r.TableName = N'OutboxEvents'
                   AND t.EventId = TRY_CAST(r.RowKey AS bigint)
            ORDER BY t.EventId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS OutboxEvents,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.ProcessedPaymentEvents AS t
            INNER JOIN @Traces AS r
                ON r.TableName = N'ProcessedPaymentEvents'
                   AND r.RowKey = t.EventId
            ORDER BY t.EventId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS ProcessedPaymentEvents,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.IdempotencyKeys AS t
            INNER JOIN @Traces AS r
                ON r.TableName = N'IdempotencyKeys'
                   AND r.RowKey = t.IdempotencyKey AND r.Scope = t.Scope
            ORDER BY t.Scope, t.IdempotencyKey
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS IdempotencyKeys
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
END;
