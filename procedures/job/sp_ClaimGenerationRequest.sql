SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives one generation request to one worker for the length of a lease: the named one, or
           in this order the worker's own, the oldest whose lease ran out, the oldest that waits.
           A request that was claimed too often fails instead.
Called by: coupon_job
Locks:     L1 (the request), L11 inserts
Returns:   SR + RequestId, CampaignId, RequestedAmount, GeneratedAmount, RemainingAmount, Prefix,
           CodeLength, BatchSize, NextBatchNo, ExpirationDate, LeaseExpiresAt, AttemptCount
Throws:    50001, 50002, 50008, 50100, 50102
Replay:    the holder of a lease may claim again: the lease is renewed, no attempt is counted
*/
CREATE OR ALTER PROCEDURE dbo.sp_ClaimGenerationRequest
    @LeaseOwner nvarchar(200),
    @RequestId nvarchar(200) = NULL,
    @LeaseSeconds int = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @MaxAttempts int, @Phase tinyint, @ClaimedId nvarchar(100),
            @IsSpent bit, @FailureReason nvarchar(1000), @Present nvarchar(20);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @LeaseOwner = NULLIF(TRIM(@LeaseOwner), N''),
           @RequestId = NULLIF(TRIM(@RequestId), N'');
    SELECT @LeaseSeconds = COALESCE(@LeaseSeconds, l.IntValue), @MaxAttempts = m.IntValue
    FROM dbo.fn_Setting(N'generation_lease_seconds') AS l
    CROSS JOIN dbo.fn_Setting(N'generation_max_attempts') AS m;

    IF @LeaseOwner IS NULL THROW 50001, N'ARG_REQUIRED: @LeaseOwner', 1;
    IF LEN(@LeaseOwner) > 100
        THROW 50008, N'ARG_TOO_LONG: @LeaseOwner is longer than 100 characters.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;
    IF @LeaseSeconds IS NULL OR @MaxAttempts IS NULL
        THROW 50100, N'SETTING_MISSING: generation_lease_seconds or generation_max_attempts', 1;
    IF @LeaseSeconds NOT BETWEEN 1 AND 86400
        THROW 50002, N'ARG_OUT_OF_RANGE: @LeaseSeconds must be 1 to 86400.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- The phases of sp_i_LeaseGeneration.
        SELECT @Phase = IIF(@RequestId IS NULL, 1, 0), @Now = SYSUTCDATETIME();
        WHILE @Phase <= 3
        BEGIN
            EXEC dbo.sp_i_LeaseGeneration
                @Phase = @Phase, @RequestId = @RequestId, @LeaseOwner = @LeaseOwner,
                @LeaseSeconds = @LeaseSeconds, @MaxAttempts = @MaxAttempts, @Now = @Now,
                @ClaimedId = @ClaimedId OUTPUT, @IsSpent = @IsSpent OUTPUT;
            IF @IsSpent = 1
            BEGIN
                SET @FailureReason = CONCAT(N'Given up after ', @MaxAttempts, N' attempts.');
                UPDATE dbo.GenerationRequests
                SET AttemptCount = @MaxAttempts
                WHERE RequestId = @ClaimedId;
                EXEC dbo.sp_i_FinishGeneration @RequestId = @ClaimedId, @Status = N'Failed',
                     @FailureReason = @FailureReason, @Now = @Now, @Actor = @LeaseOwner;
                SET @ClaimedId = NULL;
            END;

            IF @ClaimedId IS NOT NULL OR @Phase = 0 BREAK;
            IF @IsSpent = 0 SET @Phase += 1;
        END;

        IF @ClaimedId IS NULL AND @RequestId IS NULL
            SELECT @ErrorCode = N'NO_WORK', @Message = N'No generation request is waiting.';
        ELSE IF @ClaimedId IS NULL
        BEGIN
            SELECT @Present = g.Status
            FROM dbo.GenerationRequests AS g
            WHERE g.RequestId = @RequestId;
            SELECT @ErrorCode = IIF(@Present IS NULL, N'REQUEST_NOT_FOUND',
                                    N'REQUEST_NOT_CLAIMABLE'),
                   @Message = CONCAT(N'Generation request ', @RequestId, N' is ',
                                     CASE WHEN @Present IS NULL THEN N'not found.'
                                          WHEN @Present = N'Processing'
                                              THEN N'leased by another worker.'
                                          ELSE CONCAT(@Present, N'.') END);
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           COALESCE(@Message, N'Generation request claimed.') AS Message, g.RequestId,
           g.CampaignId, g.RequestedAmount, g.GeneratedAmount,
           g.RequestedAmount - g.GeneratedAmount AS RemainingAmount, g.Prefix, g.CodeLength,
           g.BatchSize, g.LastBatchNo + 1 AS NextBatchNo, g.ExpirationDate, g.LeaseExpiresAt,
           g.AttemptCount
    FROM (VALUES (1)) AS one (One)
    LEFT JOIN dbo.GenerationRequests AS g
        ON g.RequestId = @ClaimedId;
END;
