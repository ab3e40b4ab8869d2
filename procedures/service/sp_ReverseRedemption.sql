SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes a redemption back: a refund in full or in part, a chargeback, a decision of an
           operator, an error. Names the redemption by @RedemptionId, or by @OrderId and, where the
           order has several codes, @CouponCode.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys. L2 to L11 as sp_i_ReverseCore. L11: AuditLog. Own transaction, or
           that of the caller.
Returns:   SR + RedemptionId, Status, RefundedAmount, UseRestored, CreditsRevoked,
           CreditsShortfall, LicenseRevoked, IsReplay. REDEMPTION_NOT_FOUND,
           REDEMPTION_NOT_REVERSIBLE (not a success), REFUND_EXCEEDS_PAYMENT.
Throws:    50001 reason or key missing; 50002 @RefundAmount negative; 50003 unknown reason;
           50008 order, key, actor or correlation id too long; 50009 neither @RedemptionId nor
           @OrderId, or an order with several codes and no @CouponCode; 50100 a settings row is
           absent; 50102 called in a doomed transaction; 50200 a counter broke its limit; 50201,
           50202 the ledger moved under the lock of its user.
Replay:    the same @IdempotencyKey with the same business arguments returns the first outcome,
           refusals too, with IsReplay 1 and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ReverseRedemption
    @RedemptionId bigint = NULL,
    @OrderId nvarchar(200) = NULL,
    @CouponCode nvarchar(200) = NULL,
    @ReversalReason nvarchar(20),
    @RefundAmount decimal(10,2) = NULL,
    @RestoreUse bit = NULL,
    @IdempotencyKey nvarchar(200),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Hash varbinary(32),
            @Mark nchar(1) = NCHAR(31);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @OrderId = NULLIF(TRIM(@OrderId), N''), @CouponCode = NULLIF(LEFT(n.Code, 50), N''),
           @ReversalReason = NULLIF(TRIM(@ReversalReason), N''),
           @IdempotencyKey = NULLIF(TRIM(@IdempotencyKey), N'')
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    IF @ReversalReason IS NULL
        THROW 50001, N'ARG_REQUIRED: @ReversalReason is required.', 1;
    IF @IdempotencyKey IS NULL
        THROW 50001, N'ARG_REQUIRED: @IdempotencyKey is required.', 1;
    IF @RefundAmount < 0
        THROW 50002, N'ARG_OUT_OF_RANGE: @RefundAmount is negative.', 1;
    IF @ReversalReason COLLATE Latin1_General_100_BIN2
            NOT IN (N'refund', N'chargeback', N'admin', N'error')
        THROW 50003, N'ARG_NOT_IN_LIST: @ReversalReason is not a reason of reversals.', 1;
    IF LEN(@OrderId) > 100
        THROW 50008, N'ARG_TOO_LONG: @OrderId is longer than 100 characters.', 1;
    IF LEN(@IdempotencyKey) > 100
        THROW 50008, N'ARG_TOO_LONG: @IdempotencyKey is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100
        THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@CorrelationId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CorrelationId is longer than 100 characters.', 1;
    IF @RedemptionId IS NULL AND @OrderId IS NULL
        THROW 50009, N'ARG_CONFLICT: @RedemptionId or @OrderId is required.', 1;
    -- Unit separators keep neighbouring arguments apart.
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @RedemptionId, @Mark, @OrderId, @Mark, @CouponCode, @Mark, @ReversalReason, @Mark,
        @RefundAmount, @Mark, @RestoreUse));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_Idempotency
             @Scope = N'ReverseRedemption', @IdempotencyKey = @IdempotencyKey,
             @RequestHash = @Hash, @Now = @Now, @State = @State OUTPUT,
             @StoredResult = @Stored OUTPUT;

        IF @State = N'reused'
            SET @Stored = N'{"Success":false,"ErrorCode":"IDEMPOTENCY_KEY_REUSED",'
                        + N'"Message":"Key was used with other arguments."}';
        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_ReverseNamed
                 @RedemptionId = @RedemptionId, @OrderId = @OrderId, @CouponCode = @CouponCode,
                 @ReversalReason = @ReversalReason, @RefundAmount = @RefundAmount,
                 @RestoreUse = @RestoreUse, @Actor = @Actor, @IpAddress = @IpAddress,
                 @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                 @ResultJson = @Stored OUTPUT;
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'ReverseRedemption', @IdempotencyKey = @IdempotencyKey,
                 @Outcome = @Stored;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    SELECT j.Success, j.ErrorCode, j.Message, j.RedemptionId, j.Status, j.RefundedAmount,
           j.UseRestored, j.CreditsRevoked, j.CreditsShortfall, j.LicenseRevoked,
           CAST(IIF(@State = N'replay', 1, 0) AS bit) AS IsReplay
    FROM OPENJSON(@Stored) WITH (
        Success bit, ErrorCode nvarchar(50), Message nvarchar(400), RedemptionId bigint,
        Status nvarchar(10), RefundedAmount decimal(10,2), UseRestored bit, CreditsRevoked int,
        CreditsShortfall int, LicenseRevoked bit) AS j;
END;
