SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   L3, L4: locks the coupon of a code, then its home campaign, for an attempt.
           A striped coupon or campaign is left unlocked: its stripes decide by conditional
           updates, and a lock on the one row would queue what the stripes spread.
           L5 and L6 (UserRedemptions, CouponUserUsage) need no lock of their own: every writer of
           a user's rows there holds that user at L2.
Called by: sp_i_Evaluate.
Locks:     L3: Coupons. L4: Campaigns.
Returns:   nothing; whoever reads the rows after this reads what stays.
Throws:    nothing.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockCoupon
    @CouponCode nvarchar(50)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponId bigint, @CampaignId nvarchar(100), @CouponStripes int, @CampaignStripes int;

    -- A look without lock: which rows are to be locked. A stripe count that changes meanwhile does
    -- no harm: the claim reads it again and is conditional in either layout.
    SELECT @CouponId = c.CouponId, @CouponStripes = c.StripeCount,
           @CampaignId = g.CampaignId, @CampaignStripes = g.StripeCount
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    WHERE c.CouponCode = @CouponCode;

    -- UPDLOCK: the row is read now and written later in this transaction; a shared lock would let
    -- two attempts read the same counter and then wait for each other.
    IF @CouponStripes = 1
        SELECT @CouponId = c.CouponId
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @CouponId;

    IF @CampaignStripes = 1
        SELECT @CampaignId = g.CampaignId
        FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.CampaignId = @CampaignId;
END;
