SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings an invoice to the state that the payment provider reports. Paid: what was past due
           is active again. Not paid: the invoice is open, its active subscription past due, and the
           attempt is counted. An invoice that was paid stays so.
Called by: sp_i_PaymentSucceed, sp_ProcessPaymentEvent.
Locks:     the caller holds L2 of the user, and with it the user's rows. L9: Subscriptions. L11:
           BillingInvoices, DunningAttempts.
Returns:   @InvoiceKey, NULL without an invoice; @IsLate 1: a failure of an invoice that is settled.
Throws:    nothing of its own.
Replay:    a paid invoice is written once; each failed attempt is one event.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_PaymentInvoice
    @IsPaid bit, @InvoiceId nvarchar(100), @Holder nvarchar(100), @SubscriptionId bigint,
    @RedemptionId bigint, @Amount decimal(10,2), @CurrencyCode nchar(3),
    @OccurredAt datetime2(3), @FailureReason nvarchar(500), @Now datetime2(3),
    @InvoiceKey bigint OUTPUT, @IsLate bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Status nvarchar(15), @Discount decimal(10,2);

    SELECT @InvoiceKey = NULL, @IsLate = 0;
    SELECT @InvoiceKey = b.InvoiceId, @Status = b.Status,
           @SubscriptionId = COALESCE(@SubscriptionId, b.SubscriptionId)
    FROM dbo.BillingInvoices AS b
    WHERE b.StripeInvoiceId = @InvoiceId AND b.UserId = @Holder;
    SELECT @Discount = h.DiscountAmount
    FROM dbo.RedemptionHistory AS h
    WHERE h.RedemptionId = @RedemptionId;
    IF @IsPaid = 0 AND @Status IN (N'paid', N'void', N'uncollectible')
    BEGIN
        SET @IsLate = 1;
        RETURN;
    END;

    UPDATE dbo.Subscriptions
    SET Status = IIF(@IsPaid = 1, N'active', N'past_due'), UpdatedAt = @Now
    WHERE SubscriptionId = @SubscriptionId AND UserId = @Holder
          AND Status = IIF(@IsPaid = 1, N'past_due', N'active');

    IF @InvoiceId IS NULL
        RETURN;
    IF @InvoiceKey IS NULL
    BEGIN
        INSERT INTO dbo.BillingInvoices
            (UserId, SubscriptionId, StripeInvoiceId, AmountDue, AmountPaid, DiscountAmount,
             CurrencyCode, Status, PeriodStart, PeriodEnd, RedemptionId, CreatedAt, UpdatedAt)
        SELECT @Holder, @SubscriptionId, @InvoiceId, COALESCE(@Amount, 0),
               IIF(@IsPaid = 1, COALESCE(@Amount, 0), 0), COALESCE(@Discount, 0),
               COALESCE(@CurrencyCode, N'USD'), IIF(@IsPaid = 1, N'paid', N'open'),
               s.CurrentPeriodStart, s.CurrentPeriodEnd, @RedemptionId, @Now, @Now
        FROM (VALUES (@SubscriptionId)) AS v (SubscriptionId)
        LEFT OUTER JOIN dbo.Subscriptions AS s ON s.SubscriptionId = v.SubscriptionId;
        SET @InvoiceKey = SCOPE_IDENTITY();
    END
    ELSE
        UPDATE dbo.BillingInvoices
        SET Status = IIF(@IsPaid = 1, N'paid', N'open'),
            AmountPaid = IIF(@IsPaid = 1 AND Status <> N'paid', COALESCE(@Amount, AmountDue),
                             AmountPaid),
            RedemptionId = COALESCE(RedemptionId, @RedemptionId),
            DiscountAmount = IIF(RedemptionId IS NULL, COALESCE(@Discount, DiscountAmount),
                                 DiscountAmount),
            UpdatedAt = @Now
        WHERE InvoiceId = @InvoiceKey;

    IF @IsPaid = 0
        INSERT INTO dbo.DunningAttempts
            (InvoiceId, AttemptNo, Result, ScheduledAt, AttemptedAt, FailureReason)
        SELECT @InvoiceKey, COALESCE(MAX(d.AttemptNo), 0) + 1, N'failed', @Now,
               COALESCE(@OccurredAt, @Now), @FailureReason
        FROM dbo.DunningAttempts AS d
        WHERE d.InvoiceId = @InvoiceKey;
END;
