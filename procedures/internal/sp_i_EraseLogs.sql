SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in the audit log and in events for the outside
           world, in columns and inside their JSON. A row about the person loses address and agent;
           who acted stays, unless it was the person.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2. L11: AuditLog, OutboxEvents.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseLogs
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),
    @TracesJson nvarchar(max),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Place int = 1, @Last int, @IsAudit bit, @Id bigint, @IsOwn bit,
            @Before nvarchar(max), @After nvarchar(max), @Audits int = 0, @Events int = 0;
    DECLARE @Rows TABLE (
        Place int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        IsAudit bit NOT NULL,
        RowId bigint NOT NULL,
        IsOwn bit NOT NULL);

    -- Together with what was written since the traces were looked for: the releases of this
    -- erasure, and calls that ended before it had the user. Only the newest events are looked at.
    INSERT INTO @Rows (IsAudit, RowId, IsOwn)
    SELECT u.IsAudit, u.RowId, MAX(u.IsOwn)
    FROM (SELECT IIF(t.[table] = N'AuditLog', 1, 0) AS IsAudit, CAST(t.[key] AS bigint) AS RowId,
                 CAST(t.own AS int) AS IsOwn
          FROM OPENJSON(@TracesJson) WITH ([table] nvarchar(40) '$.table',
                                           [key] nvarchar(100) '$.key', own bit '$.own') AS t
          WHERE t.[table] IN (N'AuditLog', N'OutboxEvents')
          UNION ALL
          SELECT 1, a.AuditId, 1 FROM dbo.AuditLog AS a WHERE a.SubjectUserId = @UserId
          UNION ALL
          SELECT 0, e.EventId, 0
          FROM (SELECT TOP (2000) o.EventId, o.PayloadJson
                FROM dbo.OutboxEvents AS o
                ORDER BY o.EventId DESC) AS e
          WHERE CHARINDEX(CONCAT(N'"userId":"', STRING_ESCAPE(@UserId, 'json'), N'"'),
                          e.PayloadJson COLLATE Latin1_General_100_BIN2) > 0) AS u
    GROUP BY u.IsAudit, u.RowId
    ORDER BY u.IsAudit, u.RowId;

    SELECT @Last = COUNT(*) FROM @Rows AS r;
    WHILE @Place <= @Last
    BEGIN
        SELECT @IsAudit = r.IsAudit, @Id = r.RowId, @IsOwn = r.IsOwn
        FROM @Rows AS r
        WHERE r.Place = @Place;
        SELECT @Place += 1, @Before = NULL, @After = NULL;

        IF @IsAudit = 1
            SELECT @Before = a.BeforeJson, @After = a.AfterJson
            FROM dbo.AuditLog AS a
            WHERE a.AuditId = @Id;
        ELSE
            SELECT @After = e.PayloadJson FROM dbo.OutboxEvents AS e WHERE e.EventId = @Id;
        EXEC dbo.sp_i_EraseJson
             @Json = @Before OUTPUT, @UserId = @UserId, @PseudonymId = @PseudonymId,
             @FactsJson = @FactsJson, @IsOwn = @IsOwn;
        EXEC dbo.sp_i_EraseJson
             @Json = @After OUTPUT, @UserId = @UserId, @PseudonymId = @PseudonymId,
             @FactsJson = @FactsJson, @IsOwn = @IsOwn;

        IF @IsAudit = 1
        BEGIN
            UPDATE dbo.AuditLog
            SET SubjectUserId = IIF(SubjectUserId = @UserId, @PseudonymId, SubjectUserId),
                Actor = IIF(Actor = @UserId, @PseudonymId, Actor),
                EntityId = IIF(@IsOwn = 1 AND EntityId = @UserId, @PseudonymId, EntityId),
                BeforeJson = @Before, AfterJson = @After,
                Reason = IIF(@IsOwn = 1, REPLACE(Reason, @UserId, @PseudonymId), Reason),
                IpAddress = IIF(@IsOwn = 1 OR Actor = @UserId, NULL, IpAddress),
                UserAgent = IIF(@IsOwn = 1 OR Actor = @UserId, NULL, UserAgent)
            WHERE AuditId = @Id;
            SELECT @Audits += @@ROWCOUNT;
        END
        ELSE
        BEGIN
            UPDATE dbo.OutboxEvents
            SET EntityId = IIF(EntityType = N'user' AND EntityId = @UserId, @PseudonymId,
                               EntityId),
                PayloadJson = @After
            WHERE EventId = @Id;
            SELECT @Events += @@ROWCOUNT;
        END;
    END;

    SET @CountsJson = JSON_MODIFY(JSON_MODIFY(@CountsJson, '$.AuditLog', @Audits),
                                  '$.OutboxEvents', @Events);
END;
