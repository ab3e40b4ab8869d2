SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Frees a code from its user.
Called by: coupon_service, coupon_ops
Locks:     L3: Coupons. L11: AuditLog, OutboxEvents.
Returns:   SR. COUPON_NOT_FOUND; ALREADY_REDEEMED; COUPON_RESERVED by an open checkout.
Throws:    50001 code missing; 50008 @Actor or @CorrelationId too long; 50102 called in a doomed
           transaction.
Replay:    a code without user succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_UnassignCoupon
    @CouponCode nvarchar(200),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    EXEC dbo.sp_i_SetAssignment
         @CouponCode = @CouponCode, @AssignedTo = NULL, @Reassign = 1,
         @Action = N'coupon.unassign', @Actor = @Actor, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId;
END;
