SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in fraud events, live and archived. What an
           event says of address and device goes; its details keep their figures.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2. L11: FraudEvents, FraudEventsArchive.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseFraud
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),
    @TracesJson nvarchar(max),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Place int = 1, @Last int, @IsArchived bit, @Id bigint, @IsOwn bit,
            @Details nvarchar(max), @Events int = 0, @Archived int = 0;
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

    SET @CountsJson = JSON_MODIFY(JSON_MODIFY(@CountsJson,
        '$.FraudEvents', @Events), '$.FraudEventsArchive', @Archived);
END;
