SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes the tier of a live subscription within its period, prorated by days; a coupon is
           redeemed on the prorated cost of the new tier. Proration, redemption and credits are one
           transaction: a refused coupon fails the call and leaves its failed attempt only.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys. L2 to L11: as sp_i_ChangeTier. Own transaction, or that of the
           caller.
Returns:   SR + ProrationId, UnusedCredit, NewTierCost, DiscountAmount, NetAmount,
           CreditsAllocated, IsReplay. SUBSCRIPTION_NOT_FOUND: none, or it is not live; SAME_TIER;
           PRICING_NOT_FOUND; the codes of sp_RedeemCoupon.
Throws:    50001 subscription, tier or request missing; 50003 unknown tier; 50006 @EffectiveDate
           outside the period; 50008 text too long; 50009 a migration coupon with another tier than
           perpetual; 50100 a settings row is absent; 50102 called in a doomed transaction; 50200 a
           counter broke its limit; 50202 the subscription changed under the lock of its user;
           50203 the benefit cannot be applied.
Replay:    the same @RequestId with the same arguments returns the first outcome, a refusal too,
           with IsReplay 1 and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ChangeSubscriptionTier
    @SubscriptionId bigint, @NewTier nvarchar(20), @EffectiveDate datetime2(3) = NULL,
    @CouponCode nvarchar(200) = NULL, @RequestId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hash varbinary(32), @ErrorCode nvarchar(50), @Message nvarchar(400),
            @IsWellFormed bit, @ProrationId bigint, @UnusedCredit decimal(10,2),
            @NewTierCost decimal(10,2), @DiscountAmount decimal(10,2),
            @NetAmount decimal(10,2), @Credits int;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @NewTier = NULLIF(TRIM(@NewTier), N''), @RequestId = NULLIF(TRIM(@RequestId), N''),
           @CouponCode = NULLIF(LEFT(n.Code, 50), N''), @IsWellFormed = n.IsWellFormed
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    IF @SubscriptionId IS NULL
        THROW 50001, N'ARG_REQUIRED: @SubscriptionId is required.', 1;
    IF @NewTier IS NULL THROW 50001, N'ARG_REQUIRED: @NewTier is required.', 1;
    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId is required.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF @NewTier COLLATE Latin1_General_100_BIN2 NOT IN
        (N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual')
        THROW 50003, N'ARG_NOT_IN_LIST: @NewTier is not a subscription tier.', 1;

    -- Unit separators keep neighbouring arguments apart.
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @SubscriptionId, @Mark, @NewTier, @Mark, CONVERT(nvarchar(30), @EffectiveDate, 126),
        @Mark, @CouponCode));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_Idempotency
             @Scope = N'ChangeSubscriptionTier', @IdempotencyKey = @RequestId,
             @RequestHash = @Hash, @Now = @Now, @State = @State OUTPUT,
             @StoredResult = @Stored OUTPUT;
        -- The prorations remember requests longer than the keys do.
        IF @State = N'new' AND EXISTS (SELECT 1 FROM dbo.ProrationEvents AS p
                                       WHERE p.RequestId = @RequestId)
        BEGIN
            DELETE FROM dbo.IdempotencyKeys
            WHERE Scope = N'ChangeSubscriptionTier' AND IdempotencyKey = @RequestId
                  AND ResultJson IS NULL;
            SET @State = N'reused';
        END;

        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_ChangeTier
                 @SubscriptionId = @SubscriptionId, @NewTier = @NewTier,
                 @EffectiveDate = @EffectiveDate, @CouponCode = @CouponCode,
                 @IsWellFormed = @IsWellFormed, @RequestId = @RequestId,
                 @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
                 @ProrationId = @ProrationId OUTPUT, @UnusedCredit = @UnusedCredit OUTPUT,
                 @NewTierCost = @NewTierCost OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
                 @NetAmount = @NetAmount OUTPUT, @CreditsAllocated = @Credits OUTPUT;
            SET @Message = COALESCE(@Message, N'Tier changed.');
            SET @Stored = (SELECT @ErrorCode AS ErrorCode, @Message AS Message,
                                  @ProrationId AS ProrationId, @UnusedCredit AS UnusedCredit,
                                  @NewTierCost AS NewTierCost,
                                  @DiscountAmount AS DiscountAmount, @NetAmount AS NetAmount,
                                  @Credits AS CreditsAllocated
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'ChangeSubscriptionTier', @IdempotencyKey = @RequestId,
                 @Outcome = @Stored;
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
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    SELECT CAST(IIF(o.ErrorCode IS NULL, 1, 0) AS bit) AS Success, o.ErrorCode, o.Message,
           o.ProrationId, o.UnusedCredit, o.NewTierCost, o.DiscountAmount, o.NetAmount,
           o.CreditsAllocated, CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsReplay
    FROM OPENJSON(@Stored) WITH (ErrorCode nvarchar(50), Message nvarchar(400),
                                 ProrationId bigint, UnusedCredit decimal(10,2),
                                 NewTierCost decimal(10,2), DiscountAmount decimal(10,2),
                                 NetAmount decimal(10,2), CreditsAllocated int) AS o;
END;
