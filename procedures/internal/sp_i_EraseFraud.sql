/*
Purpose:   Puts the pseudonym in the place of a user in fraud events, live and archived, and in
           lists. What an event says of address and device goes; its details keep their figures.
           List entries of the user, and of addresses where only this user was seen, bear the
           pseudonym and are inactive; so are those of devices and the payment method, except
           blocks that are to be kept.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2. L11: FraudEvents, FraudEventsArchive, AccessLists.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseFraud
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),
    @TracesJson nvarchar(max),
    @KeepBlock bit,
    @Now datetime2(3),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Place int = 1, @Last int, @IsArchived bit, @Id bigint, @IsOwn bit,
            @Details nvarchar(max), @Events int = 0, @Archived int = 0, @Entries int;
    DECLARE @Rows TABLE (
        Place int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        IsArchived bit NOT NULL,
        FraudEventId bigint NOT NULL,
        IsOwn bit NOT NULL);

    -- Together with what has been raised since the traces were looked for, or archived.
    INSERT INTO @Rows (IsArchived, FraudEventId, IsOwn)
    SELECT u.IsArchived, u.FraudEventId, MAX(u.IsOwn)
    FROM (SELECT IIF(t.[table] = N'FraudEvents', 0, 1) AS IsArchived,
                 CAST(t.[key] AS bigint) AS FraudEventId, CAST(t.own AS int) AS IsOwn
          FROM OPENJSON(@TracesJson) WITH ([table] nvarchar(40) '$.table',
                                           [key] nvarchar(100) '$.key', own bit '$.own') AS t
          WHERE t.[table] IN (N'FraudEvents', N'FraudEventsArchive')
          UNION ALL
          SELECT 0, e.FraudEventId, 1 FROM dbo.FraudEvents AS e WHERE e.UserId = @UserId
          UNION ALL
          SELECT 1, a.FraudEventId, 1 FROM dbo.FraudEventsArchive AS a
          WHERE a.UserId = @UserId) AS u
    GROUP BY u.IsArchived, u.FraudEventId
    ORDER BY u.IsArchived, u.FraudEventId;

    SELECT @Last = COUNT(*) FROM @Rows AS r;
    WHILE @Place <= @Last
    BEGIN
        SELECT @IsArchived = r.IsArchived, @Id = r.FraudEventId, @IsOwn = r.IsOwn
        FROM @Rows AS r
        WHERE r.Place = @Place;
        SELECT @Place += 1, @Details = NULL;

        -- UPDLOCK: the details are read now and written below.
        IF @IsArchived = 0
            SELECT @Details = e.DetailsJson
            FROM dbo.FraudEvents AS e WITH (UPDLOCK, ROWLOCK)
            WHERE e.FraudEventId = @Id;
        ELSE
            SELECT @Details = a.DetailsJson
            FROM dbo.FraudEventsArchive AS a WITH (UPDLOCK, ROWLOCK)
            WHERE a.FraudEventId = @Id;
        EXEC dbo.sp_i_EraseJson
             @Json = @Details OUTPUT, @UserId = @UserId, @PseudonymId = @PseudonymId,
             @FactsJson = @FactsJson, @IsOwn = @IsOwn;

        -- An event has a user, an address or a coupon: one of an address only gets the pseudonym.
        IF @IsArchived = 0
        BEGIN
            UPDATE dbo.FraudEvents
            SET UserId = IIF(@IsOwn = 1, @PseudonymId, UserId),
                IpAddress = IIF(@IsOwn = 1, NULL, IpAddress),
                DeviceFingerprint = IIF(@IsOwn = 1 OR UserId IS NULL, NULL, DeviceFingerprint),
                ReviewNote = IIF(@IsOwn = 1, REPLACE(ReviewNote, @UserId, @PseudonymId),
                                 ReviewNote),
                DetailsJson = @Details
            WHERE FraudEventId = @Id;
            SELECT @Events += @@ROWCOUNT;
        END
        ELSE
        BEGIN
            UPDATE dbo.FraudEventsArchive
            SET UserId = IIF(@IsOwn = 1, @PseudonymId, UserId),
                IpAddress = IIF(@IsOwn = 1, NULL, IpAddress),
                DeviceFingerprint = IIF(@IsOwn = 1 OR UserId IS NULL, NULL, DeviceFingerprint),
                ReviewNote = IIF(@IsOwn = 1, REPLACE(ReviewNote, @UserId, @PseudonymId),
                                 ReviewNote),
                DetailsJson = @Details
            WHERE FraudEventId = @Id;
            SELECT @Archived += @@ROWCOUNT;
        END;
    END;

    UPDATE a
    SET SubjectValue = IIF(a.SubjectKind = N'user', @PseudonymId,
                           CONCAT(@PseudonymId, N'-', a.EntryId)),
        IsActive = 0, UpdatedAt = @Now, Reason = REPLACE(a.Reason, @UserId, @PseudonymId)
    FROM dbo.AccessLists AS a
    WHERE (a.SubjectKind = N'user' AND a.SubjectValue = @UserId)
          OR EXISTS (SELECT 1
                     FROM OPENJSON(@FactsJson) WITH (kind nvarchar(10) '$.kind',
                                                     [value] nvarchar(254) '$.value',
                                                     own bit '$.own') AS f
                     WHERE f.[value] COLLATE Latin1_General_100_BIN2 = a.SubjectValue
                           AND ((a.SubjectKind = N'ip' AND f.kind = N'ip' AND f.own = 1)
                                OR (NOT (@KeepBlock = 1 AND a.ListKind = N'block')
                                    AND ((a.SubjectKind = N'device' AND f.kind = N'device')
                                         OR (a.SubjectKind = N'payment_method'
                                             AND f.kind = N'payment')))));
    SET @Entries = @@ROWCOUNT;

    SET @CountsJson = JSON_MODIFY(JSON_MODIFY(JSON_MODIFY(@CountsJson,
        '$.FraudEvents', @Events), '$.FraudEventsArchive', @Archived), '$.AccessLists', @Entries);
END;
