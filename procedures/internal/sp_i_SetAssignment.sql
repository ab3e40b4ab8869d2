SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Body of assigning and freeing a code, with its transaction and answer.
Called by: sp_AssignCoupon, sp_UnassignCoupon.
Locks:     L3: Coupons. L11: AuditLog, OutboxEvents.
Returns:   SR.
Throws:    50001 code missing; 50008 (sp_i_Audit) actor or correlation id too long; 50102 called in
           a doomed transaction.
Replay:    the present assignment again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SetAssignment
    @CouponCode nvarchar(200), @AssignedTo nvarchar(100), @Reassign bit, @Action nvarchar(60),
    @Actor nvarchar(200), @IpAddress nvarchar(45), @UserAgent nvarchar(500),
    @Reason nvarchar(500), @CorrelationId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Found bigint, @CouponId bigint, @Code nvarchar(50), @Old nvarchar(100),
            @IsSame bit = 0, @IsRedeemed bit, @IsReserved bit, @Before nvarchar(max),
            @After nvarchar(max), @Payload nvarchar(max), @Subject nvarchar(100);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;
    SELECT @Code = LEFT(n.Code, 50) FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    IF @Code IS NULL OR @Code = N''
        THROW 50001, N'ARG_REQUIRED: @CouponCode is required.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        -- A code never changes; the row is locked by its key, as redemptions lock it.
        SELECT @Found = c.CouponId FROM dbo.Coupons AS c WHERE c.CouponCode = @Code;
        -- UPDLOCK: decided on what is read here, written below.
        SELECT @CouponId = c.CouponId, @Old = c.AssignedTo, @IsRedeemed = c.IsRedeemed,
               @IsReserved = IIF(c.MaxUses = 1 AND c.ReservedCount > 0, 1, 0),
               @IsSame = IIF(c.AssignedTo = @AssignedTo
                             OR (c.AssignedTo IS NULL AND @AssignedTo IS NULL), 1, 0)
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @Found AND c.DeletedAt IS NULL;

        SELECT @Now = SYSUTCDATETIME(), @Subject = COALESCE(@AssignedTo, @Old),
               @ErrorCode = CASE WHEN @CouponId IS NULL THEN N'COUPON_NOT_FOUND'
                                 WHEN @IsSame = 1 THEN NULL
                                 WHEN @IsRedeemed = 1 THEN N'ALREADY_REDEEMED'
                                 WHEN @IsReserved = 1 THEN N'COUPON_RESERVED'
                                 WHEN @Old IS NOT NULL AND COALESCE(@Reassign, 0) = 0
                                     THEN N'ALREADY_ASSIGNED' END;

        IF @ErrorCode IS NULL AND @IsSame = 0
        BEGIN
            UPDATE dbo.Coupons
            SET AssignedTo = @AssignedTo, UpdatedAt = @Now,
                UpdatedBy = LEFT(COALESCE(NULLIF(TRIM(@Actor), N''), ORIGINAL_LOGIN()), 100)
            WHERE CouponId = @CouponId;

            SELECT @Before = (SELECT @Old AS assignedTo
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES),
                   @After = (SELECT @AssignedTo AS assignedTo
                             FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES),
                   @Payload = (SELECT @CouponId AS id, @Code AS code, @Action AS action,
                                      COALESCE(@Actor, ORIGINAL_LOGIN()) AS actor
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit
                 @Action = @Action, @EntityType = N'coupon', @EntityId = @Code,
                 @BeforeJson = @Before, @AfterJson = @After, @SubjectUserId = @Subject,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
            EXEC dbo.sp_i_Enqueue @EventType = N'coupon_changed', @EntityType = N'coupon',
                 @EntityId = @Code, @PayloadJson = @Payload, @Now = @Now;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           CAST(CASE @ErrorCode
                    WHEN N'COUPON_NOT_FOUND' THEN N'Coupon code not found'
                    WHEN N'ALREADY_ASSIGNED' THEN N'Coupon is assigned to another user.'
                    WHEN N'ALREADY_REDEEMED' THEN N'Coupon was already redeemed.'
                    WHEN N'COUPON_RESERVED' THEN N'Coupon is held by an open checkout.'
                    ELSE IIF(@AssignedTo IS NULL, N'Unassigned.', N'Assigned.')
                END AS nvarchar(400)) AS Message;
END;
