SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Reverses a success, in full or in part. In full (all that is left of its amount): the
           ledger row becomes reversed, use and budget go back unless the use is to stay counted,
           benefits are taken back. In part: only RefundedAmount grows, the use stays counted.
           Either way the refund figures of the user move and redemption_reversed goes out; a
           chargeback is a sign of fraud besides. A refund of 0.00 that completes nothing is none.
Called by: sp_i_ReverseNamed; reviews that reject a redemption.
Locks:     L2: as sp_i_LockRedemption. L3 to L6: as sp_i_RestoreUse. L8: RedemptionHistory.
           L9, L10: as sp_i_RevokeBenefits. L11: FraudEvents, OutboxEvents.
           Nobody changes what is decided here without holding the user at L2.
Returns:   OUTPUT parameters only: the decision, and of a success what was taken back.
           REDEMPTION_NOT_FOUND, REDEMPTION_NOT_REVERSIBLE, REFUND_EXCEEDS_PAYMENT.
Throws:    50100 a settings row is absent; 50102 no committable transaction; 50201 the row left
           'success', or the ledger for the archive, under the lock of its user; 50202 as
           sp_i_LockRedemption.
Replay:    none here; the caller's key makes the call repeatable.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReverseCore
    @RedemptionId bigint,
    @ReversalReason nvarchar(20),
    @RefundAmount decimal(10,2) = NULL,  -- NULL: all that is left
    @RestoreUse bit = NULL,              -- NULL: as the settings have it for the reason
    @Now datetime2(3) = NULL,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT,
    @Status nvarchar(10) OUTPUT,
    @RefundedAmount decimal(10,2) OUTPUT,
    @UseRestored bit OUTPUT,
    @CreditsRevoked int OUTPUT,
    @CreditsShortfall int OUTPUT,
    @LicenseRevoked bit OUTPUT,
    @Actor nvarchar(200) = NULL,
    @RefundedBefore decimal(10,2) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @UserId nvarchar(100), @CouponId bigint, @CouponCode nvarchar(50),
            @CampaignId nvarchar(100), @Final decimal(10,2),
            @DiscountAmount decimal(10,2), @HasBenefit bit, @CouponStripeNo tinyint,
            @CampaignStripeNo tinyint, @IsFull bit,
            @EntityId nvarchar(120) = CAST(@RedemptionId AS nvarchar(20)), @Payload nvarchar(max);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ReverseCore needs a committable transaction.', 1;

    SELECT @ErrorCode = NULL, @Message = NULL, @Status = NULL, @RefundedAmount = NULL,
           @UseRestored = NULL, @CreditsRevoked = NULL, @CreditsShortfall = NULL,
           @LicenseRevoked = NULL;
    EXEC dbo.sp_i_LockRedemption
         @RedemptionId = @RedemptionId, @Now = @Now OUTPUT, @ErrorCode = @ErrorCode OUTPUT,
         @Message = @Message OUTPUT, @Status = @Status OUTPUT, @UserId = @UserId OUTPUT,
         @CouponId = @CouponId OUTPUT, @CouponCode = @CouponCode OUTPUT,
         @CampaignId = @CampaignId OUTPUT, @FinalAmount = @Final OUTPUT,
         @RefundedAmount = @RefundedBefore OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
         @HasBenefit = @HasBenefit OUTPUT, @CouponStripeNo = @CouponStripeNo OUTPUT,
         @CampaignStripeNo = @CampaignStripeNo OUTPUT;
    IF @ErrorCode IS NOT NULL
        RETURN;

    SET @ErrorCode = CASE WHEN @Status <> N'success' THEN N'REDEMPTION_NOT_REVERSIBLE'
                          WHEN @RefundedBefore + @RefundAmount > @Final
                              THEN N'REFUND_EXCEEDS_PAYMENT' END;
    IF @ErrorCode IS NOT NULL
    BEGIN
        SET @Message = IIF(@ErrorCode = N'REDEMPTION_NOT_REVERSIBLE',
            CONCAT(N'Redemption ', @RedemptionId, N' is ', @Status, N'.'),
            CONCAT(N'Refunds of ', @RefundedBefore + @RefundAmount,
                   N' exceed the payment of ', @Final, N'.'));
        SET @Status = NULL;
        RETURN;
    END;

    SELECT @IsFull = IIF(@RefundAmount IS NULL OR @RefundedBefore + @RefundAmount = @Final, 1, 0),
           @RefundAmount = COALESCE(@RefundAmount, @Final - @RefundedBefore), @UseRestored = 0,
           @CreditsRevoked = 0, @CreditsShortfall = 0, @LicenseRevoked = 0;
    SELECT @RefundedAmount = @RefundedBefore + @RefundAmount,
           @Message = IIF(@IsFull = 1, N'Reversed.', N'Refunded in part.');
    IF @IsFull = 0 AND @RefundAmount = 0
        RETURN;

    IF @IsFull = 1
    BEGIN
        EXEC dbo.sp_i_RestoreUse
             @ReversalReason = @ReversalReason, @RestoreUse = @RestoreUse, @CouponId = @CouponId,
             @CouponCode = @CouponCode, @CampaignId = @CampaignId, @UserId = @UserId,
             @CouponStripeNo = @CouponStripeNo, @CampaignStripeNo = @CampaignStripeNo,
             @DiscountAmount = @DiscountAmount, @Now = @Now, @UseRestored = @UseRestored OUTPUT;
        SET @Status = N'reversed';
    END;

    -- The condition repeats what was read: with L2 held nobody can have changed it.
    -- Only the archive may take the row before this statement does; the call may be repeated then.
    UPDATE dbo.RedemptionHistory
    SET Status = @Status, RefundedAmount = @RefundedAmount,
        ReversedAt = IIF(@IsFull = 1, @Now, NULL),
        ReversedBy = IIF(@IsFull = 1, LEFT(COALESCE(NULLIF(TRIM(@Actor), N''),
                                                    ORIGINAL_LOGIN()), 100), NULL),
        ReversalReason = IIF(@IsFull = 1, @ReversalReason, NULL),
        UseRestored = IIF(@IsFull = 1, @UseRestored, NULL)
    WHERE RedemptionId = @RedemptionId AND Status = N'success'
          AND RefundedAmount = @RefundedBefore;
    IF @@ROWCOUNT <> 1
        THROW 50201, N'INVARIANT_LEDGER: a redemption moved under the lock of its user.', 1;

    IF @IsFull = 1 AND @HasBenefit = 1
        EXEC dbo.sp_i_RevokeBenefits
             @RedemptionId = @RedemptionId, @Now = @Now, @CreditsRevoked = @CreditsRevoked OUTPUT,
             @CreditsShortfall = @CreditsShortfall OUTPUT,
             @LicenseRevoked = @LicenseRevoked OUTPUT;

    UPDATE dbo.UserProfiles
    SET LastRefundAt = @Now, RefundCount = RefundCount + 1, UpdatedAt = @Now
    WHERE UserId = @UserId;

    IF @ReversalReason = N'chargeback'
        EXEC dbo.sp_i_RaiseFraud
             @DetectionType = N'unusual_usage_patterns', @Severity = N'medium',
             @UserId = @UserId, @CouponId = @CouponId, @CouponCode = @CouponCode,
             @CampaignId = @CampaignId, @RedemptionId = @RedemptionId,
             @DetailsJson = N'{"note":"chargeback"}', @Now = @Now;

    SET @Payload = (SELECT @RedemptionId AS redemptionId, @CouponCode AS couponCode,
                           @CampaignId AS campaignId, @UserId AS userId,
                           @ReversalReason AS reason, @RefundAmount AS amount, @Status AS status,
                           @UseRestored AS useRestored
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'redemption_reversed', @EntityType = N'redemption',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
