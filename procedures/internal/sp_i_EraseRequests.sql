SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in stored answers and payment events, in their
           columns and inside their JSON. First, before the lock of the user, for the rows that
           sp_i_FindPerson found; then, under it, for the events of this user that came since.
Called by: sp_i_ErasePerson.
Locks:     L1: IdempotencyKeys, ProcessedPaymentEvents; under L2 (@TracesJson NULL) only those that
           nobody has locked.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseRequests
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),
    @TracesJson nvarchar(max),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Place int = 1, @Last int, @Table nvarchar(40), @Key nvarchar(100),
            @Scope nvarchar(30), @Payload nvarchar(max), @Result nvarchar(max), @Keys int = 0,
            @Events int = 0;
    DECLARE @Rows TABLE (
        Place int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        TableName nvarchar(40) NOT NULL,
        RowKey nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Scope nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL);

    IF @TracesJson IS NOT NULL
        INSERT INTO @Rows (TableName, RowKey, Scope)
        SELECT t.[table], t.[key], t.scope
        FROM OPENJSON(@TracesJson) WITH ([table] nvarchar(40) '$.table',
                                         [key] nvarchar(100) '$.key',
                                         scope nvarchar(30) '$.scope') AS t
        WHERE t.[table] IN (N'IdempotencyKeys', N'ProcessedPaymentEvents')
        ORDER BY t.[table], t.scope, t.[key];
    ELSE
        -- READPAST: an event that somebody holds waits for this user, and comes after the erasure;
        -- to wait for it here would be a deadlock.
        INSERT INTO @Rows (TableName, RowKey, Scope)
        SELECT N'ProcessedPaymentEvents', e.EventId, NULL
        FROM dbo.ProcessedPaymentEvents AS e WITH (READPAST, UPDLOCK, ROWLOCK)
        WHERE e.UserId = @UserId
        ORDER BY e.EventId;

    SELECT @Last = COUNT(*) FROM @Rows AS r;
    WHILE @Place <= @Last
    BEGIN
        SELECT @Table = r.TableName, @Key = r.RowKey, @Scope = r.Scope
        FROM @Rows AS r
        WHERE r.Place = @Place;
        SELECT @Place += 1, @Payload = NULL, @Result = NULL;

        IF @Table = N'IdempotencyKeys'
        BEGIN
            -- UPDLOCK: the answer is read now and written below.
            SELECT @Result = k.ResultJson
            FROM dbo.IdempotencyKeys AS k WITH (UPDLOCK, ROWLOCK)
            WHERE k.Scope = @Scope AND k.IdempotencyKey = @Key;
            EXEC dbo.sp_i_EraseJson
                 @Json = @Result OUTPUT, @UserId = @UserId, @PseudonymId = @PseudonymId,
                 @FactsJson = @FactsJson, @IsOwn = 0;
            UPDATE dbo.IdempotencyKeys
            SET ResultJson = @Result
            WHERE Scope = @Scope AND IdempotencyKey = @Key;
            SELECT @Keys += @@ROWCOUNT;
        END
        ELSE
        BEGIN
            SELECT @Payload = e.PayloadJson, @Result = e.ResultJson
            FROM dbo.ProcessedPaymentEvents AS e WITH (UPDLOCK, ROWLOCK)
            WHERE e.EventId = @Key;
            EXEC dbo.sp_i_EraseJson
                 @Json = @Payload OUTPUT, @UserId = @UserId, @PseudonymId = @PseudonymId,
                 @FactsJson = @FactsJson;
            EXEC dbo.sp_i_EraseJson
                 @Json = @Result OUTPUT, @UserId = @UserId, @PseudonymId = @PseudonymId,
                 @FactsJson = @FactsJson;
            UPDATE dbo.ProcessedPaymentEvents
            SET UserId = IIF(UserId = @UserId, @PseudonymId, UserId), PayloadJson = @Payload,
                ResultJson = @Result
            WHERE EventId = @Key;
            SELECT @Events += @@ROWCOUNT;
        END;
    END;

    SELECT @Keys += COALESCE(CAST(JSON_VALUE(@CountsJson, '$.IdempotencyKeys') AS int), 0),
           @Events += COALESCE(CAST(JSON_VALUE(@CountsJson, '$.ProcessedPaymentEvents') AS int), 0);
    SET @CountsJson = JSON_MODIFY(JSON_MODIFY(@CountsJson, '$.IdempotencyKeys', @Keys),
                                  '$.ProcessedPaymentEvents', @Events);
END;
