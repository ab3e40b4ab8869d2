SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves the end of a subscription's period, and with it the end of its last allocation of
           credits, by months: forward for free months, back when they are taken away. Months are
           of unequal length: going back looks for the day from which going forward came here, so
           that 31 January + 1 - 1 is 31 January again. Months that would leave nothing of the
           period were used up in an earlier one, before the subscription began anew, and stay.
Called by: sp_i_ApplyBenefits, sp_i_ApplyWaitingMonths, sp_i_RevokeBenefits.
Locks:     the caller holds L2 of the user. L9: Subscriptions. L10: CreditAllocations.
Returns:   nothing.
Throws:    50202 the subscription is not there.
Replay:    none; the caller knows the call.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_MoveSubscriptionEnd
    @SubscriptionId bigint,
    @Months int,
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @PeriodStart datetime2(3), @PeriodEnd datetime2(3), @AllocationId bigint,
            @AllocationEnd datetime2(3), @Candidate datetime2(3), @NewEnd datetime2(3);

    SELECT @PeriodStart = s.CurrentPeriodStart, @PeriodEnd = s.CurrentPeriodEnd
    FROM dbo.Subscriptions AS s
    WHERE s.SubscriptionId = @SubscriptionId;
    SELECT TOP (1) @AllocationId = a.AllocationId, @AllocationEnd = a.AllocationPeriodEnd
    FROM dbo.CreditAllocations AS a
    WHERE a.SubscriptionId = @SubscriptionId AND a.AllocationPeriodEnd IS NOT NULL
    ORDER BY a.AllocationPeriodEnd DESC, a.AllocationId DESC;

    SELECT @NewEnd = DATEADD(MONTH, @Months, @PeriodEnd),
           @Candidate = DATEADD(MONTH, DATEDIFF(MONTH, @PeriodStart, @PeriodEnd) + @Months,
                                @PeriodStart);
    IF @Months < 0 AND DATEADD(MONTH, -@Months, @Candidate) = @PeriodEnd
        SET @NewEnd = @Candidate;
    IF @NewEnd <= @PeriodStart
        RETURN;

    UPDATE dbo.Subscriptions
    SET CurrentPeriodEnd = @NewEnd, UpdatedAt = @Now
    WHERE SubscriptionId = @SubscriptionId AND CurrentPeriodEnd = @PeriodEnd;
    IF @@ROWCOUNT <> 1
        THROW 50202, N'INVARIANT_ROWCOUNT: the subscription moved under the lock of its user.', 1;

    UPDATE dbo.CreditAllocations
    SET AllocationPeriodEnd = IIF(@AllocationEnd = @PeriodEnd, @NewEnd,
                                  DATEADD(MONTH, @Months, @AllocationEnd))
    WHERE AllocationId = @AllocationId;
END;
