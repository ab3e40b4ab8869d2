SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives credits to a user: allocation, balance and lifetime sum in one transaction.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys. L2: UserProfiles. L10: as sp_i_AddCredits. L11: AuditLog,
           OutboxEvents. Own transaction, or that of the caller.
Returns:   SR + AllocationId, Balance, IsReplay.
Throws:    50001 user, amount, source or request missing; 50002 amount below 1 or beyond the range
           of a balance; 50003 unknown credit type; 50006 period reversed; 50008 text too long;
           50009 @SubscriptionId is not of this user; 50102 called in a doomed transaction.
Replay:    the same @RequestId with the same arguments returns the first outcome with IsReplay 1
           and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_GrantCredits
    @UserId nvarchar(200), @Amount int, @CreditType nvarchar(50), @Source nvarchar(50),
    @RequestId nvarchar(200), @SubscriptionId bigint = NULL,
    @PeriodStart datetime2(3) = NULL, @PeriodEnd datetime2(3) = NULL,
    @ExpiresAt datetime2(3) = NULL,
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hash varbinary(32), @AllocationId bigint, @Balance int, @EntityId nvarchar(200),
            @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @CreditType = NULLIF(TRIM(@CreditType), N''),
           @Source = NULLIF(TRIM(@Source), N''), @RequestId = NULLIF(TRIM(@RequestId), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF @Amount IS NULL THROW 50001, N'ARG_REQUIRED: @Amount is required.', 1;
    IF @CreditType IS NULL THROW 50001, N'ARG_REQUIRED: @CreditType is required.', 1;
    IF @Source IS NULL THROW 50001, N'ARG_REQUIRED: @Source is required.', 1;
    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @Amount < 1 THROW 50002, N'ARG_OUT_OF_RANGE: @Amount must be 1 or more.', 1;
    IF @CreditType COLLATE Latin1_General_100_BIN2
            NOT IN (N'subscription', N'bonus', N'referral', N'coupon', N'admin_grant')
        THROW 50003, N'ARG_NOT_IN_LIST: @CreditType is no credit type.', 1;
    IF @PeriodEnd <= @PeriodStart
        THROW 50006, N'ARG_BAD_DATES: @PeriodEnd must be after @PeriodStart.', 1;
    IF @SubscriptionId IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM dbo.Subscriptions AS s
                       WHERE s.SubscriptionId = @SubscriptionId AND s.UserId = @UserId)
        THROW 50009, N'ARG_CONFLICT: @SubscriptionId is not a subscription of @UserId.', 1;

    -- Unit separators keep neighbouring arguments apart.
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @UserId, @Mark, @Amount, @Mark, @CreditType, @Mark, @Source, @Mark, @SubscriptionId,
        @Mark, CONVERT(nvarchar(30), @PeriodStart, 126), @Mark,
        CONVERT(nvarchar(30), @PeriodEnd, 126), @Mark, CONVERT(nvarchar(30), @ExpiresAt, 126)));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_Idempotency
             @Scope = N'GrantCredits', @IdempotencyKey = @RequestId, @RequestHash = @Hash,
             @Now = @Now, @State = @State OUTPUT, @StoredResult = @Stored OUTPUT;
        -- The allocations remember requests longer than the keys do.
        IF @State = N'new' AND EXISTS (SELECT 1 FROM dbo.CreditAllocations AS a
                                       WHERE a.RequestId = @RequestId)
        BEGIN
            DELETE FROM dbo.IdempotencyKeys
            WHERE Scope = N'GrantCredits' AND IdempotencyKey = @RequestId AND ResultJson IS NULL;
            SET @State = N'reused';
        END;

        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
            EXEC dbo.sp_i_AddCredits
                 @UserId = @UserId, @Amount = @Amount, @CreditType = @CreditType,
                 @Source = @Source, @SubscriptionId = @SubscriptionId,
                 @PeriodStart = @PeriodStart, @PeriodEnd = @PeriodEnd, @ExpiresAt = @ExpiresAt,
                 @RequestId = @RequestId, @Actor = @Actor, @Now = @Now,
                 @AllocationId = @AllocationId OUTPUT, @Balance = @Balance OUTPUT;

            SET @EntityId = CAST(@AllocationId AS nvarchar(20));
            SET @After = (SELECT @UserId AS userId, @Amount AS amount, @CreditType AS creditType,
                                 @Source AS source, @RequestId AS requestId, @Balance AS balance
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'credit.grant', @EntityType = N'credit_allocation',
                 @EntityId = @EntityId, @AfterJson = @After, @SubjectUserId = @UserId,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;

            SET @Stored = (SELECT @AllocationId AS AllocationId, @Balance AS Balance
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'GrantCredits', @IdempotencyKey = @RequestId, @Outcome = @Stored;
        END
        ELSE IF @State = N'replay'
            SELECT @AllocationId = CAST(JSON_VALUE(@Stored, N'$.AllocationId') AS bigint),
                   @Balance = CAST(JSON_VALUE(@Stored, N'$.Balance') AS int);

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@State = N'reused', 0, 1) AS bit) AS Success,
           CAST(IIF(@State = N'reused', N'IDEMPOTENCY_KEY_REUSED', NULL) AS nvarchar(50))
               AS ErrorCode,
           CAST(IIF(@State = N'reused', N'Key was used with other arguments.',
                    N'Credits granted.') AS nvarchar(400)) AS Message,
           @AllocationId AS AllocationId, @Balance AS Balance,
           CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsReplay;
END;
