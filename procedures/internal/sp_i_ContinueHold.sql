SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Goes on with a checkout that is open: its quote stands, unless the amount of the order
           has changed; then the new quote takes its place.
Called by: sp_i_ReserveCore, sp_i_UseHold.
Locks:     the caller holds L2, and L3, L4 of rows that are not striped. L4, L7, L8, L11 as
           sp_i_QuoteHold.
Returns:   the quote that holds, @RedemptionId, @ExpiresAt; or @ErrorCode
           CAMPAIGN_BUDGET_EXCEEDED when the new quote does not fit (the old one stands).
Throws:    50200, 50201 as sp_i_QuoteHold.
Replay:    the same amount again changes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ContinueHold
    @ReservationId bigint, @IsSame bit, @OrderAmount decimal(10,2), @BaseAmount decimal(10,2),
    @CreditsApplied int, @Now datetime2(3),
    @DiscountType nvarchar(20) OUTPUT, @DiscountAmount decimal(10,2) OUTPUT,
    @FinalAmount decimal(10,2) OUTPUT, @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT,
    @RedemptionId bigint OUTPUT, @ExpiresAt datetime2(3) OUTPUT, @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @IsSame = 0
        EXEC dbo.sp_i_QuoteHold
             @ReservationId = @ReservationId, @OrderAmount = @OrderAmount,
             @BaseAmount = @BaseAmount, @FinalAmount = @FinalAmount,
             @DiscountType = @DiscountType, @DiscountAmount = @DiscountAmount,
             @CreditsGranted = @CreditsGranted, @CreditsApplied = @CreditsApplied,
             @MonthsGranted = @MonthsGranted, @Now = @Now, @ErrorCode = @ErrorCode OUTPUT;
    IF @ErrorCode IS NOT NULL
        RETURN;

    SELECT @DiscountType = r.DiscountType, @DiscountAmount = r.DiscountAmount,
           @FinalAmount = r.FinalAmount, @CreditsGranted = r.CreditsGranted,
           @MonthsGranted = r.MonthsGranted, @RedemptionId = r.RedemptionId,
           @ExpiresAt = r.ExpiresAt
    FROM dbo.Reservations AS r
    WHERE r.ReservationId = @ReservationId;
END;
