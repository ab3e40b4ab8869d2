SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Cancels a generation request: at once when nobody works on it, else by asking the worker
           to stop at its next batch. Codes made so far stay valid unless they are switched off too.
Called by: coupon_service, coupon_ops
Locks:     L1 (the request), L3 (its codes, when they are switched off), L11 inserts
Returns:   SR + Status, GeneratedAmount
Throws:    50001, 50008, 50102
Replay:    a cancellation already asked for succeeds again; a final request is
           INVALID_STATUS_TRANSITION
*/
CREATE OR ALTER PROCEDURE dbo.sp_CancelGenerationRequest
    @RequestId nvarchar(200),
    @DeactivateCodes bit = 0,
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
            @Message nvarchar(400), @Status nvarchar(20), @LeaseExpiresAt datetime2(3),
            @CancelRequestedAt datetime2(3), @GeneratedAmount int, @Deactivated int = 0,
            @IsIdle bit, @AfterJson nvarchar(max);

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

        -- UPDLOCK waits for a batch under way: all its codes exist, or none.
        SELECT @Status = g.Status, @LeaseExpiresAt = g.LeaseExpiresAt,
               @CancelRequestedAt = g.CancelRequestedAt, @GeneratedAmount = g.GeneratedAmount
        FROM dbo.GenerationRequests AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.RequestId = @RequestId;
        SET @Now = SYSUTCDATETIME();

        IF @Status IS NULL
            SELECT @ErrorCode = N'REQUEST_NOT_FOUND',
                   @Message = CONCAT(N'Generation request ', @RequestId, N' not found.');
        ELSE IF @Status NOT IN (N'Pending', N'Processing')
            SELECT @ErrorCode = N'INVALID_STATUS_TRANSITION',
                   @Message = CONCAT(N'The request is ', @Status, N' already.');
        ELSE
        BEGIN
            IF @DeactivateCodes = 1
                EXEC dbo.sp_i_DeactivateCodes
                    @RequestId = @RequestId, @Actor = @Actor, @Now = @Now,
                    @Deactivated = @Deactivated OUTPUT;

            SET @IsIdle = IIF(@Status = N'Pending' OR @LeaseExpiresAt < @Now, 1, 0);
            IF @Deactivated > 0 OR @IsIdle = 0 AND @CancelRequestedAt IS NULL
            BEGIN
                UPDATE dbo.GenerationRequests
                SET CancelRequestedAt = COALESCE(CancelRequestedAt, @Now),
                    CancelledBy = COALESCE(CancelledBy, @Actor), UpdatedAt = @Now
                WHERE RequestId = @RequestId;
                SET @AfterJson = (SELECT @Status AS status, @GeneratedAmount AS generated,
                                         @Deactivated AS deactivatedCodes
                                  FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
                EXEC dbo.sp_i_Audit @Action = N'generation.request_cancel',
                     @EntityType = N'generation_request', @EntityId = @RequestId,
                     @AfterJson = @AfterJson, @Actor = @Actor, @IpAddress = @IpAddress,
                     @UserAgent = @UserAgent, @Reason = @Reason,
                     @CorrelationId = @CorrelationId, @Now = @Now;
            END;

            SET @Message = N'The worker will stop at its next batch.';
            IF @IsIdle = 1
            BEGIN
                EXEC dbo.sp_i_FinishGeneration @RequestId = @RequestId, @Status = N'Cancelled',
                     @Now = @Now, @Actor = @Actor, @IpAddress = @IpAddress,
                     @UserAgent = @UserAgent, @Reason = @Reason,
                     @CorrelationId = @CorrelationId;
                SELECT @Status = N'Cancelled', @Message = N'Generation request cancelled.';
            END;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @Status, NULL) AS Status,
           IIF(@ErrorCode IS NULL, @GeneratedAmount, NULL) AS GeneratedAmount;
END;
