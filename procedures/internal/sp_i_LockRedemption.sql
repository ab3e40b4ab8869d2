SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Finds the redemption that is to be reversed, locks its user, and reads what is decided
           about. The archive asks no user when it takes a row; so where the row is not found, or
           is gone after waiting for the user, the archive is looked at, in a statement of its own:
           a row that has left the ledger is there by then.
Called by: sp_i_ReverseCore.
Locks:     L2: UserProfiles. Nobody changes what is read here without holding the user.
Returns:   the row as it is under the lock; or @ErrorCode and @Message: REDEMPTION_NOT_FOUND,
           REDEMPTION_NOT_REVERSIBLE (archived).
Throws:    50202 the row changed its user meanwhile.
Replay:    not needed; nothing but the user's row is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockRedemption
    @RedemptionId bigint,
    @Now datetime2(3) OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT, @Status nvarchar(10) OUTPUT,
    @UserId nvarchar(100) OUTPUT, @CouponId bigint OUTPUT, @CouponCode nvarchar(50) OUTPUT,
    @CampaignId nvarchar(100) OUTPUT, @FinalAmount decimal(10,2) OUTPUT,
    @RefundedAmount decimal(10,2) OUTPUT, @DiscountAmount decimal(10,2) OUTPUT,
    @HasBenefit bit OUTPUT, @CouponStripeNo tinyint OUTPUT, @CampaignStripeNo tinyint OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Found bigint;

    SELECT @UserId = NULL, @ErrorCode = NULL, @Message = NULL;
    SELECT @UserId = h.UserId FROM dbo.RedemptionHistory AS h WHERE h.RedemptionId = @RedemptionId;

    IF @UserId IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;

        -- A use by reservation is counted on the stripes that the reservation remembers.
        SELECT @Found = h.RedemptionId, @Status = h.Status, @CouponId = h.CouponId,
               @CouponCode = h.CouponCode, @CampaignId = h.CampaignId,
               @FinalAmount = COALESCE(h.FinalAmount, 0), @RefundedAmount = h.RefundedAmount,
               @DiscountAmount = h.DiscountAmount,
               @HasBenefit = IIF(h.CreditsGranted > 0 OR h.MonthsGranted > 0
                                 OR h.LicenseId IS NOT NULL, 1, 0),
               @CouponStripeNo = r.CouponStripeNo, @CampaignStripeNo = r.CampaignStripeNo
        FROM dbo.RedemptionHistory AS h
        LEFT OUTER JOIN dbo.Reservations AS r
            ON r.ReservationId = h.ReservationId AND r.RedemptionId = h.RedemptionId
        WHERE h.RedemptionId = @RedemptionId AND h.UserId = @UserId;
        IF @Found IS NOT NULL
            RETURN;
    END;

    SELECT @Found = a.RedemptionId
    FROM dbo.RedemptionHistoryArchive AS a
    WHERE a.RedemptionId = @RedemptionId;
    IF @Found IS NULL AND @UserId IS NOT NULL
        THROW 50202, N'INVARIANT_ROWCOUNT: a redemption changed its user while it was locked.', 1;
    SELECT @ErrorCode = IIF(@Found IS NULL, N'REDEMPTION_NOT_FOUND',
                            N'REDEMPTION_NOT_REVERSIBLE'),
           @Message = CONCAT(N'Redemption ', @RedemptionId,
                             IIF(@Found IS NULL, N' not found.', N' is archived.'));
END;
