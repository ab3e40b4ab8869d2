SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Reviews one fraud event. Approved: a false alarm; flags and automatic bans go. Rejected:
           fraud; open reservations of the user end, and the user is blocked where that is wanted.
           The ledger row of the event gets the same decision when it waits for one.
Called by: sp_ReviewFraudEvents.
Locks:     the caller holds L2 of the event's user and L3 of its coupon. L8: RedemptionHistory, L7:
           Reservations, both covered by L2. L11: FraudEvents, AccessLists, AuditLog, OutboxEvents.
Returns:   @Result: the decision, FRAUD_EVENT_NOT_FOUND or ALREADY_REVIEWED.
Throws:    nothing of its own.
Replay:    a second review is ALREADY_REVIEWED and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReviewFraudEvent
    @FraudEventId bigint, @Decision nvarchar(10), @Note nvarchar(1000), @BlockUser bit,
    @Actor nvarchar(100), @IpAddress nvarchar(45), @UserAgent nvarchar(500),
    @Reason nvarchar(500), @CorrelationId nvarchar(200), @Now datetime2(3),
    @Result nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Status nvarchar(12), @UserId nvarchar(100), @Type nvarchar(30), @CouponId bigint,
            @RedemptionId bigint, @Before nvarchar(max), @After nvarchar(max),
            @EntityId nvarchar(20) = CAST(@FraudEventId AS nvarchar(20));

    -- UPDLOCK: what is read here is what the UPDATE below changes.
    SELECT @Status = e.ReviewStatus, @UserId = e.UserId, @Type = e.DetectionType,
           @CouponId = e.CouponId, @RedemptionId = e.RedemptionId
    FROM dbo.FraudEvents AS e WITH (UPDLOCK, ROWLOCK)
    WHERE e.FraudEventId = @FraudEventId;

    SET @Result = CASE WHEN @Status IS NULL THEN N'FRAUD_EVENT_NOT_FOUND'
                       WHEN @Status IN (N'approved', N'rejected') THEN N'ALREADY_REVIEWED'
                       ELSE @Decision END;
    IF @Result <> @Decision
        RETURN;

    UPDATE dbo.FraudEvents
    SET ReviewStatus = @Decision, IsFlagged = IIF(@Decision = N'approved', 0, 1),
        ReviewedBy = @Actor, ReviewedAt = @Now, ReviewNote = @Note
    WHERE FraudEventId = @FraudEventId;

    UPDATE dbo.RedemptionHistory
    SET ReviewStatus = @Decision, ReviewedBy = @Actor, ReviewedAt = @Now
    WHERE RedemptionId = @RedemptionId AND ReviewStatus = N'pending';

    IF @Decision = N'approved'
    BEGIN
        EXEC dbo.sp_i_LiftBan @FraudEventId = @FraudEventId, @UserId = @UserId,
             @DetectionType = @Type, @Actor = @Actor, @Now = @Now;
        -- The flag of a coupon stays while another event of its kind is open.
        IF @Type = N'unusual_usage_patterns' AND @UserId IS NULL
            UPDATE dbo.Coupons
            SET IsFlagged = 0
            WHERE CouponId = @CouponId AND IsFlagged = 1
              AND NOT EXISTS (SELECT 1 FROM dbo.FraudEvents AS e
                              WHERE e.CouponId = @CouponId AND e.UserId IS NULL
                                AND e.DetectionType = @Type
                                AND e.ReviewStatus IN (N'pending', N'rejected'));
    END
    ELSE IF @UserId IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_EndReservations @UserId = @UserId, @Now = @Now;
        IF @BlockUser = 1
            EXEC dbo.sp_i_BlockSubject
                 @SubjectKind = N'user', @SubjectValue = @UserId, @ExpiresAt = NULL,
                 @Reason = N'fraud confirmed by review', @FraudEventId = @FraudEventId,
                 @Now = @Now;
    END;

    SELECT @Before = (SELECT @Status AS reviewStatus FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
           @After = (SELECT @Decision AS reviewStatus, @Note AS note, @BlockUser AS blockUser
                     FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'fraud_event.review', @EntityType = N'fraud_event',
         @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
         @SubjectUserId = @UserId, @Actor = @Actor, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
END;
