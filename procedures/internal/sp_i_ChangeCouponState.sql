SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Body of what happens to a coupon's state: activate, deactivate, delete (softly), restore,
           extend_expiry (to @NewExpiresAt, or by @ExtendDays); with audit row and event. A striped
           coupon is not locked by its redemptions, therefore all its stripes are written before
           the row when it is to stop: no success commits after that.
Called by: sp_SetCouponStatus, sp_DeleteCoupon, sp_RestoreCoupon, sp_BulkUpdateCoupons, inside their
           transaction
Locks:     L3 (the coupon, then its stripes), L7, L11 inserts
Returns:   @Changed; @ErrorCode COUPON_NOT_FOUND, or ARG_BAD_DATES for an end that is not after the
           start or before the present end
Throws:    nothing of its own
Replay:    the present state again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ChangeCouponState
    @CouponId bigint,
    @Action nvarchar(20),
    @NewExpiresAt datetime2(3) = NULL,
    @ExtendDays int = NULL,
    @ReleaseReservations bit = 0,
    @Actor nvarchar(200),
    @IpAddress nvarchar(45),
    @UserAgent nvarchar(500),
    @Reason nvarchar(500),
    @CorrelationId nvarchar(200),
    @Changed bit OUTPUT,
    @ErrorCode nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Now datetime2(3), @Code nvarchar(50), @IsActive bit, @Stripes tinyint,
            @ValidFrom datetime2(3), @ExpiresAt datetime2(3), @DeletedAt datetime2(3),
            @Ended int = 0, @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    -- UPDLOCK: what is read here is what the UPDATE below changes.
    SELECT @Code = c.CouponCode, @IsActive = c.IsActive, @Stripes = c.StripeCount,
           @ValidFrom = c.ValidFrom, @ExpiresAt = c.ExpiresAt, @DeletedAt = c.DeletedAt
    FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
    WHERE c.CouponId = @CouponId;

    -- Not past the last day that there is.
    SET @NewExpiresAt = COALESCE(@NewExpiresAt, DATEADD(
        DAY, IIF(@ExtendDays > DATEDIFF(DAY, @ExpiresAt, '99991231'),
                 DATEDIFF(DAY, @ExpiresAt, '99991231'), @ExtendDays), @ExpiresAt));
    SELECT @ErrorCode = CASE
               WHEN @Code IS NULL THEN N'COUPON_NOT_FOUND'
               WHEN @DeletedAt IS NOT NULL AND @Action NOT IN (N'delete', N'restore')
                   THEN N'COUPON_NOT_FOUND'
               WHEN @Action = N'extend_expiry'
                    AND (@NewExpiresAt <= @ValidFrom OR @NewExpiresAt < @ExpiresAt)
                   THEN N'ARG_BAD_DATES' END,
           @Changed = CASE @Action
               WHEN N'activate' THEN IIF(@IsActive = 0, 1, 0)
               WHEN N'deactivate' THEN IIF(@IsActive = 1, 1, 0)
               WHEN N'delete' THEN IIF(@DeletedAt IS NULL, 1, 0)
               WHEN N'restore' THEN IIF(@DeletedAt IS NULL, 0, 1)
               -- A coupon without an end of its own has none to extend by days.
               ELSE IIF(@NewExpiresAt IS NULL OR @NewExpiresAt = @ExpiresAt, 0, 1) END;
    IF @ErrorCode IS NOT NULL
    BEGIN
        SET @Changed = 0;
        RETURN;
    END;

    SELECT @BeforeJson = (SELECT c.IsActive AS isActive, c.ExpiresAt AS expiresAt,
                                 c.DeletedAt AS deletedAt
                          FROM dbo.Coupons AS c
                          WHERE c.CouponId = @CouponId
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);

    IF @Changed = 1 AND @Action IN (N'deactivate', N'delete') AND @Stripes > 1
        EXEC dbo.sp_i_StopCouponStripes @CouponId = @CouponId;

    SET @Now = SYSUTCDATETIME();
    IF @Changed = 1
        UPDATE dbo.Coupons
        SET IsActive = CASE @Action WHEN N'activate' THEN 1
                                    WHEN N'deactivate' THEN 0
                                    WHEN N'delete' THEN 0
                                    ELSE IsActive END,
            DeletedAt = CASE @Action WHEN N'delete' THEN @Now
                                     WHEN N'restore' THEN NULL
                                     ELSE DeletedAt END,
            DeletedBy = CASE @Action WHEN N'delete' THEN @Actor
                                     WHEN N'restore' THEN NULL
                                     ELSE DeletedBy END,
            ExpiresAt = IIF(@Action = N'extend_expiry', @NewExpiresAt, ExpiresAt),
            -- A later end is announced anew.
            ExpiryNotifiedAt = IIF(@Action = N'extend_expiry', NULL, ExpiryNotifiedAt),
            ExpiredEventAt = IIF(@Action = N'extend_expiry', NULL, ExpiredEventAt),
            UpdatedAt = @Now, UpdatedBy = @Actor
        WHERE CouponId = @CouponId;

    IF @ReleaseReservations = 1
        EXEC dbo.sp_i_EndHolds @CouponId = @CouponId, @Now = @Now, @Ended = @Ended OUTPUT;

    IF @Changed = 0 AND @Ended = 0 RETURN;

    SELECT @AfterJson = (SELECT c.IsActive AS isActive, c.ExpiresAt AS expiresAt,
                                c.DeletedAt AS deletedAt, @Ended AS releasedReservations
                         FROM dbo.Coupons AS c
                         WHERE c.CouponId = @CouponId
                         FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
    EXEC dbo.sp_i_RecordChange
        @EntityType = N'coupon', @EntityId = @Code, @CouponId = @CouponId, @Verb = @Action,
        @BeforeJson = @BeforeJson, @AfterJson = @AfterJson, @Actor = @Actor,
        @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
        @CorrelationId = @CorrelationId, @Now = @Now;
END;
