SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Counts a use, or a held slot, for a user: per campaign, then per coupon.
Called by: sp_i_ClaimSlot, which has read the rows and compared them with the limits.
Locks:     the caller holds L2. L5: UserRedemptions. L6: CouponUserUsage.
Returns:   nothing.
Throws:    50200 a counter ran past its limit although the user is locked.
Replay:    none.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ClaimUser
    @CouponId bigint, @CampaignId nvarchar(100), @UserId nvarchar(100), @Use int, @Hold int,
    @Spent decimal(10,2),
    @UserRow bigint, @PerUser int,            -- NULL: no row yet; NULL: no limit
    @UsageUses int, @MaxUsesPerUser int,      -- NULL: no row yet
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @UsedAt datetime2(3) = IIF(@Use = 1, @Now, NULL);

    -- Plain inserts: nobody else writes rows of a user whose L2 is held.
    IF @UserRow IS NULL
        INSERT INTO dbo.UserRedemptions
            (UserId, CampaignId, RedemptionCount, ReservedCount, TotalDiscount, FirstRedeemedAt,
             LastRedeemedAt)
        VALUES (@UserId, @CampaignId, @Use, @Hold, @Spent, @UsedAt, @UsedAt);
    ELSE
        UPDATE dbo.UserRedemptions
        SET RedemptionCount = RedemptionCount + @Use, ReservedCount = ReservedCount + @Hold,
            TotalDiscount = TotalDiscount + @Spent,
            FirstRedeemedAt = COALESCE(FirstRedeemedAt, @UsedAt),
            LastRedeemedAt = COALESCE(@UsedAt, LastRedeemedAt)
        WHERE UserRedemptionId = @UserRow
          AND (@PerUser IS NULL OR RedemptionCount + ReservedCount < @PerUser);
    IF @@ROWCOUNT <> 1
        THROW 50200, N'INVARIANT_COUNTER: UserRedemptions moved under the lock of its user.', 1;

    IF @UsageUses IS NULL
        INSERT INTO dbo.CouponUserUsage (CouponId, UserId, UsedCount, ReservedCount, LastUsedAt)
        VALUES (@CouponId, @UserId, @Use, @Hold, @UsedAt);
    ELSE
        UPDATE dbo.CouponUserUsage
        SET UsedCount = UsedCount + @Use, ReservedCount = ReservedCount + @Hold,
            LastUsedAt = COALESCE(@UsedAt, LastUsedAt)
        WHERE CouponId = @CouponId AND UserId = @UserId
          AND UsedCount + ReservedCount < @MaxUsesPerUser;
    IF @@ROWCOUNT <> 1
        THROW 50200, N'INVARIANT_COUNTER: CouponUserUsage moved under the lock of its user.', 1;
END;
