SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Turns a reservation into a use, because it was paid. The quote made in time is honoured:
           dates, activity and rules are not looked at again. A payment that comes after the
           reservation expired claims a slot anew, against the limits alone; when there is none, or
           the reservation was released, late_payment asks for a refund. A reservation that was
           marked for closing is released now.
Called by: sp_i_ConfirmOnce, sp_i_PaymentSucceed.
Locks:     L2 to L4 as sp_i_LockReservation; L3 to L6 as sp_i_MoveSlot or sp_i_ClaimSlot;
           L7: Reservations. L8: RedemptionHistory. L9, L10 as sp_i_ApplyBenefits. L11:
           RedemptionHistory, UserDevices, OutboxEvents.
Returns:   OUTPUT parameters only: RESERVATION_NOT_FOUND, RESERVATION_USER_MISMATCH,
           RESERVATION_ALREADY_CONFIRMED, RESERVATION_RELEASED, RESERVATION_EXPIRED,
           AMOUNT_MISMATCH, or the quote. @IsReplay 1: this event confirmed it before.
Throws:    50102 no committable transaction; 50200 a counter does not hold the slot; 50201 the
           reservation or its ledger row moved under the lock of the user; 50203 the benefit cannot
           be applied.
Replay:    the event that confirmed a reservation gets its success again.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ConfirmCore
    @ReservationId bigint, @IdempotencyKey nvarchar(100), @UserId nvarchar(100) = NULL,
    @PaidAmount decimal(10,2) = NULL, @OrderId nvarchar(100) = NULL,
    @SubscriptionId bigint = NULL, @PaymentIntentId nvarchar(100) = NULL,
    @Now datetime2(3) = NULL,
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT, @RedemptionId bigint OUTPUT,
    @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT, @DiscountType nvarchar(20) OUTPUT,
    @DiscountAmount decimal(10,2) OUTPUT, @FinalAmount decimal(10,2) OUTPUT,
    @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT, @LicenseKey nvarchar(50) OUTPUT,
    @RemainingUses int OUTPUT, @WasLate bit OUTPUT, @IsReplay bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Holder nvarchar(100), @Status nvarchar(10), @Mark nvarchar(20),
            @EventId nvarchar(100), @CouponStripeNo tinyint, @CampaignStripeNo tinyint,
            @Detail nvarchar(200);

    SELECT @ErrorCode = NULL, @Message = N'Confirmed.', @RedemptionId = NULL, @CouponId = NULL,
           @CampaignId = NULL, @DiscountType = NULL, @DiscountAmount = NULL, @FinalAmount = NULL,
           @CreditsGranted = NULL, @MonthsGranted = NULL, @LicenseKey = NULL,
           @RemainingUses = NULL, @WasLate = NULL, @IsReplay = 0;
    EXEC dbo.sp_i_LockReservation
         @ReservationId = @ReservationId, @Now = @Now OUTPUT, @UserId = @Holder OUTPUT;
    SELECT @Status = r.Status, @Mark = IIF(r.CloseReason IN (N'admin', N'fraud'), r.CloseReason,
                                           NULL),
           @EventId = r.ConfirmEventId, @CouponId = r.CouponId, @CampaignId = r.CampaignId,
           @RedemptionId = r.RedemptionId, @DiscountType = r.DiscountType,
           @DiscountAmount = r.DiscountAmount, @FinalAmount = r.FinalAmount,
           @CreditsGranted = r.CreditsGranted, @MonthsGranted = r.MonthsGranted,
           @CouponStripeNo = r.CouponStripeNo, @CampaignStripeNo = r.CampaignStripeNo,
           @WasLate = IIF(h.AttemptedAt > r.ExpiresAt, 1, 0), @LicenseKey = l.LicenseKey
    FROM dbo.Reservations AS r
    LEFT OUTER JOIN dbo.RedemptionHistory AS h ON h.RedemptionId = r.RedemptionId
    LEFT OUTER JOIN dbo.PerpetualLicenses AS l ON l.LicenseId = h.LicenseId
    WHERE r.ReservationId = @ReservationId;

    SET @IsReplay = IIF(@Status = N'Confirmed' AND @EventId = @IdempotencyKey, 1, 0);
    SET @ErrorCode = CASE
        WHEN @Holder IS NULL THEN N'RESERVATION_NOT_FOUND'
        WHEN @UserId COLLATE Latin1_General_100_BIN2 <> @Holder THEN N'RESERVATION_USER_MISMATCH'
        WHEN @IsReplay = 1 THEN NULL
        WHEN @Status = N'Confirmed' THEN N'RESERVATION_ALREADY_CONFIRMED'
        WHEN @Status = N'Released' OR (@Status = N'Reserved' AND @Mark IS NOT NULL)
            THEN N'RESERVATION_RELEASED'
        WHEN @PaidAmount < @FinalAmount THEN N'AMOUNT_MISMATCH' END;

    IF @Status = N'Reserved' AND @ErrorCode = N'RESERVATION_RELEASED'
        EXEC dbo.sp_i_CloseReservation
             @ReservationId = @ReservationId, @Status = N'Released', @Reason = @Mark, @Now = @Now;

    IF @ErrorCode IS NULL AND @Status = N'Reserved'
        EXEC dbo.sp_i_MoveSlot
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @Holder,
             @CouponStripeNo = @CouponStripeNo OUTPUT,
             @CampaignStripeNo = @CampaignStripeNo OUTPUT, @DiscountAmount = @DiscountAmount,
             @Now = @Now;
    IF @ErrorCode IS NULL AND @Status = N'Expired'
    BEGIN
        SET @WasLate = 1;
        EXEC dbo.sp_i_ClaimSlot
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @Holder,
             @DiscountAmount = @DiscountAmount, @MustBeActive = 0, @Now = @Now,
             @CouponStripeNo = @CouponStripeNo OUTPUT,
             @CampaignStripeNo = @CampaignStripeNo OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
             @Detail = @Detail OUTPUT;
        SET @ErrorCode = IIF(@ErrorCode IS NULL, NULL, N'RESERVATION_EXPIRED');
    END;

    IF @ErrorCode IN (N'RESERVATION_RELEASED', N'RESERVATION_EXPIRED')
        EXEC dbo.sp_i_AnnounceLatePayment
             @ReservationId = @ReservationId, @Reason = @ErrorCode, @PaidAmount = @PaidAmount,
             @PaymentIntentId = @PaymentIntentId, @EventId = @IdempotencyKey, @Now = @Now;
    IF @ErrorCode IS NOT NULL
    BEGIN
        IF @ErrorCode = N'AMOUNT_MISMATCH'
            SET @Message = CONCAT(N'Paid ', @PaidAmount, N', expected at least ', @FinalAmount,
                                  N'.');
        ELSE
            EXEC dbo.sp_i_DescribeReservation
                 @ErrorCode = @ErrorCode, @ReservationId = @ReservationId,
                 @Message = @Message OUTPUT;
        SELECT @RedemptionId = NULL, @CouponId = NULL, @CampaignId = NULL, @DiscountType = NULL,
               @DiscountAmount = NULL, @FinalAmount = NULL, @CreditsGranted = NULL,
               @MonthsGranted = NULL, @LicenseKey = NULL, @WasLate = NULL;
        RETURN;
    END;

    IF @IsReplay = 0
        EXEC dbo.sp_i_CompleteReservation
             @ReservationId = @ReservationId, @FromStatus = @Status, @EventId = @IdempotencyKey,
             @OrderId = @OrderId, @SubscriptionId = @SubscriptionId,
             @CouponStripeNo = @CouponStripeNo, @CampaignStripeNo = @CampaignStripeNo,
             @Now = @Now, @RedemptionId = @RedemptionId OUTPUT, @LicenseKey = @LicenseKey OUTPUT;

    -- Striped coupons answer from the columns that are refreshed each minute.
    SELECT @RemainingUses = c.MaxUses - c.UsedCount - c.ReservedCount
    FROM dbo.Coupons AS c
    WHERE c.CouponId = @CouponId;
END;
