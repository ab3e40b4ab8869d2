SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   L1 of sp_RedeemCoupon and sp_ReserveCoupon: claims the idempotency key for these
           business arguments. Address, user agent, device and attribution are not among them: a
           repetition may come from elsewhere.
Called by: sp_i_RedeemOnce, sp_i_ReserveOnce, for keyed calls.
Locks:     L1: IdempotencyKeys.
Returns:   @State and @StoredResult, see sp_i_Idempotency.
Throws:    nothing of its own.
Replay:    as sp_i_Idempotency.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ClaimRedemptionKey
    @IdempotencyKey nvarchar(100), @CouponCode nvarchar(50), @UserId nvarchar(100),
    @OrderAmount decimal(10,2), @OrderId nvarchar(100), @CurrencyCode nchar(3),
    @Tier nvarchar(20), @ServiceType nvarchar(50), @ConsultantId nvarchar(50),
    @CountryCode nchar(2), @SubscriptionId bigint,
    @State nvarchar(10) OUTPUT, @StoredResult nvarchar(max) OUTPUT,
    @Scope nvarchar(30) = N'RedeemCoupon'
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Unit separators keep neighbouring arguments apart.
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @Mark nchar(1) = NCHAR(31);
    DECLARE @RequestHash varbinary(32) = HASHBYTES('SHA2_256', CONCAT(
        @CouponCode, @Mark, @UserId, @Mark, @OrderAmount, @Mark, @OrderId, @Mark, @CurrencyCode,
        @Mark, @Tier, @Mark, @ServiceType, @Mark, @ConsultantId, @Mark, @CountryCode, @Mark,
        @SubscriptionId));

    EXEC dbo.sp_i_Idempotency
         @Scope = @Scope, @IdempotencyKey = @IdempotencyKey, @RequestHash = @RequestHash,
         @Now = @Now, @State = @State OUTPUT, @StoredResult = @StoredResult OUTPUT;

    -- The ledger remembers keys longer, and those of other procedures too.
    IF @State = N'new' AND EXISTS (SELECT 1 FROM dbo.RedemptionHistory AS h
                                   WHERE h.IdempotencyKey = @IdempotencyKey)
    BEGIN
        DELETE FROM dbo.IdempotencyKeys
        WHERE Scope = @Scope AND IdempotencyKey = @IdempotencyKey AND ResultJson IS NULL;
        SET @State = N'reused';
    END;
END;
