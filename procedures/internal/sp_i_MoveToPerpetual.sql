SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes the subscription of a user one of tier perpetual and status active: the given one
           in its place, or a new one. It has no end of its own; a hundred years stand for that.
Called by: sp_i_ApplyBenefits, for a migration coupon.
Locks:     the caller holds L2 of the user. L9: Subscriptions.
Returns:   @SubscriptionId.
Throws:    50202 the subscription is not there; 50203 the tier perpetual is not set up.
Replay:    none; the caller knows the call.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_MoveToPerpetual
    @UserId nvarchar(100),
    @RedemptionId bigint,
    @Now datetime2(3),
    @SubscriptionId bigint OUTPUT      -- given: moved; NULL: created
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Price decimal(10,2), @Credits int;

    SELECT @Price = t.MonthlyPrice, @Credits = t.MonthlyCredits
    FROM dbo.SubscriptionTierConfigs AS t
    WHERE t.Tier = N'perpetual';
    IF @Price IS NULL
        THROW 50203, N'BENEFIT_FAILED: the tier perpetual is not set up.', 1;

    IF @SubscriptionId IS NULL
    BEGIN
        INSERT INTO dbo.Subscriptions
            (UserId, Tier, Status, BasePriceUsd, MonthlyCreditAllocation, CurrentPeriodStart,
             CurrentPeriodEnd, CouponRedemptionId, CreatedAt, UpdatedAt)
        VALUES
            (@UserId, N'perpetual', N'active', @Price, @Credits, @Now,
             DATEADD(YEAR, 100, @Now), @RedemptionId, @Now, @Now);
        SET @SubscriptionId = SCOPE_IDENTITY();
        RETURN;
    END;

    UPDATE dbo.Subscriptions
    SET Tier = N'perpetual', Status = N'active', BasePriceUsd = @Price,
        MonthlyCreditAllocation = @Credits, CurrentPeriodStart = @Now,
        CurrentPeriodEnd = DATEADD(YEAR, 100, @Now), TrialEndsAt = NULL, CancelledAt = NULL,
        CouponRedemptionId = @RedemptionId, UpdatedAt = @Now
    WHERE SubscriptionId = @SubscriptionId AND UserId = @UserId;
    IF @@ROWCOUNT <> 1
        THROW 50202, N'INVARIANT_ROWCOUNT: the subscription to move is not there.', 1;
END;
