SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes a person out of all tables: the user id becomes a pseudonym that nothing leads back
           from, e-mail, addresses, agents, devices and payment method go, also inside JSON.
           Amounts, codes, dates and country stay: every count and sum is as before. Open
           reservations are released. Without @Confirm it only tells how many rows it would change.
Called by: coupon_ops
Locks:     L1 to L11 as sp_i_ErasePerson, in its own transaction, or that of the caller. Before it,
           without a caller's transaction, reservations are released in one of their own. Whatever
           calls of this user commit before the erasure has the lock of the user is erased with
           the rest; those that come after belong to a new user of that name.
Returns:   SR + PseudonymId, RowsChanged. CONFIRMATION_REQUIRED (with RowsChanged), USER_NOT_FOUND.
Throws:    50001 user or ticket missing; 50008 user, ticket, actor or correlation id too long; 50102
           called in a doomed transaction; 50200, 50201 a reservation could not be released; 50202
           sums or counts differ, nothing was erased.
Replay:    the second time the user is not found
*/
CREATE OR ALTER PROCEDURE dbo.sp_EraseUserData
    @UserId nvarchar(200),
    @Ticket nvarchar(100),
    @KeepBlock bit = 0,
    @Confirm bit = 0,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'User erased.', @Rows int, @PseudonymId nvarchar(100),
            @Facts nvarchar(max), @Traces nvarchar(max), @Counts nvarchar(max), @IsThere bit,
            @Json nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Ticket = NULLIF(TRIM(@Ticket), N''),
           @KeepBlock = COALESCE(@KeepBlock, 0), @Confirm = COALESCE(@Confirm, 0),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId', 1;
    IF @Ticket IS NULL THROW 50001, N'ARG_REQUIRED: @Ticket', 1;
    IF LEN(@UserId) > 100 THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@CorrelationId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CorrelationId is longer than 100 characters.', 1;

    -- Whole tables are searched here, and no lock is held.
    EXEC dbo.sp_i_FindPerson
         @UserId = @UserId, @FactsJson = @Facts OUTPUT, @TracesJson = @Traces OUTPUT;
    EXEC dbo.sp_i_CountPerson @UserId = @UserId, @TracesJson = @Traces, @Rows = @Rows OUTPUT;
    IF @Rows = 0
        SET @ErrorCode = N'USER_NOT_FOUND';
    ELSE IF @Confirm = 0
        SET @ErrorCode = N'CONFIRMATION_REQUIRED';

    IF @ErrorCode IS NULL
    BEGIN TRY
        IF @Own = 1
        BEGIN
            BEGIN TRANSACTION;
            EXEC dbo.sp_i_LockPerson @UserId = @UserId, @IsThere = @IsThere OUTPUT;
            IF @IsThere = 1
                EXEC dbo.sp_i_EraseHolds @UserId = @UserId;
            COMMIT TRANSACTION;
        END;

        -- The random part is kept nowhere.
        SET @PseudonymId = CONCAT(N'erased-', LOWER(CONVERT(nvarchar(32), SUBSTRING(HASHBYTES(
            'SHA2_256', CAST(@UserId AS varbinary(400)) + CRYPT_GEN_RANDOM(32)), 1, 16), 2)));
        SET @Actor = IIF(@Actor COLLATE Latin1_General_100_BIN2 = @UserId, @PseudonymId, @Actor);

        IF @Own = 1 BEGIN TRANSACTION;
        EXEC dbo.sp_i_ErasePerson
             @UserId = @UserId, @PseudonymId = @PseudonymId, @FactsJson = @Facts,
             @TracesJson = @Traces, @KeepBlock = @KeepBlock, @Now = @Now OUTPUT,
             @IsThere = @IsThere OUTPUT, @CountsJson = @Counts OUTPUT;
        IF @IsThere = 0
            SET @ErrorCode = N'USER_NOT_FOUND';
        ELSE
        BEGIN
            SELECT @Rows = SUM(CAST(j.value AS int)) FROM OPENJSON(@Counts) AS j;
            INSERT INTO dbo.ErasureLog
                (PseudonymId, RequestedBy, RequestedAt, RowsChangedJson, Ticket)
            VALUES (@PseudonymId, @Actor, @Now, @Counts, @Ticket);
            SET @Json = (SELECT @Ticket AS ticket, @KeepBlock AS keepBlock, @Rows AS [rows]
                         FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'user.erase', @EntityType = N'user',
                 @EntityId = @PseudonymId, @AfterJson = @Json, @SubjectUserId = @PseudonymId,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
            SET @Json = (SELECT @PseudonymId AS pseudonymId
                         FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Enqueue @EventType = N'user_erased', @EntityType = N'user',
                 @EntityId = @PseudonymId, @PayloadJson = @Json, @Now = @Now;
        END;
        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           CAST(CASE @ErrorCode
                    WHEN N'USER_NOT_FOUND' THEN N'User not found.'
                    WHEN N'CONFIRMATION_REQUIRED'
                        THEN CONCAT(@Rows, N' rows: confirm to erase the user.')
                    ELSE @Message
                END AS nvarchar(400)) AS Message,
           IIF(@ErrorCode IS NULL, @PseudonymId, NULL) AS PseudonymId,
           IIF(@ErrorCode = N'USER_NOT_FOUND', NULL, @Rows) AS RowsChanged;
END;
