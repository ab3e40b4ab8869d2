SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Activates, deactivates, extends or deletes many coupons at once: those of a list of
           codes, or of a filter with the keys of sp_SearchCoupons (its order and pages do not
           matter). Deleting, or more than 100 coupons, needs @Confirm. Of more than @MaxRows the
           first by CouponId change. Rows that are refused are reported, the others change.
Called by: coupon_ops
Locks:     L3 (the coupons ascending, each with its stripes when it is to stop), L11 inserts. Row
           by row: no statement takes enough locks to lock the table
Returns:   SR + Matched, Changed (Matched is filled also with CONFIRMATION_REQUIRED);
           RS2 CouponCode, Changed, ErrorCode
Throws:    50001, 50002, 50003, 50009, 50102; by its checks 50004, 50006, 50008
Replay:    coupons that are in that state already count as matched and are not written again;
           @ExtendDays extends again
*/
CREATE OR ALTER PROCEDURE dbo.sp_BulkUpdateCoupons
    @CodesJson nvarchar(max) = NULL,
    @FilterJson nvarchar(max) = NULL,
    @Action nvarchar(20),
    @NewExpiresAt datetime2(3) = NULL,
    @ExtendDays int = NULL,
    @MaxRows int = 1000,
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

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @ErrorCode nvarchar(50),
            @Message nvarchar(400), @FoundJson nvarchar(max), @Matched int, @Changed int,
            @CouponId bigint = 0, @Stripes tinyint, @IsChanged bit, @RowError nvarchar(50);
    DECLARE @Rows TABLE (
        Code nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        CouponId bigint NULL, Changed bit NOT NULL, ErrorCode nvarchar(50) NULL,
        INDEX IX_Rows (CouponId));

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @CodesJson = NULLIF(TRIM(@CodesJson), N''), @FilterJson = NULLIF(TRIM(@FilterJson), N''),
           @Action = NULLIF(TRIM(@Action), N''), @MaxRows = COALESCE(@MaxRows, 1000);
    IF @Action IS NULL THROW 50001, N'ARG_REQUIRED: @Action', 1;
    IF @Action COLLATE Latin1_General_100_BIN2
            NOT IN (N'activate', N'deactivate', N'extend_expiry', N'delete')
        THROW 50003, N'ARG_NOT_IN_LIST: @Action is no bulk change.', 1;
    IF @CodesJson IS NULL AND @FilterJson IS NULL
        THROW 50009, N'ARG_CONFLICT: @CodesJson or @FilterJson must be given.', 1;
    IF @CodesJson IS NOT NULL AND @FilterJson IS NOT NULL
        THROW 50009, N'ARG_CONFLICT: @CodesJson excludes @FilterJson.', 1;
    IF @Action = N'extend_expiry' AND @NewExpiresAt IS NULL AND @ExtendDays IS NULL
        THROW 50009, N'ARG_CONFLICT: @NewExpiresAt or @ExtendDays must be given.', 1;
    IF @NewExpiresAt IS NOT NULL AND @ExtendDays IS NOT NULL
        THROW 50009, N'ARG_CONFLICT: @NewExpiresAt excludes @ExtendDays.', 1;
    IF @Action <> N'extend_expiry' AND COALESCE(@ExtendDays, IIF(@NewExpiresAt IS NULL, 0, 1)) <> 0
        THROW 50009, N'ARG_CONFLICT: @NewExpiresAt and @ExtendDays go with extend_expiry.', 1;
    IF @ExtendDays NOT BETWEEN 1 AND 3650
        THROW 50002, N'ARG_OUT_OF_RANGE: @ExtendDays must be 1 to 3650.', 1;
    IF @MaxRows NOT BETWEEN 1 AND 10000
        THROW 50002, N'ARG_OUT_OF_RANGE: @MaxRows must be 1 to 10,000.', 1;

    EXEC dbo.sp_i_SelectCoupons
        @CodesJson = @CodesJson, @FilterJson = @FilterJson, @MaxRows = @MaxRows,
        @FoundJson = @FoundJson OUTPUT, @Matched = @Matched OUTPUT;
    IF (@Action = N'delete' OR @Matched > 100) AND COALESCE(@Confirm, 0) = 0
        SELECT @ErrorCode = N'CONFIRMATION_REQUIRED',
               @Message = CONCAT(@Matched, N' coupons match. Repeat with @Confirm = 1.');
    ELSE
        INSERT INTO @Rows (Code, CouponId, Changed, ErrorCode)
        SELECT j.Code, j.CouponId, 0, IIF(j.CouponId IS NULL, N'COUPON_NOT_FOUND', NULL)
        FROM OPENJSON(@FoundJson) WITH (
            CouponId bigint '$.couponId', Code nvarchar(200) '$.code') AS j;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- All locks first, one by one in ascending order: claims under way end, those that come
        -- wait, and nobody who only reads a coupon is in the way before the writing begins.
        WHILE @CouponId IS NOT NULL
        BEGIN
            SELECT @CouponId = MIN(r.CouponId) FROM @Rows AS r WHERE r.CouponId > @CouponId;
            -- UPDLOCK: what is read is what changes below.
            SELECT @Stripes = k.StripeCount
            FROM dbo.Coupons AS k WITH (UPDLOCK, ROWLOCK)
            WHERE k.CouponId = @CouponId;
            IF @CouponId IS NOT NULL AND @Stripes > 1 AND @Action IN (N'deactivate', N'delete')
                EXEC dbo.sp_i_LockCouponStripes @CouponId = @CouponId;
        END;

        SET @CouponId = 0;
        WHILE @CouponId IS NOT NULL
        BEGIN
            SELECT @CouponId = MIN(r.CouponId) FROM @Rows AS r WHERE r.CouponId > @CouponId;
            IF @CouponId IS NOT NULL
            BEGIN
                EXEC dbo.sp_i_ChangeCouponState
                    @CouponId = @CouponId, @Action = @Action, @NewExpiresAt = @NewExpiresAt,
                    @ExtendDays = @ExtendDays, @Actor = @Actor, @IpAddress = @IpAddress,
                    @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                    @Changed = @IsChanged OUTPUT, @ErrorCode = @RowError OUTPUT;
                UPDATE @Rows
                SET Changed = @IsChanged, ErrorCode = @RowError
                WHERE CouponId = @CouponId;
            END;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    IF @ErrorCode IS NULL
        SELECT @Changed = COUNT(IIF(r.Changed = 1, 1, NULL)),
               @Message = CONCAT(COUNT(IIF(r.Changed = 1, 1, NULL)), N' of ', @Matched,
                                 N' matching coupons changed, ', COUNT(r.ErrorCode), N' refused.')
        FROM @Rows AS r;
    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Matched AS Matched, @Changed AS Changed;
    SELECT r.Code AS CouponCode, r.Changed, r.ErrorCode FROM @Rows AS r ORDER BY r.Code;
END;
