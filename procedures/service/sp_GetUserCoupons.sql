SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The codes that are assigned to one user: what they are worth, until when, how often the
           user may still use them. @OnlyUsable leaves out what the user cannot use now.
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   rows, the first to expire first: code, campaign, effective discount, state,
           RemainingUses (NULL unlimited), RemainingUsesForUser, ExpiresAt (the earlier end of
           coupon and campaign)
Throws:    50001, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetUserCoupons
    @UserId nvarchar(200),
    @OnlyUsable bit = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Now datetime2(3) = SYSUTCDATETIME();

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @OnlyUsable = COALESCE(@OnlyUsable, 1);

    IF @UserId IS NULL
        THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;

    SELECT c.CouponId, c.CouponCode, c.CampaignId, g.Name AS CampaignName, c.InternalName,
           c.Description, c.CouponType, e.DiscountType, e.DiscountValue, e.MaxDiscountAmount,
           c.MinimumOrderAmount, g.CurrencyCode, c.ApplicableTo, s.LifecycleState,
           s.DisplayStatus, c.MaxUses, k.UsedCount, k.RemainingUses, r.RemainingUsesForUser,
           c.ValidFrom, x.ExpiresAt, c.LastUsedAt
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    LEFT OUTER JOIN dbo.CouponUserUsage AS u ON u.CouponId = c.CouponId AND u.UserId = @UserId
    CROSS APPLY dbo.fn_CouponState(c.CouponId, @Now) AS s
    CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS k
    CROSS APPLY dbo.fn_EffectiveDiscount(c.CouponId, NULL) AS e
    CROSS APPLY (SELECT c.MaxUsesPerUser - COALESCE(u.UsedCount + u.ReservedCount, 0)
                            AS RemainingUsesForUser) AS r
    CROSS APPLY (SELECT IIF(c.ExpiresAt IS NULL OR g.EndDate < c.ExpiresAt, g.EndDate, c.ExpiresAt)
                            AS ExpiresAt) AS x
    WHERE c.AssignedTo = @UserId AND c.DeletedAt IS NULL
          AND (@OnlyUsable = 0
               OR (s.DisplayStatus IN (N'active', N'flagged') AND r.RemainingUsesForUser > 0))
    ORDER BY IIF(x.ExpiresAt IS NULL, 1, 0), x.ExpiresAt, c.CouponCode;
END;
