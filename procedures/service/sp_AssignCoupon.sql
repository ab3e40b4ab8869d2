SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Binds a code to one user; S09 then refuses it to everybody else.
Called by: coupon_service, coupon_ops
Locks:     L3: Coupons. L11: AuditLog, OutboxEvents.
Returns:   SR. COUPON_NOT_FOUND; ALREADY_ASSIGNED to another user and @Reassign is 0;
           ALREADY_REDEEMED; COUPON_RESERVED by an open checkout.
Throws:    50001 code or user missing; 50008 @UserId, @Actor or @CorrelationId too long;
           50102 called in a doomed transaction.
Replay:    the present assignment again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_AssignCoupon
    @CouponCode nvarchar(200),
    @UserId nvarchar(200),
    @Reassign bit = 0,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    SET @UserId = NULLIF(TRIM(@UserId), N'');
    IF @UserId IS NULL
        THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;

    EXEC dbo.sp_i_SetAssignment
         @CouponCode = @CouponCode, @AssignedTo = @UserId, @Reassign = @Reassign,
         @Action = N'coupon.assign', @Actor = @Actor, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId;
END;
