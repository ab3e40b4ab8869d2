SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Says who a campaign or a coupon is for: replaces its rows of one kind. Of the values to
           include one must match, of those to exclude none may. Families of tiers are expanded. No
           values at all: the kind no longer matters.
Called by: coupon_ops
Locks:     L3 (the coupon) or L4 (the campaign), L11 inserts
Returns:   SR + Rows, how many the owner has of that kind now. CAMPAIGN_NOT_FOUND, COUPON_NOT_FOUND
Throws:    50001, 50003, 50009, 50102; by its checks 50004, 50005, 50008
Replay:    the present values again succeed and write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetTargets
    @CampaignId nvarchar(200) = NULL,
    @CouponCode nvarchar(200) = NULL,
    @TargetKind nvarchar(12),
    @IncludeJson nvarchar(max) = NULL,
    @ExcludeJson nvarchar(max) = NULL,
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
            @Message nvarchar(400) = N'Targets set.', @CouponId bigint, @Rows int,
            @EntityType nvarchar(40), @EntityId nvarchar(120), @IncludeDocument nvarchar(max),
            @ExcludeDocument nvarchar(max), @BeforeJson nvarchar(max), @AfterJson nvarchar(max);
    DECLARE @Values TABLE (
        TargetValue nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        IsExcluded bit NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'either', @CampaignId = @CampaignId OUTPUT, @CouponCode = @CouponCode OUTPUT,
        @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @TargetKind = NULLIF(TRIM(@TargetKind), N''),
           @IncludeJson = COALESCE(NULLIF(TRIM(@IncludeJson), N''), N'[]'),
           @ExcludeJson = COALESCE(NULLIF(TRIM(@ExcludeJson), N''), N'[]');
    IF @TargetKind IS NULL THROW 50001, N'ARG_REQUIRED: @TargetKind', 1;
    IF @TargetKind COLLATE Latin1_General_100_BIN2
            NOT IN (N'tier', N'country', N'service', N'consultant')
        THROW 50003, N'ARG_NOT_IN_LIST: @TargetKind is no kind of target.', 1;
    EXEC dbo.sp_i_CheckJson @Json = @IncludeJson, @Parameter = N'@IncludeJson', @Shape = N'array';
    EXEC dbo.sp_i_CheckJson @Json = @ExcludeJson, @Parameter = N'@ExcludeJson', @Shape = N'array';
    SELECT @IncludeDocument = CONCAT(N'{"', @TargetKind, N'":', @IncludeJson, N'}'),
           @ExcludeDocument = CONCAT(N'{"', @TargetKind, N'":', @ExcludeJson, N'}');
    EXEC dbo.sp_i_CheckTargets @TargetsJson = @IncludeDocument, @Parameter = N'@IncludeJson';
    EXEC dbo.sp_i_CheckTargets @TargetsJson = @ExcludeDocument, @Parameter = N'@ExcludeJson';
    INSERT INTO @Values (TargetValue, IsExcluded)
    SELECT DISTINCT v.TargetValue, l.IsExcluded
    FROM (VALUES (@IncludeJson, 0), (@ExcludeJson, 1)) AS l (List, IsExcluded)
    CROSS APPLY dbo.fn_TargetValues(@TargetKind, l.List) AS v;
    IF EXISTS (SELECT 1 FROM @Values AS v GROUP BY v.TargetValue HAVING COUNT(*) > 1)
        THROW 50009, N'ARG_CONFLICT: @ExcludeJson names a value of @IncludeJson.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockOwner
            @CampaignId = @CampaignId, @CouponCode = @CouponCode, @CouponId = @CouponId OUTPUT,
            @EntityType = @EntityType OUTPUT, @EntityId = @EntityId OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;
        SET @Now = SYSUTCDATETIME();

        -- A code for certain consultants must say for which, itself or by its campaign.
        IF @ErrorCode IS NULL AND @TargetKind = N'consultant'
           AND NOT EXISTS (SELECT 1 FROM @Values AS v WHERE v.IsExcluded = 0)
           AND EXISTS (SELECT 1 FROM dbo.Coupons AS k
                       WHERE k.CouponId = @CouponId AND k.ApplicableTo = N'specific_consultants'
                         AND NOT EXISTS (SELECT 1 FROM dbo.CouponTargets AS t
                                         WHERE t.CampaignId = k.CampaignId
                                           AND t.TargetKind = N'consultant'))
            THROW 50009, N'ARG_CONFLICT: @IncludeJson: specific_consultants needs some.', 1;

        IF @ErrorCode IS NULL
        BEGIN
            SET @BeforeJson = (
                SELECT t.TargetKind AS kind, t.TargetValue AS [value], t.IsExcluded AS isExcluded
                FROM dbo.CouponTargets AS t
                WHERE (t.CampaignId = @CampaignId OR t.CouponId = @CouponId)
                  AND t.TargetKind = @TargetKind
                ORDER BY t.TargetValue
                FOR JSON PATH);
            SET @AfterJson = (
                SELECT @TargetKind AS kind, v.TargetValue AS [value], v.IsExcluded AS isExcluded
                FROM @Values AS v
                ORDER BY v.TargetValue
                FOR JSON PATH);
            SELECT @Rows = COUNT(*), @Message = N'Targets set.' FROM @Values AS v;
        END;
        IF @ErrorCode IS NULL
           AND COALESCE(@BeforeJson, N'') <> COALESCE(@AfterJson, N'')
                                             COLLATE Latin1_General_100_BIN2
        BEGIN
            DELETE FROM dbo.CouponTargets
            WHERE (CampaignId = @CampaignId OR CouponId = @CouponId) AND TargetKind = @TargetKind;
            INSERT INTO dbo.CouponTargets
                (CampaignId, CouponId, TargetKind, TargetValue, IsExcluded)
            SELECT @CampaignId, @CouponId, @TargetKind, v.TargetValue, v.IsExcluded
            FROM @Values AS v;
            EXEC dbo.sp_i_RecordChange
                @EntityType = @EntityType, @EntityId = @EntityId, @CouponId = @CouponId,
                @Verb = N'set_targets', @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
                @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message,
           IIF(@ErrorCode IS NULL, @Rows, NULL) AS [Rows];
END;
