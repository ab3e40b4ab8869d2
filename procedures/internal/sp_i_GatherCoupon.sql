/*
Purpose:   Moves what is free in all stripes of a coupon into one. As sp_i_GatherCampaign.
Called by: sp_i_ClaimCouponStripe, holding no stripe.
Locks:     L3: all CouponCounterStripes of the coupon, ascending.
Returns:   @ErrorCode MAX_USES_REACHED when nothing is left.
Throws:    nothing.
Replay:    none; gathering twice changes nothing more.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_GatherCoupon
    @CouponId bigint, @StripeNo tinyint, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Stripes int, @Free int, @Next int = 0, @Locked int;

    -- A look without lock first: a coupon that is used up is refused without disturbing anybody.
    SELECT @Stripes = COUNT(*), @Free = SUM(StripeLimit - UsedCount - ReservedCount)
    FROM dbo.CouponCounterStripes
    WHERE CouponId = @CouponId;

    IF @Free >= 1
    BEGIN
        WHILE @Next < @Stripes
        BEGIN
            SELECT @Locked = k.StripeNo
            FROM dbo.CouponCounterStripes AS k WITH (UPDLOCK, ROWLOCK)
            WHERE k.CouponId = @CouponId AND k.StripeNo = @Next;
            SET @Next += 1;
        END;

        SELECT @Free = SUM(StripeLimit - UsedCount - ReservedCount)
        FROM dbo.CouponCounterStripes
        WHERE CouponId = @CouponId;
    END;

    IF COALESCE(@Free, 0) < 1
    BEGIN
        SET @ErrorCode = N'MAX_USES_REACHED';
        RETURN;
    END;

    UPDATE dbo.CouponCounterStripes
    SET StripeLimit = UsedCount + ReservedCount + IIF(StripeNo = @StripeNo, @Free, 0)
    WHERE CouponId = @CouponId;
END;
