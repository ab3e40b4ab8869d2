SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Tells the outside world that the last use of a shared code, or of a campaign, was taken.
Called by: sp_i_ClaimSlot, sp_i_ShiftSlot, sp_i_RefreshCoupon for a coupon; sp_i_ClaimCampaign,
           sp_i_ShiftCampaign, sp_i_RefreshCampaign for a campaign, each when the counter comes to
           the limit.
Locks:     L11: OutboxEvents.
Returns:   nothing.
Throws:    nothing of its own.
Replay:    none; Coupons.LimitEventAt keeps the event of a coupon single, that of a campaign comes
           again when uses were given back and taken anew.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AnnounceLimit
    @CouponId bigint = NULL,
    @Now datetime2(3),
    @CampaignId nvarchar(100) = NULL     -- instead of @CouponId
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @EntityType nvarchar(40) = IIF(@CampaignId IS NULL, N'coupon', N'campaign'),
            @EntityId nvarchar(120), @Payload nvarchar(max);

    IF @CampaignId IS NULL
        SELECT @EntityId = c.CouponCode,
               @Payload = (SELECT c.CouponCode AS couponCode, c.MaxUses AS limit
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
        FROM dbo.Coupons AS c
        WHERE c.CouponId = @CouponId;
    ELSE
        SELECT @EntityId = g.CampaignId,
               @Payload = (SELECT g.CampaignId AS campaignId, g.MaxTotalRedemptions AS limit
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
        FROM dbo.Campaigns AS g
        WHERE g.CampaignId = @CampaignId;

    EXEC dbo.sp_i_Enqueue @EventType = N'limit_reached', @EntityType = @EntityType,
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
