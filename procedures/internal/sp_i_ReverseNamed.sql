SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One reversal as it is asked for: finds the redemption, reverses it, writes the audit row.
Called by: sp_ReverseRedemption.
Locks:     L2 to L11 as sp_i_ReverseCore. L11: AuditLog.
Returns:   @ResultJson, the answer of sp_ReverseRedemption.
Throws:    nothing of its own.
Replay:    none here; the caller holds the key.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReverseNamed
    @RedemptionId bigint, @OrderId nvarchar(100), @CouponCode nvarchar(50),
    @ReversalReason nvarchar(20), @RefundAmount decimal(10,2), @RestoreUse bit,
    @Actor nvarchar(200), @IpAddress nvarchar(45), @UserAgent nvarchar(500),
    @Reason nvarchar(500), @CorrelationId nvarchar(200),
    @ResultJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @FoundId bigint, @ErrorCode nvarchar(50),
            @Message nvarchar(400), @Status nvarchar(10), @RefundedAmount decimal(10,2),
            @UseRestored bit, @CreditsRevoked int, @CreditsShortfall int, @LicenseRevoked bit,
            @Before nvarchar(max), @After nvarchar(max), @Subject nvarchar(100),
            @EntityId nvarchar(200), @RefundedBefore decimal(10,2);

    EXEC dbo.sp_i_FindRedemption
         @RedemptionId = @RedemptionId, @OrderId = @OrderId, @CouponCode = @CouponCode,
         @FoundId = @FoundId OUTPUT;

    IF @FoundId IS NULL
        SELECT @ErrorCode = N'REDEMPTION_NOT_FOUND',
               @Message = CONCAT(N'Order ', @OrderId, N' has no such redemption.');
    ELSE
        EXEC dbo.sp_i_ReverseCore
             @RedemptionId = @FoundId, @ReversalReason = @ReversalReason,
             @RefundAmount = @RefundAmount, @RestoreUse = @RestoreUse, @Now = @Now,
             @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
             @Status = @Status OUTPUT, @RefundedAmount = @RefundedAmount OUTPUT,
             @UseRestored = @UseRestored OUTPUT, @CreditsRevoked = @CreditsRevoked OUTPUT,
             @CreditsShortfall = @CreditsShortfall OUTPUT,
             @LicenseRevoked = @LicenseRevoked OUTPUT, @Actor = @Actor,
             @RefundedBefore = @RefundedBefore OUTPUT;

    IF @ErrorCode IS NULL
    BEGIN
        SELECT @Subject = h.UserId, @EntityId = CAST(@FoundId AS nvarchar(20)),
               @Before = (SELECT N'success' AS status, @RefundedBefore AS refundedAmount
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
               @After = (SELECT @Status AS status, @RefundedAmount AS refundedAmount,
                                @ReversalReason AS reversalReason, @UseRestored AS useRestored,
                                @CreditsRevoked AS creditsRevoked,
                                @CreditsShortfall AS creditsShortfall,
                                @LicenseRevoked AS licenseRevoked
                         FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
        FROM dbo.RedemptionHistory AS h
        WHERE h.RedemptionId = @FoundId;
        EXEC dbo.sp_i_Audit
             @Action = N'redemption.reverse', @EntityType = N'redemption', @EntityId = @EntityId,
             @BeforeJson = @Before, @AfterJson = @After, @SubjectUserId = @Subject,
             @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
             @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
    END;

    SET @ResultJson = (SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success,
                              @ErrorCode AS ErrorCode, @Message AS Message,
                              IIF(@ErrorCode IS NULL, @FoundId, NULL) AS RedemptionId,
                              @Status AS Status, @RefundedAmount AS RefundedAmount,
                              @UseRestored AS UseRestored, @CreditsRevoked AS CreditsRevoked,
                              @CreditsShortfall AS CreditsShortfall,
                              @LicenseRevoked AS LicenseRevoked
                       FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
END;
