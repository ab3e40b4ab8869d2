SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts a failed generation request back into the queue. It goes on from the codes that were
           made; what it failed of is kept in the audit row.
Called by: coupon_ops
Locks:     L1 (the request), L11 inserts
Returns:   SR + Status
Throws:    50001, 50008, 50102
Replay:    a request that is Pending already succeeds and nothing is written
*/
CREATE OR ALTER PROCEDURE dbo.sp_RetryGenerationRequest
    @RequestId nvarchar(200),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Generation request is pending.', @Status nvarchar(20),
            @BeforeJson nvarchar(max), @PayloadJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @RequestId = NULLIF(TRIM(@RequestId), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));

    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @Status = g.Status
        FROM dbo.GenerationRequests AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.RequestId = @RequestId;
        SET @Now = SYSUTCDATETIME();

        IF @Status IS NULL
            SELECT @ErrorCode = N'REQUEST_NOT_FOUND',
                   @Message = CONCAT(N'Generation request ', @RequestId, N' not found.');
        ELSE IF @Status NOT IN (N'Failed', N'Pending')
            SELECT @ErrorCode = N'INVALID_STATUS_TRANSITION',
                   @Message = CONCAT(N'Only failed requests are retried; this one is ', @Status,
                                     N'.');
        ELSE IF @Status = N'Failed'
        BEGIN
            SET @BeforeJson = (
                SELECT g.Status AS status, g.FailureReason AS failureReason,
                       g.AttemptCount AS attempts, g.GeneratedAmount AS generated
                FROM dbo.GenerationRequests AS g
                WHERE g.RequestId = @RequestId
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            UPDATE dbo.GenerationRequests
            SET Status = N'Pending', AttemptCount = 0, FailureReason = NULL, CompletedAt = NULL,
                CancelRequestedAt = NULL, UpdatedAt = @Now
            WHERE RequestId = @RequestId;
            SET @Status = N'Pending';
            SET @PayloadJson = (
                SELECT g.RequestId AS requestId, g.CampaignId AS campaignId, g.Status AS status,
                       g.RequestedAmount AS requested, g.GeneratedAmount AS generated,
                       g.CollisionCount AS collisions
                FROM dbo.GenerationRequests AS g
                WHERE g.RequestId = @RequestId
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'generation.retry',
                 @EntityType = N'generation_request', @EntityId = @RequestId,
                 @BeforeJson = @BeforeJson, @AfterJson = N'{"status":"Pending","attempts":0}',
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
            EXEC dbo.sp_i_Enqueue @EventType = N'generation_requested',
                 @EntityType = N'generation_request', @EntityId = @RequestId,
                 @PayloadJson = @PayloadJson, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @Status, NULL) AS Status;
END;
