SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks the campaign or the coupon whose targets, rules or texts are to change: one such
           change at a time, and none while an unstriped one is being redeemed.
Called by: sp_SetTargets, sp_SetTranslation, sp_SetDiscountTiers, sp_SetValidationRule,
           sp_DeleteValidationRule
Locks:     L3 (the coupon) or L4 (the campaign)
Returns:   @CouponId of a coupon; @EntityType and @EntityId as the audit log names it; @ErrorCode
           COUPON_NOT_FOUND or CAMPAIGN_NOT_FOUND with @Message, also for what was deleted
Throws:    nothing of its own
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockOwner
    @CampaignId nvarchar(100) = NULL,
    @CouponCode nvarchar(50) = NULL,
    @CouponId bigint = NULL OUTPUT,
    @EntityType nvarchar(40) = NULL OUTPUT,
    @EntityId nvarchar(120) = NULL OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Found bigint;

    SELECT @CouponId = NULL, @EntityId = NULL, @ErrorCode = NULL;
    -- UPDLOCK: what the caller reads of it is what it changes. Codes never change, so the coupon
    -- is locked by its key.
    IF @CouponCode IS NOT NULL
    BEGIN
        SELECT @Found = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @CouponCode;
        SELECT @EntityType = N'coupon', @CouponId = c.CouponId, @EntityId = c.CouponCode
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @Found AND c.DeletedAt IS NULL;
    END
    ELSE
        SELECT @EntityType = N'campaign', @EntityId = g.CampaignId
        FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.CampaignId = @CampaignId AND g.DeletedAt IS NULL;

    IF @EntityId IS NULL AND @CouponCode IS NOT NULL
        SELECT @ErrorCode = N'COUPON_NOT_FOUND', @Message = N'Coupon code not found';
    ELSE IF @EntityId IS NULL
        SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
               @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
END;
