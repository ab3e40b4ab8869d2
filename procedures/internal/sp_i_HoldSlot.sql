SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes a slot for a new checkout, unless the user has as many open as allowed, or asks for
           a licence that he has.
Called by: sp_i_ReserveCore.
Locks:     the caller holds L2, and L3, L4 of rows that are not striped. L3 to L6 and L11 as
           sp_i_ClaimSlot.
Returns:   the stripes that hold the slot, or @ErrorCode and @Detail of the refusal.
Throws:    50100 a settings row is absent; 50200 as sp_i_ClaimSlot.
Replay:    none; one call, one slot.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_HoldSlot
    @CouponId bigint, @CampaignId nvarchar(100), @CouponType nvarchar(30),
    @UserId nvarchar(100), @DiscountAmount decimal(10,2), @Now datetime2(3),
    @CouponStripeNo tinyint OUTPUT, @CampaignStripeNo tinyint OUTPUT,  -- in: to be tried first
    @ErrorCode nvarchar(50) OUTPUT, @Detail nvarchar(200) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Open int, @MaxOpen int;

    SELECT @MaxOpen = s.IntValue FROM dbo.fn_Setting(N'reservation_max_active_per_user') AS s;
    IF @MaxOpen IS NULL
        THROW 50100, N'SETTING_MISSING: reservation_max_active_per_user is absent.', 1;

    -- What is overdue waits for the sweep only.
    SELECT @Open = COUNT(*)
    FROM dbo.Reservations AS r
    WHERE r.UserId = @UserId AND r.Status = N'Reserved' AND r.ExpiresAt >= @Now;
    IF @Open >= @MaxOpen
        SELECT @ErrorCode = N'RESERVATION_LIMIT_REACHED', @Detail = @MaxOpen;
    ELSE IF @CouponType = N'byok_migration'
       AND EXISTS (SELECT 1 FROM dbo.PerpetualLicenses AS l
                   WHERE l.UserId = @UserId AND l.Status = N'active')
        SET @ErrorCode = N'ALREADY_LICENSED';
    ELSE
        EXEC dbo.sp_i_ClaimSlot
             @CouponId = @CouponId, @CampaignId = @CampaignId, @UserId = @UserId,
             @DiscountAmount = @DiscountAmount, @AsReserved = 1, @Now = @Now,
             @CouponStripeNo = @CouponStripeNo OUTPUT,
             @CampaignStripeNo = @CampaignStripeNo OUTPUT,
             @ErrorCode = @ErrorCode OUTPUT, @Detail = @Detail OUTPUT;
END;
