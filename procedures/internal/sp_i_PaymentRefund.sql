SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   A refund or a dispute. Measured against the payment, which may hold tax besides: a refund
           of all that was paid reverses the uses in full, a part of it refunds the same share of
           each. Without a payment, and without a use, it waits for its success. A payment that was
           refused (too late), or a use that is reversed already, moves the transaction only.
Called by: sp_ProcessPaymentEvent, sp_i_PaymentDeferred.
Locks:     the caller holds L2 of the user. Of several codes: L3: Coupons, ascending; L4: Campaigns,
           ascending. L3 to L11 as sp_i_ReverseCore. L11: PaymentTransactions.
Returns:   OUTPUT parameters only: @IsDeferred, @RedemptionId, or REFUND_EXCEEDS_PAYMENT and the
           refusals of sp_i_ReverseCore.
Throws:    nothing of its own.
Replay:    none here; the caller holds the event.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentRefund
    @IsDispute bit, @ReservationId bigint, @OrderId nvarchar(100), @Holder nvarchar(100),
    @PaymentIntentId nvarchar(100), @Amount decimal(10,2), @Now datetime2(3),
    @IsDeferred bit OUTPUT, @RedemptionId bigint OUTPUT, @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Use TABLE (RedemptionId bigint NOT NULL PRIMARY KEY, CouponId bigint NOT NULL,
                        CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
                        FinalAmount decimal(10,2) NOT NULL, Refunded decimal(10,2) NOT NULL);
    DECLARE @TransactionId bigint, @Paid decimal(10,2), @Before decimal(10,2), @Sum decimal(10,2),
            @One bigint, @Part decimal(10,2), @Number bigint, @Name nvarchar(100),
            @Reason nvarchar(20) = IIF(@IsDispute = 1, N'chargeback', N'refund'),
            @Status nvarchar(10), @Refunded decimal(10,2), @Restored bit, @Credits int,
            @Shortfall int, @License bit;

    SELECT @IsDeferred = 0, @RedemptionId = NULL, @ErrorCode = NULL, @Message = NULL;
    SELECT TOP (1) @TransactionId = t.TransactionId, @Paid = t.Amount,
                   @Before = t.RefundedAmount, @RedemptionId = t.RedemptionId
    FROM dbo.PaymentTransactions AS t
    WHERE t.UserId = @Holder AND t.Status NOT IN (N'pending', N'failed')
          AND (t.StripePaymentIntentId = @PaymentIntentId
               OR (@PaymentIntentId IS NULL
                   AND (t.ReservationId = @ReservationId OR t.OrderId = @OrderId)))
    ORDER BY IIF(t.RedemptionId IS NULL, 1, 0), t.TransactionId DESC;

    -- A second payment of an order, which confirmed nothing, has no use to reverse.
    IF @TransactionId IS NULL OR @RedemptionId IS NOT NULL
        INSERT INTO @Use (RedemptionId, CouponId, CampaignId, FinalAmount, Refunded)
        SELECT h.RedemptionId, h.CouponId, h.CampaignId, COALESCE(h.FinalAmount, 0),
               h.RefundedAmount
        FROM dbo.RedemptionHistory AS h
        WHERE h.UserId = @Holder AND h.Status = N'success'
              AND (h.RedemptionId = @RedemptionId OR h.ReservationId = @ReservationId
                   OR (@ReservationId IS NULL AND h.OrderId = @OrderId));
    IF @TransactionId IS NULL AND NOT EXISTS (SELECT 1 FROM @Use)
    BEGIN
        SET @IsDeferred = 1;
        RETURN;
    END;

    SELECT @Paid = COALESCE(@Paid, (SELECT MIN(u.FinalAmount) FROM @Use AS u)),
           @Before = COALESCE(@Before, (SELECT MAX(u.Refunded) FROM @Use AS u)),
           @RedemptionId = COALESCE(@RedemptionId, (SELECT MIN(u.RedemptionId) FROM @Use AS u));
    SET @Sum = IIF(@IsDispute = 1 OR @Amount IS NULL, @Paid, @Before + @Amount);
    IF @Sum > @Paid
    BEGIN
        SELECT @ErrorCode = N'REFUND_EXCEEDS_PAYMENT',
               @Message = CONCAT(N'Refunds of ', @Sum, N' exceed the payment of ', @Paid, N'.');
        RETURN;
    END;

    IF (SELECT COUNT(*) FROM @Use) > 1
    BEGIN
        -- One row at a time: no statement promises the order of its locks. UPDLOCK: the row is
        -- read now and written later in this transaction.
        SELECT @Number = MIN(u.CouponId) FROM @Use AS u;
        WHILE @Number IS NOT NULL
        BEGIN
            SELECT @One = c.CouponId
            FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
            WHERE c.CouponId = @Number AND c.StripeCount = 1;
            SELECT @Number = MIN(u.CouponId) FROM @Use AS u WHERE u.CouponId > @Number;
        END;
        SELECT @Name = MIN(u.CampaignId) FROM @Use AS u;
        WHILE @Name IS NOT NULL
        BEGIN
            SELECT @One = g.StripeCount
            FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
            WHERE g.CampaignId = @Name AND g.StripeCount = 1;
            SELECT @Name = MIN(u.CampaignId) FROM @Use AS u WHERE u.CampaignId > @Name;
        END;
    END;

    SELECT @One = MIN(u.RedemptionId) FROM @Use AS u;
    WHILE @One IS NOT NULL AND @ErrorCode IS NULL
    BEGIN
        -- NULL is all that is left. A part stays a part, however it is rounded.
        SELECT @Part = CASE WHEN @Sum = @Paid THEN NULL
                            WHEN s.Share >= u.FinalAmount THEN u.FinalAmount - 0.01 - u.Refunded
                            WHEN s.Share > u.Refunded THEN s.Share - u.Refunded ELSE 0 END
        FROM @Use AS u
        CROSS APPLY (SELECT CAST(ROUND(u.FinalAmount * @Sum / NULLIF(@Paid, 0), 2)
                                 AS decimal(10,2)) AS Share) AS s
        WHERE u.RedemptionId = @One;
        SET @Part = IIF(@Part < 0, 0, @Part);
        EXEC dbo.sp_i_ReverseCore
             @RedemptionId = @One, @ReversalReason = @Reason, @RefundAmount = @Part,
             @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
             @Status = @Status OUTPUT, @RefundedAmount = @Refunded OUTPUT,
             @UseRestored = @Restored OUTPUT, @CreditsRevoked = @Credits OUTPUT,
             @CreditsShortfall = @Shortfall OUTPUT, @LicenseRevoked = @License OUTPUT;
        SELECT @One = MIN(u.RedemptionId) FROM @Use AS u WHERE u.RedemptionId > @One;
    END;

    IF @ErrorCode IS NULL
        UPDATE dbo.PaymentTransactions
        SET RefundedAmount = @Sum, UpdatedAt = @Now,
            Status = CASE WHEN @IsDispute = 1 OR Status = N'disputed' THEN N'disputed'
                          WHEN @Sum = @Paid THEN N'refunded'
                          WHEN @Sum > 0 THEN N'partially_refunded' ELSE Status END
        WHERE TransactionId = @TransactionId;
END;
