SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts a user on the watch list, whose score is the floor of the user's risk, and a medium
           event into the review queue.
Called by: coupon_ops
Locks:     L2: UserProfiles. L11: AccessLists, AuditLog, OutboxEvents, FraudEvents
Returns:   SR + EntryId, RecommendedAction (by the thresholds: block, restrict, monitor)
Throws:    50001, 50002, 50008, 50102
Replay:    the present state again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_FlagUser
    @UserId nvarchar(200),
    @RiskScore decimal(3,2),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @EntryId bigint,
            @HasChanged bit, @RecommendedAction nvarchar(10);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Reason = NULLIF(TRIM(@Reason), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId', 1;
    IF @RiskScore IS NULL THROW 50001, N'ARG_REQUIRED: @RiskScore', 1;
    IF @Reason IS NULL THROW 50001, N'ARG_REQUIRED: @Reason', 1;
    IF @RiskScore NOT BETWEEN 0 AND 1
        THROW 50002, N'ARG_OUT_OF_RANGE: @RiskScore must be 0 to 1.', 1;
    IF LEN(@UserId) > 100 THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;

        SELECT @RecommendedAction = CASE WHEN @RiskScore >= b.DecimalValue THEN N'block'
                                         WHEN @RiskScore >= r.DecimalValue THEN N'restrict'
                                         ELSE N'monitor' END
        FROM dbo.fn_Setting(N'risk_score_block_threshold') AS b
        CROSS JOIN dbo.fn_Setting(N'manual_review_threshold') AS r;

        EXEC dbo.sp_i_SetListEntry
             @ListKind = N'watch', @SubjectKind = N'user', @SubjectValue = @UserId,
             @RiskScore = @RiskScore, @RecommendedAction = @RecommendedAction, @ExpiresAt = NULL,
             @Reason = @Reason, @Actor = @Actor, @IpAddress = @IpAddress,
             @UserAgent = @UserAgent, @CorrelationId = @CorrelationId, @Now = @Now,
             @EntryId = @EntryId OUTPUT, @HasChanged = @HasChanged OUTPUT;

        IF @HasChanged = 1
            EXEC dbo.sp_i_RaiseFraud
                 @DetectionType = N'unusual_usage_patterns', @Severity = N'medium',
                 @UserId = @UserId, @RiskScore = @RiskScore,
                 @DetailsJson = N'{"source":"operator"}', @Now = @Now;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'User flagged.' AS nvarchar(400)) AS Message, @EntryId AS EntryId,
           @RecommendedAction AS RecommendedAction;
END;
