SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a subscription the free months that its user redeemed while no subscription was
           live. From then on their ledger rows name the subscription, so that a reversal takes them
           from it and no other subscription gets them again.
Called by: sp_i_OpenSubscription, sp_SetSubscriptionStatus, once the subscription is live.
Locks:     the caller holds L2 of the user, and with it all that grants or reverses. L8: the rows of
           the ledger that wait; who else locks them wants nothing of L9 and L10. L9: Subscriptions.
           L10: CreditAllocations.
Returns:   @Months given.
Throws:    50202 a row of the ledger changed under the lock of its user.
Replay:    none; months that were given wait no more.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ApplyWaitingMonths
    @UserId nvarchar(100),
    @SubscriptionId bigint,
    @Now datetime2(3),
    @Months int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Count int;
    DECLARE @Waiting TABLE (RedemptionId bigint NOT NULL PRIMARY KEY, Months int NOT NULL);

    -- UPDLOCK: decided on what is read here, written below.
    INSERT INTO @Waiting (RedemptionId, Months)
    SELECT h.RedemptionId, h.MonthsGranted
    FROM dbo.RedemptionHistory AS h WITH (UPDLOCK, ROWLOCK)
    WHERE h.UserId = @UserId AND h.Status = N'success' AND h.MonthsGranted > 0
          AND h.SubscriptionId IS NULL;

    SELECT @Count = COUNT(*), @Months = COALESCE(SUM(w.Months), 0) FROM @Waiting AS w;
    IF @Count = 0
        RETURN;

    UPDATE h
    SET SubscriptionId = @SubscriptionId
    FROM dbo.RedemptionHistory AS h
    INNER JOIN @Waiting AS w ON w.RedemptionId = h.RedemptionId
    WHERE h.SubscriptionId IS NULL;
    IF @@ROWCOUNT <> @Count
        THROW 50202, N'INVARIANT_ROWCOUNT: months were given under the lock of their user.', 1;

    EXEC dbo.sp_i_MoveSubscriptionEnd
         @SubscriptionId = @SubscriptionId, @Months = @Months, @Now = @Now;
END;
