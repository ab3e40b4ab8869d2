SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Starts the subscription of a user at the list price of its tier, with the credits of a
           month, and with free months that waited for it. With a redemption the first charge is
           what that left to pay.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys. L2: UserProfiles. L8 to L11: as sp_i_OpenSubscription. Own
           transaction, or that of the caller.
Returns:   SR + SubscriptionId, FirstCharge, CreditsAllocated, IsReplay. SUBSCRIPTION_EXISTS: the
           user has a live one, or another subscription has the Stripe id. PRICING_NOT_FOUND: the
           tier has no price or is not offered.
Throws:    50001 user, tier or request missing; 50003 unknown tier or cycle, or a status that is
           not live; 50006 period reversed; 50008 text too long; 50009 @RedemptionId is no success
           of this user, or belongs to a subscription; 50102 called in a doomed transaction.
Replay:    the same @RequestId with the same arguments returns the first outcome, a refusal too,
           with IsReplay 1 and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_StartSubscription
    @UserId nvarchar(200), @Tier nvarchar(20), @BillingCycle nvarchar(10) = N'monthly',
    @Status nvarchar(20) = N'active', @StripeCustomerId nvarchar(200) = NULL,
    @StripeSubscriptionId nvarchar(200) = NULL, @PeriodStart datetime2(3) = NULL,
    @PeriodEnd datetime2(3) = NULL, @RedemptionId bigint = NULL, @RequestId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hash varbinary(32), @ErrorCode nvarchar(50), @Message nvarchar(400),
            @SubscriptionId bigint, @FirstCharge decimal(10,2), @Credits int;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Tier = NULLIF(TRIM(@Tier), N''),
           @BillingCycle = COALESCE(NULLIF(TRIM(@BillingCycle), N''), N'monthly'),
           @Status = COALESCE(NULLIF(TRIM(@Status), N''), N'active'),
           @StripeCustomerId = NULLIF(TRIM(@StripeCustomerId), N''),
           @StripeSubscriptionId = NULLIF(TRIM(@StripeSubscriptionId), N''),
           @RequestId = NULLIF(TRIM(@RequestId), N'');
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF @Tier IS NULL THROW 50001, N'ARG_REQUIRED: @Tier is required.', 1;
    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@StripeCustomerId) > 100
        THROW 50008, N'ARG_TOO_LONG: @StripeCustomerId is longer than 100 characters.', 1;
    IF LEN(@StripeSubscriptionId) > 100
        THROW 50008, N'ARG_TOO_LONG: @StripeSubscriptionId is longer than 100 characters.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF @Tier COLLATE Latin1_General_100_BIN2 NOT IN
        (N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual')
        THROW 50003, N'ARG_NOT_IN_LIST: @Tier is not a subscription tier.', 1;
    IF @BillingCycle COLLATE Latin1_General_100_BIN2 NOT IN (N'monthly', N'annual')
        THROW 50003, N'ARG_NOT_IN_LIST: @BillingCycle is not a billing cycle.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2 NOT IN (N'trial', N'active', N'past_due')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status is not that of a live subscription.', 1;
    IF @PeriodEnd <= @PeriodStart
        THROW 50006, N'ARG_BAD_DATES: @PeriodEnd must be after @PeriodStart.', 1;

    -- Unit separators keep neighbouring arguments apart.
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @UserId, @Mark, @Tier, @Mark, @BillingCycle, @Mark, @Status, @Mark, @StripeCustomerId,
        @Mark, @StripeSubscriptionId, @Mark, CONVERT(nvarchar(30), @PeriodStart, 126), @Mark,
        CONVERT(nvarchar(30), @PeriodEnd, 126), @Mark, @RedemptionId));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_Idempotency
             @Scope = N'StartSubscription', @IdempotencyKey = @RequestId, @RequestHash = @Hash,
             @Now = @Now, @State = @State OUTPUT, @StoredResult = @Stored OUTPUT;
        -- The subscriptions remember requests longer than the keys do.
        IF @State = N'new' AND EXISTS (SELECT 1 FROM dbo.Subscriptions AS s
                                       WHERE s.RequestId = @RequestId)
        BEGIN
            DELETE FROM dbo.IdempotencyKeys
            WHERE Scope = N'StartSubscription' AND IdempotencyKey = @RequestId
                  AND ResultJson IS NULL;
            SET @State = N'reused';
        END;

        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
            EXEC dbo.sp_i_OpenSubscription
                 @UserId = @UserId, @Tier = @Tier, @BillingCycle = @BillingCycle,
                 @Status = @Status, @StripeCustomerId = @StripeCustomerId,
                 @StripeSubscriptionId = @StripeSubscriptionId, @PeriodStart = @PeriodStart,
                 @PeriodEnd = @PeriodEnd, @RedemptionId = @RedemptionId,
                 @RequestId = @RequestId, @Now = @Now, @ErrorCode = @ErrorCode OUTPUT,
                 @Message = @Message OUTPUT, @SubscriptionId = @SubscriptionId OUTPUT,
                 @FirstCharge = @FirstCharge OUTPUT, @CreditsAllocated = @Credits OUTPUT;
            SET @Message = COALESCE(@Message, N'Subscription started.');
            SET @Stored = (SELECT @ErrorCode AS ErrorCode, @Message AS Message,
                                  @SubscriptionId AS SubscriptionId,
                                  @FirstCharge AS FirstCharge, @Credits AS CreditsAllocated
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'StartSubscription', @IdempotencyKey = @RequestId, @Outcome = @Stored;
        END
        ELSE IF @State = N'reused'
            SET @Stored = N'{"ErrorCode":"IDEMPOTENCY_KEY_REUSED",'
                          + N'"Message":"Key was used with other arguments."}';

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(o.ErrorCode IS NULL, 1, 0) AS bit) AS Success, o.ErrorCode, o.Message,
           o.SubscriptionId, o.FirstCharge, o.CreditsAllocated,
           CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsReplay
    FROM OPENJSON(@Stored) WITH (ErrorCode nvarchar(50), Message nvarchar(400),
                                 SubscriptionId bigint, FirstCharge decimal(10,2),
                                 CreditsAllocated int) AS o;
END;
