SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes a person out of one JSON text. Wherever a value is the user id, begins with it and
           a slash, or is a sentence with it, the pseudonym stands instead; what tells of the person
           (address, agent, device, payment method, customer, e-mail), and what is called a name,
           e-mail, phone or address, becomes "erased". In a row that is not the person's own only
           values count whose key says that they name a user or a subject.
Called by: sp_i_EraseRequests, sp_i_EraseFraud, sp_i_EraseLogs.
Locks:     none.
Returns:   @Json.
Throws:    nothing.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseJson
    @Json nvarchar(max) OUTPUT,
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),            -- as sp_i_FindPerson
    @IsOwn bit = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Level int = 0, @NodeId int = 0, @Path nvarchar(4000), @New nvarchar(4000),
            @Whole nvarchar(max),
            @Prefix int = LEN(CONCAT(@UserId, N'/'));
    DECLARE @Nodes TABLE (
        NodeId int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        Path nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Name nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        Value nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        Kind tinyint NOT NULL,
        Depth int NOT NULL,
        NewValue nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL);

    DECLARE @Facts TABLE (
        Kind nvarchar(10) NOT NULL,
        Value nvarchar(500) COLLATE Latin1_General_100_BIN2 NOT NULL);

    IF @Json IS NULL OR ISJSON(@Json) = 0
        RETURN;
    INSERT INTO @Facts (Kind, Value)
    SELECT f.kind, f.[value]
    FROM OPENJSON(@FactsJson) WITH (kind nvarchar(10) '$.kind',
                                    [value] nvarchar(500) '$.value') AS f;

    -- Inside an object, so that OPENJSON tells what the text is itself.
    SET @Whole = CONCAT(N'{"json":', @Json, N'}');
    INSERT INTO @Nodes (Path, Name, Value, Kind, Depth)
    VALUES (N'$', N'', @Whole, 5, 0);
    WHILE EXISTS (SELECT 1 FROM @Nodes AS n WHERE n.Depth = @Level AND n.Kind IN (4, 5))
    BEGIN
        -- Elements of an array bear the name of the array.
        INSERT INTO @Nodes (Path, Name, Value, Kind, Depth)
        SELECT CONCAT(n.Path, IIF(n.Kind = 4, CONCAT(N'[', k.Name, N']'),
                                  CONCAT(N'."', k.Name, N'"'))),
               IIF(n.Kind = 4, n.Name, k.Name), j.value, j.type, @Level + 1
        FROM @Nodes AS n
        CROSS APPLY OPENJSON(n.Value) AS j
        CROSS APPLY (SELECT j.[key] COLLATE Latin1_General_100_BIN2 AS Name) AS k
        WHERE n.Depth = @Level AND n.Kind IN (4, 5);
        SET @Level += 1;
    END;

    IF @IsOwn = 1
        UPDATE @Nodes
        SET NewValue = LEFT(REPLACE(Value, @UserId, @PseudonymId), 4000)
        WHERE Kind = 1 AND CHARINDEX(N' ', Value) > 0 AND CHARINDEX(@UserId, Value) > 0;
    UPDATE @Nodes
    SET NewValue = IIF(Value = @UserId, @PseudonymId,
                       CONCAT(@PseudonymId, SUBSTRING(Value, @Prefix, 255)))
    WHERE Kind = 1 AND (Value = @UserId OR LEFT(Value, @Prefix) = CONCAT(@UserId, N'/'))
          AND (@IsOwn = 1 OR LOWER(Name) LIKE N'%user%' OR LOWER(Name) LIKE N'%subject%'
               OR LOWER(Name) IN (N'assignedto', N'redeemedby', N'entity', N'id'));

    UPDATE n
    SET NewValue = N'erased'
    FROM @Nodes AS n
    WHERE n.Depth > 1 AND n.Kind <> 0
          AND (n.Kind = 1 AND EXISTS (
                   SELECT 1
                   FROM @Facts AS f
                   WHERE f.Value = n.Value
                         OR (f.Kind = N'email'
                             AND CHARINDEX(LOWER(f.Value), LOWER(n.Value)) > 0))
               OR @IsOwn = 1 AND n.Kind <> 4
                  AND LOWER(n.Name) IN (
                      N'email', N'receipt_email', N'customer_email', N'normalisedemail', N'name',
                      N'first_name', N'last_name', N'firstname', N'lastname', N'phone', N'address',
                      N'customer', N'customer_details', N'billing_details', N'shipping',
                      N'paymentfingerprint', N'fingerprint', N'ip', N'ipaddress', N'ip_address',
                      N'useragent', N'user_agent', N'devicefingerprint', N'devicename'));

    -- A key with a quotation mark has no path: such a document goes as a whole.
    IF EXISTS (SELECT 1 FROM @Nodes AS n WHERE n.NewValue IS NOT NULL AND n.Path LIKE N'%[\]%'
               OR n.NewValue IS NOT NULL AND n.Name LIKE N'%["]%')
    BEGIN
        SET @Json = N'{"erased":true}';
        RETURN;
    END;

    -- What lies below something replaced goes with it.
    UPDATE n
    SET NewValue = NULL
    FROM @Nodes AS n
    WHERE n.NewValue IS NOT NULL
          AND EXISTS (SELECT 1 FROM @Nodes AS a
                      WHERE a.NewValue IS NOT NULL AND a.Depth < n.Depth
                            AND LEFT(n.Path, LEN(a.Path) + 1) IN (CONCAT(a.Path, N'.'),
                                                                  CONCAT(a.Path, N'[')));
    WHILE 1 = 1
    BEGIN
        SELECT TOP (1) @NodeId = n.NodeId, @Path = n.Path, @New = n.NewValue
        FROM @Nodes AS n
        WHERE n.NodeId > @NodeId AND n.NewValue IS NOT NULL
        ORDER BY n.NodeId;
        IF @@ROWCOUNT = 0 BREAK;
        SET @Whole = JSON_MODIFY(@Whole, @Path, @New);
    END;
    SET @Json = JSON_QUERY(@Whole, '$.json');
END;
