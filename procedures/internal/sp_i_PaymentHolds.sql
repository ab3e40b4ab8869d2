SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Confirms or releases what is reserved for a payment: the reservation that is named, else
           the latest one of each code on the order. With several codes the order costs what the
           last code left of it, so the lowest final amount is what is expected.
Called by: sp_i_PaymentSucceed, sp_i_PaymentFail.
Locks:     the caller holds L2 of the user. Of several: L3: Coupons, ascending; L4: Campaigns,
           ascending. Then as sp_i_ConfirmCore or sp_i_ReleaseCore.
Returns:   @Holds, how many there are; @RedemptionId of the first one confirmed; @Expected; the
           refusal of the first one that was refused.
Throws:    nothing of its own.
Replay:    as sp_i_ConfirmCore and sp_i_ReleaseCore.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentHolds
    @ReleaseReason nvarchar(20),       -- NULL: confirm
    @EventId nvarchar(100), @ReservationId bigint, @OrderId nvarchar(100),
    @Holder nvarchar(100), @UserId nvarchar(100), @SubscriptionId bigint,
    @PaymentIntentId nvarchar(100), @Amount decimal(10,2),
    @Holds int OUTPUT, @Expected decimal(10,2) OUTPUT, @RedemptionId bigint OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Hold TABLE (ReservationId bigint NOT NULL PRIMARY KEY, CouponId bigint NOT NULL,
                         CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
                         Status nvarchar(10) NOT NULL, FinalAmount decimal(10,2) NULL);
    DECLARE @One bigint, @Number bigint, @Name nvarchar(100), @Paid decimal(10,2),
            @Code nvarchar(50), @Text nvarchar(400), @Found bigint, @Status nvarchar(10),
            @WasOpen bit, @CouponId bigint, @CampaignId nvarchar(100), @Kind nvarchar(20),
            @Discount decimal(10,2), @Final decimal(10,2), @Credits int, @Months int,
            @License nvarchar(50), @Remaining int, @WasLate bit;

    SELECT @ErrorCode = NULL, @Message = NULL, @RedemptionId = NULL, @Expected = NULL;
    INSERT INTO @Hold (ReservationId, CouponId, CampaignId, Status, FinalAmount)
    SELECT r.ReservationId, r.CouponId, r.CampaignId, r.Status, r.FinalAmount
    FROM dbo.Reservations AS r
    WHERE r.UserId = @Holder
          AND (r.ReservationId = @ReservationId
               OR (@ReservationId IS NULL AND r.OrderId = @OrderId
                   AND NOT EXISTS (SELECT 1 FROM dbo.Reservations AS n
                                   WHERE n.UserId = r.UserId AND n.OrderId = r.OrderId
                                         AND n.CouponId = r.CouponId
                                         AND n.ReservationId > r.ReservationId)));
    -- A code that was taken out of the cart is not paid, unless nothing else is left.
    IF EXISTS (SELECT 1 FROM @Hold AS h WHERE h.Status <> N'Released')
        DELETE FROM @Hold WHERE Status = N'Released';
    SELECT @Holds = COUNT(*), @Expected = MIN(h.FinalAmount) FROM @Hold AS h;

    IF @ReleaseReason IS NULL AND @Holds > 1 AND @Amount < @Expected
    BEGIN
        SELECT @ErrorCode = N'AMOUNT_MISMATCH',
               @Message = CONCAT(N'Paid ', @Amount, N', expected at least ', @Expected, N'.');
        RETURN;
    END;

    IF @Holds > 1
    BEGIN
        -- One row at a time: no statement promises the order of its locks.
        SELECT @Number = MIN(h.CouponId) FROM @Hold AS h;
        WHILE @Number IS NOT NULL
        BEGIN
            -- UPDLOCK: the row is read now and written later in this transaction.
            SELECT @CouponId = c.CouponId
            FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
            WHERE c.CouponId = @Number AND c.StripeCount = 1;
            SELECT @Number = MIN(h.CouponId) FROM @Hold AS h WHERE h.CouponId > @Number;
        END;
        SELECT @Name = MIN(h.CampaignId) FROM @Hold AS h;
        WHILE @Name IS NOT NULL
        BEGIN
            SELECT @CampaignId = g.CampaignId
            FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
            WHERE g.CampaignId = @Name AND g.StripeCount = 1;
            SELECT @Name = MIN(h.CampaignId) FROM @Hold AS h WHERE h.CampaignId > @Name;
        END;
    END;

    SELECT @One = MIN(h.ReservationId) FROM @Hold AS h;
    WHILE @One IS NOT NULL
    BEGIN
        SELECT @Code = NULL, @Found = NULL,
               @Paid = IIF(@Holds > 1 AND @Amount < h.FinalAmount, h.FinalAmount, @Amount)
        FROM @Hold AS h
        WHERE h.ReservationId = @One;
        IF @ReleaseReason IS NULL
            EXEC dbo.sp_i_ConfirmCore
                 @ReservationId = @One, @IdempotencyKey = @EventId, @UserId = @UserId,
                 @PaidAmount = @Paid, @OrderId = @OrderId, @SubscriptionId = @SubscriptionId,
                 @PaymentIntentId = @PaymentIntentId, @ErrorCode = @Code OUTPUT,
                 @Message = @Text OUTPUT, @RedemptionId = @Found OUTPUT,
                 @CouponId = @CouponId OUTPUT, @CampaignId = @CampaignId OUTPUT,
                 @DiscountType = @Kind OUTPUT, @DiscountAmount = @Discount OUTPUT,
                 @FinalAmount = @Final OUTPUT, @CreditsGranted = @Credits OUTPUT,
                 @MonthsGranted = @Months OUTPUT, @LicenseKey = @License OUTPUT,
                 @RemainingUses = @Remaining OUTPUT, @WasLate = @WasLate OUTPUT;
        ELSE
            EXEC dbo.sp_i_ReleaseCore
                 @ReservationId = @One, @Reason = @ReleaseReason, @UserId = @UserId,
                 @ErrorCode = @Code OUTPUT, @Message = @Text OUTPUT, @Status = @Status OUTPUT,
                 @WasOpen = @WasOpen OUTPUT;
        SELECT @Message = IIF(@ErrorCode IS NULL AND @Code IS NOT NULL, @Text, @Message),
               @ErrorCode = COALESCE(@ErrorCode, @Code),
               @RedemptionId = COALESCE(@RedemptionId, @Found);
        SELECT @One = MIN(h.ReservationId) FROM @Hold AS h WHERE h.ReservationId > @One;
    END;
END;
