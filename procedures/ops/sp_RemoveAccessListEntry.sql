SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes an entry off its list: the row stays, inactive.
Called by: coupon_ops
Locks:     L11: AccessLists, AuditLog, OutboxEvents
Returns:   SR. ENTRY_NOT_FOUND.
Throws:    50001, 50008, 50102
Replay:    a removed entry again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_RemoveAccessListEntry
    @EntryId bigint,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Entry removed.', @IsActive bit,
            @Subject nvarchar(100), @EntityId nvarchar(20) = CAST(@EntryId AS nvarchar(20)),
            @Before nvarchar(max), @Payload nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @EntryId IS NULL THROW 50001, N'ARG_REQUIRED: @EntryId', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @IsActive = a.IsActive,
               @Subject = IIF(a.SubjectKind = N'user', LEFT(a.SubjectValue, 100), NULL),
               @Before = (SELECT a.ListKind AS listKind, a.SubjectKind AS subjectKind,
                                 a.SubjectValue AS subjectValue, a.IsActive AS isActive
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
        FROM dbo.AccessLists AS a WITH (UPDLOCK, ROWLOCK)
        WHERE a.EntryId = @EntryId;

        IF @IsActive IS NULL
            SELECT @ErrorCode = N'ENTRY_NOT_FOUND',
                   @Message = CONCAT(N'Entry ', @EntryId, N' not found.');
        ELSE IF @IsActive = 1
        BEGIN
            UPDATE dbo.AccessLists
            SET IsActive = 0, UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE EntryId = @EntryId;
            SET @Payload = (SELECT @EntryId AS id, N'removed' AS action, @Actor AS actor
                            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'access_list.remove', @EntityType = N'access_list',
                 @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = N'{"isActive":false}',
                 @SubjectUserId = @Subject, @Actor = @Actor, @IpAddress = @IpAddress,
                 @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                 @Now = @Now;
            EXEC dbo.sp_i_Enqueue @EventType = N'list_changed', @EntityType = N'access_list',
                 @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message;
END;
