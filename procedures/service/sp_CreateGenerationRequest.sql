SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Asks for a batch of generated codes. The attributes of the codes are checked now, so that
           a bad template fails here and not in the job.
Called by: coupon_service, coupon_ops
Locks:     L1 (the request id, whose absence is protected), L11 inserts; the campaign is only read
Returns:   SR + RequestId, Status, EffectiveBits
Throws:    50102; by its checks 50001-50009, 50100
Replay:    the same RequestId with the same arguments returns the stored request and writes nothing;
           with other arguments IDEMPOTENCY_KEY_REUSED
*/
CREATE OR ALTER PROCEDURE dbo.sp_CreateGenerationRequest
    @CampaignId nvarchar(200),
    @RequestedAmount int,
    @Prefix nvarchar(20) = NULL,
    @ExpirationDate datetime2(3) = NULL,
    @RequestedBy nvarchar(200) = NULL,
    @RequestId nvarchar(200) = NULL,
    @CodeLength tinyint = NULL,
    @CouponDefaultsJson nvarchar(max) = NULL,
    @BatchSize int = NULL,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ErrorCode nvarchar(50), @Message nvarchar(400), @Status nvarchar(20),
            @IsSame bit, @IsKnown bit, @DiscountType nvarchar(20), @EffectiveBits decimal(6,2),
            @StoredLength tinyint;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @CouponDefaultsJson = NULLIF(TRIM(@CouponDefaultsJson), N'');
    EXEC dbo.sp_i_CheckGeneration
        @RequestedAmount = @RequestedAmount, @CodeLength = @CodeLength, @BatchSize = @BatchSize,
        @CampaignId = @CampaignId OUTPUT, @RequestId = @RequestId OUTPUT,
        @Prefix = @Prefix OUTPUT, @RequestedBy = @RequestedBy OUTPUT, @Actor = @Actor OUTPUT;

    -- A template whose start has passed since is no fault of the call that is repeated.
    SET @IsKnown = IIF(EXISTS (SELECT 1 FROM dbo.GenerationRequests AS g
                               WHERE g.RequestId = @RequestId), 1, 0);
    EXEC dbo.sp_i_CheckCouponDefaults
        @CampaignId = @CampaignId, @CouponDefaultsJson = @CouponDefaultsJson,
        @ExpirationDate = @ExpirationDate, @AllowPastStart = @IsKnown, @Now = @Now,
        @DiscountType = @DiscountType OUTPUT;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- HOLDLOCK keeps the id absent until the commit; UPDLOCK makes a second caller wait for
        -- the outcome of the first. Arguments left out match whatever was filled in for them.
        SELECT @Status = g.Status,
               @StoredLength = g.CodeLength,
               @IsSame = IIF(g.CampaignId = @CampaignId AND g.RequestedAmount = @RequestedAmount
                             AND EXISTS (SELECT g.Prefix, g.ExpirationDate,
                                                g.CouponDefaultsJson
                                                    COLLATE Latin1_General_100_BIN2
                                         INTERSECT
                                         SELECT @Prefix, @ExpirationDate,
                                                @CouponDefaultsJson
                                                    COLLATE Latin1_General_100_BIN2)
                             AND g.CodeLength = COALESCE(@CodeLength, g.CodeLength)
                             AND g.BatchSize = COALESCE(@BatchSize, g.BatchSize), 1, 0)
        FROM dbo.GenerationRequests AS g WITH (UPDLOCK, HOLDLOCK)
        WHERE g.RequestId = @RequestId;
        SET @CodeLength = COALESCE(@CodeLength, @StoredLength);

        IF @IsSame = 0
            SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
                   @Message = CONCAT(N'Request id ', @RequestId,
                                     N' was used with other arguments.');
        ELSE
            EXEC dbo.sp_i_AdmitGeneration
                @CampaignId = @CampaignId, @RequestId = @RequestId,
                @RequestedAmount = @RequestedAmount, @DiscountType = @DiscountType,
                @IsStored = @IsSame, @CodeLength = @CodeLength OUTPUT,
                @BatchSize = @BatchSize OUTPUT, @EffectiveBits = @EffectiveBits OUTPUT,
                @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;

        IF @ErrorCode IS NULL AND @IsSame IS NULL
        BEGIN
            SELECT @RequestId = COALESCE(@RequestId, CONCAT(N'gen-', LOWER(REPLACE(
                                    CAST(NEWID() AS nvarchar(36)), N'-', N'')))),
                   @Status = N'Pending';
            EXEC dbo.sp_i_InsertGeneration
                @RequestId = @RequestId, @CampaignId = @CampaignId,
                @RequestedAmount = @RequestedAmount, @Prefix = @Prefix,
                @ExpirationDate = @ExpirationDate, @RequestedBy = @RequestedBy,
                @CodeLength = @CodeLength, @CouponDefaultsJson = @CouponDefaultsJson,
                @BatchSize = @BatchSize, @Status = @Status, @Actor = @Actor,
                @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @RequestId, NULL) AS RequestId,
           IIF(@ErrorCode IS NULL, @Status, NULL) AS Status, @EffectiveBits AS EffectiveBits;
END;
