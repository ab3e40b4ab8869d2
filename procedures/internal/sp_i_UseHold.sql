SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Turns the open reservation of a user's order into the use that a redemption of the same
           order asks for, so that a hold never stands in the way of what it was taken for. The
           quote made in time is honoured; an order whose amount has changed is quoted anew.
Called by: sp_i_RedeemCore.
Locks:     the caller holds L2, and L3, L4 of rows that are not striped. L3 to L6 as sp_i_MoveSlot;
           L4, L7, L8 as sp_i_ContinueHold; L7 to L11 as sp_i_CompleteReservation.
Returns:   @RedemptionId, the row of the success; the quote that holds; @ErrorCode
           CAMPAIGN_BUDGET_EXCEEDED when the new quote does not fit (the old one stands).
Throws:    50200 a counter does not hold the slot; 50201 the reservation or its ledger row moved
           under the lock of its user; 50203 the benefit cannot be applied.
Replay:    none; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_UseHold
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100), @OrderId nvarchar(100),
    @OrderAmount decimal(10,2), @BaseAmount decimal(10,2), @CreditsApplied int,
    @SubscriptionId bigint, @IdempotencyKey nvarchar(100), @Now datetime2(3),
    @DiscountType nvarchar(20) OUTPUT, @DiscountAmount decimal(10,2) OUTPUT,
    @FinalAmount decimal(10,2) OUTPUT, @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT,
    @RedemptionId bigint OUTPUT, @LicenseKey nvarchar(50) OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ReservationId bigint, @IsSame bit, @ExpiresAt datetime2(3), @CouponStripeNo tinyint,
            @CampaignStripeNo tinyint;

    -- Under L2 nobody opens or closes a reservation of this user.
    SELECT @ReservationId = r.ReservationId,
           @CouponStripeNo = r.CouponStripeNo, @CampaignStripeNo = r.CampaignStripeNo,
           @IsSame = IIF(@OrderAmount IS NULL OR @OrderAmount = r.OrderAmount, 1, 0)
    FROM dbo.Reservations AS r
    WHERE r.CouponId = @CouponId AND r.UserId = @UserId AND r.OrderId = @OrderId
      AND r.Status = N'Reserved' AND r.CloseReason IS NULL;

    EXEC dbo.sp_i_ContinueHold
         @ReservationId = @ReservationId, @IsSame = @IsSame, @OrderAmount = @OrderAmount,
         @BaseAmount = @BaseAmount, @CreditsApplied = @CreditsApplied, @Now = @Now,
         @DiscountType = @DiscountType OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
         @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
         @MonthsGranted = @MonthsGranted OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
         @ExpiresAt = @ExpiresAt OUTPUT, @ErrorCode = @ErrorCode OUTPUT;
    IF @ErrorCode IS NOT NULL
        RETURN;

    EXEC dbo.sp_i_MoveSlot
         @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
         @CouponStripeNo = @CouponStripeNo OUTPUT, @CampaignStripeNo = @CampaignStripeNo OUTPUT,
         @DiscountAmount = @DiscountAmount, @Now = @Now;
    EXEC dbo.sp_i_CompleteReservation
         @ReservationId = @ReservationId, @FromStatus = N'Reserved', @EventId = @IdempotencyKey,
         @OrderId = @OrderId, @SubscriptionId = @SubscriptionId,
         @CouponStripeNo = @CouponStripeNo, @CampaignStripeNo = @CampaignStripeNo, @Now = @Now,
         @RedemptionId = @RedemptionId OUTPUT, @LicenseKey = @LicenseKey OUTPUT;
END;
