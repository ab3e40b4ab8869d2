SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes the status of a subscription along the allowed ways. What was redeemed for it,
           and what that granted, stays. A subscription that becomes live gets the free months that
           waited for one; there is one live subscription per user.
Called by: coupon_service, coupon_ops
Locks:     L2: UserProfiles. L8 to L10: as sp_i_ApplyWaitingMonths. L9: Subscriptions. L11:
           AuditLog. Own transaction, or that of the caller.
Returns:   SR. SUBSCRIPTION_NOT_FOUND; INVALID_STATUS_TRANSITION; SUBSCRIPTION_EXISTS: another one
           of the user is live.
Throws:    50001 subscription or status missing; 50003 unknown status; 50008 text too long; 50102
           called in a doomed transaction; 50202 the subscription changed under the lock of its
           user.
Replay:    the present status again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetSubscriptionStatus
    @SubscriptionId bigint, @Status nvarchar(20),
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @UserId nvarchar(100),
            @Old nvarchar(20), @PeriodEnd datetime2(3), @Live bigint, @IsAllowed bit,
            @ErrorCode nvarchar(50), @Message nvarchar(400), @Months int = 0,
            @EntityId nvarchar(200) = CAST(@SubscriptionId AS nvarchar(20)),
            @Before nvarchar(max), @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SET @Status = NULLIF(TRIM(@Status), N'');
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @SubscriptionId IS NULL
        THROW 50001, N'ARG_REQUIRED: @SubscriptionId is required.', 1;
    IF @Status IS NULL THROW 50001, N'ARG_REQUIRED: @Status is required.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2 NOT IN
        (N'trial', N'active', N'past_due', N'cancelled', N'expired', N'suspended')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status is not a subscription status.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockSubscription
             @SubscriptionId = @SubscriptionId, @UserId = @UserId OUTPUT, @Status = @Old OUTPUT,
             @PeriodEnd = @PeriodEnd OUTPUT, @Now = @Now OUTPUT;
        SET @IsAllowed = CASE @Old
            WHEN N'trial' THEN IIF(@Status IN (N'active', N'cancelled', N'expired'), 1, 0)
            WHEN N'active' THEN IIF(@Status IN (N'past_due', N'cancelled', N'suspended',
                                                N'expired'), 1, 0)
            WHEN N'past_due' THEN IIF(@Status IN (N'active', N'cancelled', N'suspended'), 1, 0)
            WHEN N'suspended' THEN IIF(@Status IN (N'active', N'cancelled'), 1, 0)
            WHEN N'cancelled' THEN IIF(@Status = N'expired'
                                       OR @Status = N'active' AND @PeriodEnd > @Now, 1, 0)
            ELSE 0 END;
        IF @Status = N'active' AND @Old IN (N'suspended', N'cancelled')
            SELECT TOP (1) @Live = s.SubscriptionId
            FROM dbo.Subscriptions AS s
            WHERE s.UserId = @UserId AND s.Status IN (N'trial', N'active', N'past_due')
            ORDER BY s.SubscriptionId;

        IF @UserId IS NULL
            SELECT @ErrorCode = N'SUBSCRIPTION_NOT_FOUND',
                   @Message = CONCAT(N'No subscription ', @SubscriptionId, N'.');
        ELSE IF @Old <> @Status AND @IsAllowed = 0
            SELECT @ErrorCode = N'INVALID_STATUS_TRANSITION',
                   @Message = CONCAT(N'Subscription cannot go from ', @Old, N' to ', @Status,
                                     N'.');
        ELSE IF @Old <> @Status AND @Live IS NOT NULL
            SELECT @ErrorCode = N'SUBSCRIPTION_EXISTS',
                   @Message = CONCAT(N'User already has subscription ', @Live, N'.');
        ELSE IF @Old <> @Status
        BEGIN
            UPDATE dbo.Subscriptions
            SET Status = @Status, UpdatedAt = @Now, UpdatedBy = @Actor,
                CancelledAt = CASE @Status WHEN N'cancelled' THEN @Now
                                           WHEN N'active' THEN NULL
                                           ELSE CancelledAt END
            WHERE SubscriptionId = @SubscriptionId AND Status = @Old;
            IF @@ROWCOUNT <> 1
                THROW 50202, N'INVARIANT_ROWCOUNT: the subscription moved under a lock.', 1;
            IF @Status = N'active'
                EXEC dbo.sp_i_ApplyWaitingMonths
                     @UserId = @UserId, @SubscriptionId = @SubscriptionId, @Now = @Now,
                     @Months = @Months OUTPUT;

            SELECT @Before = (SELECT @Old AS status FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
                   @After = (SELECT @Status AS status, @Months AS monthsGiven
                             FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit
                 @Action = N'subscription.status', @EntityType = N'subscription',
                 @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
                 @SubjectUserId = @UserId, @Actor = @Actor, @IpAddress = @IpAddress,
                 @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                 @Now = @Now;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           COALESCE(@Message, N'Status set.') AS Message;
END;
