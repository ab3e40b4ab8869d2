SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks all counter stripes of a coupon, one by one in ascending order. As
           sp_i_LockCampaignStripes.
Called by: sp_i_GatherCoupon, sp_i_StripeCoupon, sp_i_StopCouponStripes, sp_i_PlanImport,
           sp_BulkUpdateCoupons.
Locks:     L3: CouponCounterStripes, ascending.
Returns:   nothing; what is read after this stays.
Throws:    nothing.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockCouponStripes
    @CouponId bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Locked int = -1, @Next int;

    WHILE @Locked IS NOT NULL
    BEGIN
        SET @Next = NULL;
        -- UPDLOCK: claims on the stripe wait, and it is written later in this transaction.
        SELECT TOP (1) @Next = s.StripeNo
        FROM dbo.CouponCounterStripes AS s WITH (UPDLOCK, ROWLOCK)
        WHERE s.CouponId = @CouponId AND s.StripeNo > @Locked
        ORDER BY s.StripeNo;
        SET @Locked = @Next;
    END;
END;
