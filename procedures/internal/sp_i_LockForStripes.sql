/*
Purpose:   Locks the rows of a campaign and of its coupons whose number of stripes is to change,
           before any of their stripes. Attempts take rows before stripes, too: one that holds the
           row of an unstriped campaign may be on its way to a stripe of its coupon.
Called by: sp_SetCampaignStripes.
Locks:     L3: Coupons, ascending. L4: Campaigns.
Returns:   @Before, the campaign's number of stripes.
Throws:    nothing.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockForStripes
    @CampaignId nvarchar(100),
    @StripeCount int,
    @CouponStripes bit,
    @Before tinyint OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponId bigint = 0, @Next bigint;

    WHILE @CouponId IS NOT NULL AND @CouponStripes = 1
    BEGIN
        SELECT @Next = MIN(k.CouponId)
        FROM dbo.Coupons AS k
        WHERE k.CampaignId = @CampaignId AND k.CouponId > @CouponId
          AND k.StripeCount <> @StripeCount
          AND (@StripeCount = 1 OR k.MaxUses IS NULL OR k.MaxUses > 100);
        SET @CouponId = @Next;
        -- UPDLOCK: read by the caller, and then written.
        SELECT @Next = k.CouponId
        FROM dbo.Coupons AS k WITH (UPDLOCK, ROWLOCK)
        WHERE k.CouponId = @CouponId;
    END;
    -- UPDLOCK: what is read here is what the caller changes.
    SELECT @Before = c.StripeCount
    FROM dbo.Campaigns AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;
END;
