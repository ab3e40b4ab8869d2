SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in the lists. Entries of the user, and of
           addresses where only this user was seen, bear the pseudonym and are inactive; so are
           those of devices and the payment method, except blocks that are to be kept.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2. L11: AccessLists.
Returns:   @CountsJson with the rows of the table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseLists
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),
    @KeepBlock bit,
    @Now datetime2(3),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Rows int;
    DECLARE @Entries TABLE (EntryId bigint NOT NULL PRIMARY KEY);

    -- By the key of the lists, so that no other entry is locked.
    INSERT INTO @Entries (EntryId)
    SELECT a.EntryId
    FROM dbo.AccessLists AS a
    WHERE a.ListKind IN (N'block', N'watch', N'white') AND a.SubjectKind = N'user'
          AND a.SubjectValue = @UserId
    UNION
    SELECT a.EntryId
    FROM (SELECT IIF(j.kind = N'payment', N'payment_method', j.kind)
                     COLLATE Latin1_General_100_BIN2 AS SubjectKind,
                 j.[value] COLLATE Latin1_General_100_BIN2 AS SubjectValue
          FROM OPENJSON(@FactsJson) WITH (kind nvarchar(20) '$.kind',
                                          [value] nvarchar(500) '$.value',
                                          own bit '$.own') AS j
          WHERE j.kind IN (N'device', N'payment') OR (j.kind = N'ip' AND j.own = 1)) AS f
    INNER JOIN dbo.AccessLists AS a
        ON a.ListKind IN (N'block', N'watch', N'white') AND a.SubjectKind = f.SubjectKind
           AND a.SubjectValue = f.SubjectValue
    WHERE a.SubjectKind = N'ip' OR a.ListKind <> N'block' OR @KeepBlock = 0;
    UPDATE a
    SET SubjectValue = IIF(a.SubjectKind = N'user', @PseudonymId,
                           CONCAT(@PseudonymId, N'-', a.EntryId)),
        IsActive = 0, UpdatedAt = @Now, Reason = REPLACE(a.Reason, @UserId, @PseudonymId)
    FROM dbo.AccessLists AS a
    INNER JOIN @Entries AS e ON e.EntryId = a.EntryId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.AccessLists', @Rows);
END;
