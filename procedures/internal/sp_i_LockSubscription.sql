SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks the user whose subscription this is and reads the subscription under that lock. Who
           it belongs to is read before, and looked at again after: an erasure may come between.
Called by: sp_i_ChangeTier, sp_SetSubscriptionStatus.
Locks:     L2: UserProfiles.
Returns:   @UserId, NULL when there is no such subscription; its columns; @Now, the clock after the
           lock.
Throws:    50102 no committable transaction.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockSubscription
    @SubscriptionId bigint,
    @UserId nvarchar(100) OUTPUT,
    @Tier nvarchar(20) = NULL OUTPUT,
    @Status nvarchar(20) = NULL OUTPUT,
    @BillingCycle nvarchar(10) = NULL OUTPUT,
    @BasePriceUsd decimal(10,2) = NULL OUTPUT,
    @MonthlyCreditAllocation int = NULL OUTPUT,
    @PeriodStart datetime2(3) = NULL OUTPUT,
    @PeriodEnd datetime2(3) = NULL OUTPUT,
    @Now datetime2(3) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Holder nvarchar(100);

    SELECT @UserId = NULL, @Now = SYSUTCDATETIME();
    SELECT @Holder = s.UserId FROM dbo.Subscriptions AS s WHERE s.SubscriptionId = @SubscriptionId;
    IF @Holder IS NULL
        RETURN;

    EXEC dbo.sp_i_LockUser @UserId = @Holder, @Now = @Now OUTPUT;
    SELECT @UserId = s.UserId, @Tier = s.Tier, @Status = s.Status,
           @BillingCycle = s.BillingCycle, @BasePriceUsd = s.BasePriceUsd,
           @MonthlyCreditAllocation = s.MonthlyCreditAllocation,
           @PeriodStart = s.CurrentPeriodStart, @PeriodEnd = s.CurrentPeriodEnd
    FROM dbo.Subscriptions AS s
    WHERE s.SubscriptionId = @SubscriptionId AND s.UserId = @Holder;
END;
