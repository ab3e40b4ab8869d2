SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides up to 500 fraud events: approved (a false alarm) or rejected (fraud). Events that
           were closed automatically may be reviewed as well. More than 50 need @Confirm.
Called by: coupon_ops
Locks:     L2: UserProfiles of all users, ascending. L3: Coupons, ascending. L7, L8 under L2. L11:
           FraudEvents ascending, AccessLists, AuditLog, OutboxEvents
Returns:   SR + Reviewed; RS2 FraudEventId, Result (approved, rejected, FRAUD_EVENT_NOT_FOUND,
           ALREADY_REVIEWED). CONFIRMATION_REQUIRED.
Throws:    50001, 50002, 50003, 50004, 50008, 50009, 50102
Replay:    events that were reviewed are ALREADY_REVIEWED and stay as they are
*/
CREATE OR ALTER PROCEDURE dbo.sp_ReviewFraudEvents
    @EventIdsJson nvarchar(max),
    @Decision nvarchar(10),
    @Note nvarchar(1000) = NULL,
    @BlockUser bit = 0,
    @Confirm bit = 0,
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
            @Message nvarchar(400) = N'Fraud events reviewed.', @Reviewed int, @Asked int,
            @UserId nvarchar(100), @CouponId bigint, @Id bigint, @Result nvarchar(50);
    DECLARE @Events TABLE (FraudEventId bigint NOT NULL PRIMARY KEY, Result nvarchar(50) NULL);
    DECLARE @Users TABLE (
        UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @EventIdsJson = NULLIF(TRIM(@EventIdsJson), N''),
           @Decision = NULLIF(TRIM(@Decision), N''), @Note = NULLIF(TRIM(@Note), N''),
           @BlockUser = COALESCE(@BlockUser, 0), @Confirm = COALESCE(@Confirm, 0),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @EventIdsJson IS NULL THROW 50001, N'ARG_REQUIRED: @EventIdsJson', 1;
    IF @Decision IS NULL THROW 50001, N'ARG_REQUIRED: @Decision', 1;
    IF @Decision COLLATE Latin1_General_100_BIN2 NOT IN (N'approved', N'rejected')
        THROW 50003, N'ARG_NOT_IN_LIST: @Decision must be approved or rejected.', 1;
    EXEC dbo.sp_i_CheckJson @Json = @EventIdsJson, @Parameter = N'@EventIdsJson', @Shape = N'array';
    IF EXISTS (SELECT 1 FROM OPENJSON(@EventIdsJson) AS j
               WHERE j.type <> 2 OR TRY_CAST(j.value AS bigint) IS NULL)
        THROW 50004, N'ARG_BAD_JSON: @EventIdsJson must be an array of event ids.', 1;
    INSERT INTO @Events (FraudEventId)
    SELECT DISTINCT CAST(j.value AS bigint) FROM OPENJSON(@EventIdsJson) AS j;
    SET @Asked = @@ROWCOUNT;
    IF @Asked NOT BETWEEN 1 AND 500
        THROW 50002, N'ARG_OUT_OF_RANGE: @EventIdsJson must name 1 to 500 events.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @BlockUser = 1 AND @Decision = N'approved'
        THROW 50009, N'ARG_CONFLICT: @BlockUser goes with a rejection.', 1;

    IF @Asked > 50 AND @Confirm = 0
        SELECT @ErrorCode = N'CONFIRMATION_REQUIRED',
               @Message = CONCAT(@Asked, N' events: confirm to review them all.');
    ELSE
    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        INSERT INTO @Users (UserId)
        SELECT DISTINCT e.UserId
        FROM @Events AS i
        INNER JOIN dbo.FraudEvents AS e ON e.FraudEventId = i.FraudEventId
        WHERE e.UserId IS NOT NULL;
        WHILE 1 = 1
        BEGIN
            SELECT @UserId = MIN(u.UserId) FROM @Users AS u
            WHERE @UserId IS NULL OR u.UserId > @UserId;
            IF @UserId IS NULL BREAK;
            EXEC dbo.sp_i_LockUser @UserId = @UserId;
        END;
        WHILE 1 = 1
        BEGIN
            SELECT @CouponId = MIN(e.CouponId)
            FROM @Events AS i
            INNER JOIN dbo.FraudEvents AS e ON e.FraudEventId = i.FraudEventId
            WHERE e.UserId IS NULL AND (@CouponId IS NULL OR e.CouponId > @CouponId);
            IF @CouponId IS NULL BREAK;
            -- Its flag may go below.
            SELECT @Id = k.CouponId FROM dbo.Coupons AS k WITH (UPDLOCK, ROWLOCK)
            WHERE k.CouponId = @CouponId;
        END;

        SELECT @Now = SYSUTCDATETIME(), @Id = NULL;
        WHILE 1 = 1
        BEGIN
            SELECT @Id = MIN(i.FraudEventId) FROM @Events AS i WHERE i.Result IS NULL;
            IF @Id IS NULL BREAK;
            EXEC dbo.sp_i_ReviewFraudEvent
                 @FraudEventId = @Id, @Decision = @Decision, @Note = @Note,
                 @BlockUser = @BlockUser, @Actor = @Actor, @IpAddress = @IpAddress,
                 @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                 @Now = @Now, @Result = @Result OUTPUT;
            UPDATE @Events SET Result = @Result WHERE FraudEventId = @Id;
        END;
        SELECT @Reviewed = COUNT(*) FROM @Events AS i WHERE i.Result = @Decision;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Reviewed AS Reviewed;
    SELECT i.FraudEventId, i.Result
    FROM @Events AS i
    WHERE i.Result IS NOT NULL
    ORDER BY i.FraudEventId;
END;
