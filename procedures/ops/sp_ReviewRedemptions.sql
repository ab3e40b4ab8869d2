SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides up to 500 ledger rows that wait for a review: approved, or rejected, and then,
           with @Reverse, taken back with their use restored. Rows that do not wait for a review
           are left alone.
Called by: coupon_ops
Locks:     L2 to L11 as sp_i_ReviewRedemption, one transaction a row, so that no campaign stays
           locked for all of them; in a caller's transaction all rows in it, those of one user
           together.
Returns:   SR + Reviewed, the rows that were decided here
Throws:    50001, 50002, 50003, 50004, 50008, 50009, 50102; 50100, 50200, 50201, 50202 as
           sp_i_ReviewRedemption: the rows before that one are decided
Replay:    what was reviewed stays as it is and is not counted
*/
CREATE OR ALTER PROCEDURE dbo.sp_ReviewRedemptions
    @RedemptionIdsJson nvarchar(max),
    @Decision nvarchar(10),
    @Reverse bit = 0,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Reviewed int = 0, @Asked int,
            @Place int = 1, @Id bigint, @WasReviewed bit;
    DECLARE @Asking TABLE (RedemptionId bigint NOT NULL PRIMARY KEY);
    DECLARE @Work TABLE (
        Place int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        RedemptionId bigint NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @RedemptionIdsJson = NULLIF(TRIM(@RedemptionIdsJson), N''),
           @Decision = NULLIF(TRIM(@Decision), N''), @Reverse = COALESCE(@Reverse, 0),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @RedemptionIdsJson IS NULL THROW 50001, N'ARG_REQUIRED: @RedemptionIdsJson', 1;
    IF @Decision IS NULL THROW 50001, N'ARG_REQUIRED: @Decision', 1;
    IF @Decision COLLATE Latin1_General_100_BIN2 NOT IN (N'approved', N'rejected')
        THROW 50003, N'ARG_NOT_IN_LIST: @Decision must be approved or rejected.', 1;
    EXEC dbo.sp_i_CheckJson @Json = @RedemptionIdsJson, @Parameter = N'@RedemptionIdsJson',
         @Shape = N'array';
    IF EXISTS (SELECT 1 FROM OPENJSON(@RedemptionIdsJson) AS j
               WHERE j.type <> 2 OR TRY_CAST(j.value AS bigint) IS NULL)
        THROW 50004, N'ARG_BAD_JSON: @RedemptionIdsJson must be an array of redemption ids.', 1;
    INSERT INTO @Asking (RedemptionId)
    SELECT DISTINCT CAST(j.value AS bigint) FROM OPENJSON(@RedemptionIdsJson) AS j;
    SET @Asked = @@ROWCOUNT;
    IF @Asked NOT BETWEEN 1 AND 500
        THROW 50002, N'ARG_OUT_OF_RANGE: @RedemptionIdsJson must name 1 to 500 redemptions.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@CorrelationId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CorrelationId is longer than 100 characters.', 1;
    IF @Reverse = 1 AND @Decision = N'approved'
        THROW 50009, N'ARG_CONFLICT: @Reverse goes with a rejection.', 1;

    BEGIN TRY
        INSERT INTO @Work (RedemptionId)
        SELECT h.RedemptionId
        FROM @Asking AS a
        INNER JOIN dbo.RedemptionHistory AS h ON h.RedemptionId = a.RedemptionId
        WHERE h.ReviewStatus = N'pending'
        ORDER BY h.UserId, h.CouponId, h.RedemptionId;
        SET @Asked = @@ROWCOUNT;

        WHILE @Place <= @Asked
        BEGIN
            SELECT @Id = w.RedemptionId FROM @Work AS w WHERE w.Place = @Place;
            SET @Place += 1;
            IF @Own = 1 BEGIN TRANSACTION;
            EXEC dbo.sp_i_ReviewRedemption
                 @RedemptionId = @Id, @Decision = @Decision, @Reverse = @Reverse,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId,
                 @WasReviewed = @WasReviewed OUTPUT;
            IF @Own = 1 COMMIT TRANSACTION;
            SET @Reviewed += CAST(@WasReviewed AS int);
        END;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Redemptions reviewed.' AS nvarchar(400)) AS Message, @Reviewed AS Reviewed;
END;
