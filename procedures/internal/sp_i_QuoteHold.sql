SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives an open reservation a new quote, because the cart has changed: the held budget
           moves by the difference if the budget allows it, the pending ledger row follows.
Called by: sp_i_ContinueHold.
Locks:     the caller holds L2. L4 as sp_i_ShiftCampaign. L7: Reservations. L8: RedemptionHistory.
           L11: OutboxEvents, AuditLog.
Returns:   @ErrorCode CAMPAIGN_BUDGET_EXCEEDED; the old quote stands then.
Throws:    50200 a counter does not hold the slot; 50201 the reservation or its ledger row moved
           under the lock of its user.
Replay:    harmless: the difference to the same quote is nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_QuoteHold
    @ReservationId bigint, @OrderAmount decimal(10,2), @BaseAmount decimal(10,2),
    @FinalAmount decimal(10,2), @DiscountType nvarchar(20), @DiscountAmount decimal(10,2),
    @CreditsGranted int, @CreditsApplied int, @MonthsGranted int, @Now datetime2(3),
    @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CampaignId nvarchar(100), @StripeNo tinyint, @Held decimal(10,2),
            @RedemptionId bigint;

    SELECT @CampaignId = r.CampaignId, @StripeNo = r.CampaignStripeNo,
           @Held = @DiscountAmount - r.DiscountAmount, @RedemptionId = r.RedemptionId
    FROM dbo.Reservations AS r
    WHERE r.ReservationId = @ReservationId;

    EXEC dbo.sp_i_ShiftCampaign
         @CampaignId = @CampaignId, @Use = 0, @Hold = 0, @Spent = 0, @Held = @Held, @Now = @Now,
         @StripeNo = @StripeNo OUTPUT, @ErrorCode = @ErrorCode OUTPUT;
    IF @ErrorCode IS NOT NULL
        RETURN;

    -- The stripe stays the one of the slot; a budget that was found elsewhere is found there again.
    UPDATE dbo.Reservations
    SET OrderAmount = @OrderAmount, BaseAmount = @BaseAmount, FinalAmount = @FinalAmount,
        DiscountType = @DiscountType, DiscountAmount = @DiscountAmount,
        CreditsGranted = @CreditsGranted, CreditsApplied = @CreditsApplied,
        MonthsGranted = @MonthsGranted
    WHERE ReservationId = @ReservationId AND Status = N'Reserved';
    IF @@ROWCOUNT <> 1
        THROW 50201, N'INVARIANT_LEDGER: a reservation moved under the lock of its user.', 1;

    UPDATE dbo.RedemptionHistory
    SET OrderAmount = @OrderAmount, BaseAmount = @BaseAmount, FinalAmount = @FinalAmount,
        DiscountType = @DiscountType, DiscountAmount = @DiscountAmount,
        CreditsGranted = @CreditsGranted, CreditsApplied = @CreditsApplied,
        MonthsGranted = @MonthsGranted
    WHERE RedemptionId = @RedemptionId AND Status = N'pending';
    IF @@ROWCOUNT <> 1
        THROW 50201, N'INVARIANT_LEDGER: the ledger row of a reservation was not pending.', 1;
END;
