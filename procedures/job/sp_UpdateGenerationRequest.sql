SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Moves a generation request on: heartbeat, done, failed, cancelled, or given back. Only
           the holder of the lease may, except that operators end a request whose lease has run out.
Called by: coupon_job, coupon_ops
Locks:     L1 (the request), L11 inserts
Returns:   SR + Status, GeneratedAmount, CollisionCount, LeaseExpiresAt
Throws:    50001, 50002, 50003, 50008, 50100, 50102
Replay:    the present final status again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_UpdateGenerationRequest
    @RequestId nvarchar(200),
    @Status nvarchar(20),
    @LeaseOwner nvarchar(200) = NULL,
    @FailureReason nvarchar(1000) = NULL,
    @LeaseSeconds int = NULL,
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
            @Message nvarchar(400) = N'Generation request updated.', @Present nvarchar(20),
            @Holder nvarchar(100), @LeaseExpiresAt datetime2(3), @IsComplete bit, @IsEnding bit,
            @MayEnd bit = IIF(IS_ROLEMEMBER(N'coupon_ops') = 1
                              OR IS_ROLEMEMBER(N'db_owner') = 1, 1, 0);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @RequestId = NULLIF(TRIM(@RequestId), N''), @Status = NULLIF(TRIM(@Status), N''),
           @LeaseOwner = NULLIF(TRIM(@LeaseOwner), N''),
           @FailureReason = NULLIF(TRIM(@FailureReason), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @LeaseSeconds IS NULL
        SELECT @LeaseSeconds = s.IntValue FROM dbo.fn_Setting(N'generation_lease_seconds') AS s;

    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId', 1;
    IF @Status IS NULL THROW 50001, N'ARG_REQUIRED: @Status', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF LEN(@LeaseOwner) > 100
        THROW 50008, N'ARG_TOO_LONG: @LeaseOwner is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2
            NOT IN (N'Pending', N'Processing', N'Completed', N'Failed', N'Cancelled')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status', 1;
    IF @LeaseSeconds IS NULL THROW 50100, N'SETTING_MISSING: generation_lease_seconds', 1;
    IF @LeaseSeconds NOT BETWEEN 1 AND 86400
        THROW 50002, N'ARG_OUT_OF_RANGE: @LeaseSeconds must be 1 to 86400.', 1;
    SET @IsEnding = IIF(@Status IN (N'Completed', N'Failed', N'Cancelled'), 1, 0);

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @Present = g.Status, @Holder = g.LeaseOwner, @LeaseExpiresAt = g.LeaseExpiresAt,
               @IsComplete = IIF(g.GeneratedAmount = g.RequestedAmount, 1, 0)
        FROM dbo.GenerationRequests AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.RequestId = @RequestId;
        SET @Now = SYSUTCDATETIME();

        IF @Present IS NULL
            SELECT @ErrorCode = N'REQUEST_NOT_FOUND',
                   @Message = CONCAT(N'Generation request ', @RequestId, N' not found.');
        ELSE IF @IsEnding = 1 AND @Status = @Present
            SET @Message = CONCAT(N'Generation request is ', @Present, N' already.');
        ELSE IF NOT (@Present = N'Processing' AND (@Status <> N'Completed' OR @IsComplete = 1)
                     OR @Present = N'Pending' AND @Status IN (N'Cancelled', N'Failed'))
            SELECT @ErrorCode = N'INVALID_STATUS_TRANSITION',
                   @Message = CONCAT(N'A request that is ', @Present, N' cannot become ', @Status,
                                     N'.');
        ELSE IF @Present = N'Processing'
                AND NOT (@LeaseExpiresAt >= @Now
                             AND COALESCE(@LeaseOwner, N'') COLLATE Latin1_General_100_BIN2
                                 = @Holder
                         OR @LeaseExpiresAt < @Now AND @IsEnding = 1 AND @MayEnd = 1)
            SELECT @ErrorCode = N'LEASE_LOST',
                   @Message = N'The lease of this request is not held by the caller.';
        ELSE IF @Status = N'Processing'
            UPDATE dbo.GenerationRequests
            SET LeaseExpiresAt = DATEADD(SECOND, @LeaseSeconds, @Now), UpdatedAt = @Now
            WHERE RequestId = @RequestId;
        ELSE IF @Status = N'Pending'
        BEGIN
            UPDATE dbo.GenerationRequests
            SET Status = N'Pending', LeaseOwner = NULL, LeaseExpiresAt = NULL, UpdatedAt = @Now
            WHERE RequestId = @RequestId;
            EXEC dbo.sp_i_Audit @Action = N'generation.give_back',
                 @EntityType = N'generation_request', @EntityId = @RequestId,
                 @BeforeJson = N'{"status":"Processing"}', @AfterJson = N'{"status":"Pending"}',
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END
        ELSE
            EXEC dbo.sp_i_FinishGeneration @RequestId = @RequestId, @Status = @Status,
                 @FailureReason = @FailureReason, @Now = @Now, @Actor = @Actor,
                 @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                 @CorrelationId = @CorrelationId;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, g.Status, g.GeneratedAmount, g.CollisionCount, g.LeaseExpiresAt
    FROM (VALUES (1)) AS one (One)
    LEFT JOIN dbo.GenerationRequests AS g
        ON g.RequestId = @RequestId AND @ErrorCode IS NULL;
END;
