SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Reviews one ledger row that waits for it. Rejected, an open reservation ends for fraud,
           and a success is reversed with its use restored where that is wanted.
Called by: sp_ReviewRedemptions.
Locks:     L2: UserProfiles. L3 to L11: as sp_i_ReverseCore. L7: Reservations. L8:
           RedemptionHistory. L11: AuditLog.
Returns:   @WasReviewed 0 when no such row waits for a review.
Throws:    50100, 50200, 50201, 50202 as sp_i_ReverseCore.
Replay:    a second review finds nothing that waits.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReviewRedemption
    @RedemptionId bigint, @Decision nvarchar(10), @Reverse bit, @Actor nvarchar(100),
    @IpAddress nvarchar(45), @UserAgent nvarchar(500), @Reason nvarchar(500),
    @CorrelationId nvarchar(200), @WasReviewed bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @UserId nvarchar(100), @Now datetime2(3), @Status nvarchar(10),
            @EntityId nvarchar(20) = CAST(@RedemptionId AS nvarchar(20)), @After nvarchar(max),
            @ErrorCode nvarchar(50), @Message nvarchar(400), @NewStatus nvarchar(10),
            @Refunded decimal(10,2), @UseRestored bit, @Revoked int, @Shortfall int,
            @LicenseRevoked bit;

    SET @WasReviewed = 0;
    SELECT @UserId = h.UserId
    FROM dbo.RedemptionHistory AS h
    WHERE h.RedemptionId = @RedemptionId AND h.ReviewStatus = N'pending';
    IF @UserId IS NULL
        RETURN;

    EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
    SELECT @Status = h.Status
    FROM dbo.RedemptionHistory AS h
    WHERE h.RedemptionId = @RedemptionId AND h.UserId = @UserId
          AND h.ReviewStatus = N'pending';
    IF @Status IS NULL
        RETURN;

    IF @Decision = N'rejected' AND @Reverse = 1 AND @Status = N'success'
        EXEC dbo.sp_i_ReverseCore
             @RedemptionId = @RedemptionId, @ReversalReason = N'admin', @RestoreUse = 1,
             @Now = @Now, @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
             @Status = @NewStatus OUTPUT, @RefundedAmount = @Refunded OUTPUT,
             @UseRestored = @UseRestored OUTPUT, @CreditsRevoked = @Revoked OUTPUT,
             @CreditsShortfall = @Shortfall OUTPUT, @LicenseRevoked = @LicenseRevoked OUTPUT,
             @Actor = @Actor;
    -- The next sweep gives the slot back, in the lock order; a confirmation is refused at once.
    IF @Decision = N'rejected' AND @Status = N'pending'
        UPDATE dbo.Reservations
        SET CloseReason = N'fraud',
            ExpiresAt = IIF(@Now > ReservedAt, @Now, DATEADD(MILLISECOND, 1, ReservedAt))
        WHERE UserId = @UserId AND Status = N'Reserved' AND RedemptionId = @RedemptionId
              AND CloseReason IS NULL;

    UPDATE dbo.RedemptionHistory
    SET ReviewStatus = @Decision, ReviewedBy = @Actor, ReviewedAt = @Now
    WHERE RedemptionId = @RedemptionId AND ReviewStatus = N'pending';
    SET @WasReviewed = IIF(@@ROWCOUNT = 1, 1, 0);

    SET @After = (SELECT @Decision AS reviewStatus, COALESCE(@NewStatus, @Status) AS status,
                         @Revoked AS creditsRevoked, @Shortfall AS creditsShortfall
                  FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'redemption.review', @EntityType = N'redemption',
         @EntityId = @EntityId, @BeforeJson = N'{"reviewStatus":"pending"}', @AfterJson = @After,
         @SubjectUserId = @UserId, @Actor = @Actor, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
END;
