SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks what an existing reservation concerns, in the one order: its user, its coupon, its
           campaign. Nobody changes the Status of a reservation without its user's lock, so what is
           read after this stays.
Called by: sp_i_ReleaseCore, sp_i_ExpireCore, sp_i_ConfirmCore.
Locks:     L2: UserProfiles. L3: Coupons, L4: Campaigns, unless striped (sp_i_LockCoupon).
Returns:   @Now, read after the last lock; @UserId, NULL when there is no such reservation (then
           nothing is locked).
Throws:    50102 no committable transaction.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockReservation
    @ReservationId bigint,
    @Now datetime2(3) OUTPUT,
    @UserId nvarchar(100) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Code nvarchar(50);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: a reservation is changed in a transaction only.', 1;

    -- A look without lock: user and coupon of a reservation never change.
    SELECT @UserId = NULL, @Now = COALESCE(@Now, SYSUTCDATETIME());
    SELECT @UserId = r.UserId, @Code = c.CouponCode
    FROM dbo.Reservations AS r
    INNER JOIN dbo.Coupons AS c ON c.CouponId = r.CouponId
    WHERE r.ReservationId = @ReservationId;
    IF @UserId IS NULL
        RETURN;

    EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
    EXEC dbo.sp_i_LockCoupon @CouponCode = @Code;
    SET @Now = SYSUTCDATETIME();
END;
