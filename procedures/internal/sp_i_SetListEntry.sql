SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes an entry of the block, watch or white list, or brings the one there is up to what
           is asked for, a removed or expired one too. Writes audit row and list_changed.
Called by: sp_SetAccessListEntry, sp_FlagUser.
Locks:     L11: AccessLists, AuditLog, OutboxEvents.
Returns:   @EntryId; @HasChanged 0 when the entry said all of this already.
Throws:    nothing of its own.
Replay:    the present state again writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SetListEntry
    @ListKind nvarchar(5), @SubjectKind nvarchar(20), @SubjectValue nvarchar(254),
    @RiskScore decimal(3,2), @RecommendedAction nvarchar(10), @ExpiresAt datetime2(3),
    @Reason nvarchar(500), @Actor nvarchar(200), @IpAddress nvarchar(45),
    @UserAgent nvarchar(500), @CorrelationId nvarchar(200), @Now datetime2(3),
    @EntryId bigint OUTPUT, @HasChanged bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Before nvarchar(max), @After nvarchar(max), @EntityId nvarchar(20),
            @Payload nvarchar(max), @Subject nvarchar(100);

    SELECT @EntryId = NULL, @Before = NULL, @HasChanged = 1,
           @Subject = IIF(@SubjectKind = N'user', LEFT(@SubjectValue, 100), NULL),
           @After = (SELECT @ListKind AS listKind, @SubjectKind AS subjectKind,
                            @SubjectValue AS subjectValue, @RiskScore AS riskScore,
                            @RecommendedAction AS recommendedAction, @ExpiresAt AS expiresAt,
                            @Reason AS reason, CAST(1 AS bit) AS isActive
                     FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER);

    -- HOLDLOCK protects the absence, too: two calls for one subject make one entry.
    SELECT @EntryId = a.EntryId,
           @Before = (SELECT a.ListKind AS listKind, a.SubjectKind AS subjectKind,
                             a.SubjectValue AS subjectValue, a.RiskScore AS riskScore,
                             a.RecommendedAction AS recommendedAction, a.ExpiresAt AS expiresAt,
                             a.Reason AS reason, a.IsActive AS isActive
                      FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
    FROM dbo.AccessLists AS a WITH (UPDLOCK, HOLDLOCK)
    WHERE a.ListKind = @ListKind AND a.SubjectKind = @SubjectKind
      AND a.SubjectValue = @SubjectValue;

    IF @EntryId IS NULL
    BEGIN
        INSERT INTO dbo.AccessLists
            (ListKind, SubjectKind, SubjectValue, RiskScore, RecommendedAction, Reason, ExpiresAt,
             CreatedAt, CreatedBy, UpdatedAt, UpdatedBy)
        VALUES
            (@ListKind, @SubjectKind, @SubjectValue, @RiskScore, @RecommendedAction, @Reason,
             @ExpiresAt, @Now, @Actor, @Now, @Actor);
        SET @EntryId = SCOPE_IDENTITY();
    END
    ELSE IF @Before COLLATE Latin1_General_100_BIN2 = @After
        SET @HasChanged = 0;
    ELSE
        -- What was a rule's own entry is the operator's from now on.
        UPDATE dbo.AccessLists
        SET RiskScore = @RiskScore, RecommendedAction = @RecommendedAction, Reason = @Reason,
            ExpiresAt = @ExpiresAt, FraudEventId = NULL, IsActive = 1, UpdatedAt = @Now,
            UpdatedBy = @Actor
        WHERE EntryId = @EntryId;

    IF @HasChanged = 0
        RETURN;

    SELECT @EntityId = CAST(@EntryId AS nvarchar(20)),
           @Payload = (SELECT @EntryId AS id, N'set' AS action, @Actor AS actor
                       FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'access_list.set', @EntityType = N'access_list',
         @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
         @SubjectUserId = @Subject, @Actor = @Actor, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
    EXEC dbo.sp_i_Enqueue @EventType = N'list_changed', @EntityType = N'access_list',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
