SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores the description of a coupon in one language, in place of the present one; NULL
           removes it. While a coupon has descriptions it has one in English. @LanguageCode and
           @Description are declared wider than their columns so that 50008 can be told.
Called by: coupon_ops
Locks:     L3 (the coupon), L11 inserts
Returns:   SR. COUPON_NOT_FOUND
Throws:    50001, 50008, 50009, 50102
Replay:    the present text again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetTranslation
    @CouponCode nvarchar(200),
    @LanguageCode nvarchar(200),
    @Description nvarchar(2000),
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
            @Message nvarchar(400), @CouponId bigint, @Before nvarchar(1000),
            @HasEnglish bit, @HasOthers bit, @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'coupon', @CouponCode = @CouponCode OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    SELECT @LanguageCode = NULLIF(LOWER(TRIM(@LanguageCode)), N''),
           @Description = NULLIF(TRIM(@Description), N'');
    IF @LanguageCode IS NULL THROW 50001, N'ARG_REQUIRED: @LanguageCode', 1;
    IF LEN(@LanguageCode) > 10
        THROW 50008, N'ARG_TOO_LONG: @LanguageCode is longer than 10 characters.', 1;
    IF LEN(@Description) > 1000
        THROW 50008, N'ARG_TOO_LONG: @Description is longer than 1000 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockOwner
            @CouponCode = @CouponCode, @CouponId = @CouponId OUTPUT,
            @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT;
        SET @Now = SYSUTCDATETIME();
        SELECT @Before = MAX(IIF(t.LanguageCode = @LanguageCode, t.Description, NULL)),
               @HasEnglish = MAX(IIF(t.LanguageCode = N'en', 1, 0)),
               @HasOthers = MAX(IIF(t.LanguageCode <> N'en', 1, 0))
        FROM dbo.CouponTranslations AS t
        WHERE t.CouponId = @CouponId;

        IF @ErrorCode IS NULL AND @LanguageCode = N'en' AND @Description IS NULL
           AND @HasOthers = 1
            THROW 50009, N'ARG_CONFLICT: @LanguageCode en stays while there are others.', 1;
        IF @ErrorCode IS NULL AND @LanguageCode <> N'en' AND @Description IS NOT NULL
           AND COALESCE(@HasEnglish, 0) = 0
            THROW 50009, N'ARG_CONFLICT: @LanguageCode en must be described first.', 1;

        IF @ErrorCode IS NULL
            SET @Message = IIF(@Description IS NULL, N'Description removed.',
                               N'Description stored.');
        IF @ErrorCode IS NULL AND COALESCE(@Before, N'') <> COALESCE(@Description, N'')
                                                           COLLATE Latin1_General_100_BIN2
        BEGIN
            DELETE FROM dbo.CouponTranslations
            WHERE CouponId = @CouponId AND LanguageCode = @LanguageCode;
            IF @Description IS NOT NULL
                INSERT INTO dbo.CouponTranslations (CouponId, LanguageCode, Description)
                VALUES (@CouponId, @LanguageCode, @Description);
            -- The coupon itself carries the English text.
            UPDATE dbo.Coupons
            SET Description = IIF(@LanguageCode = N'en', @Description, Description),
                UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE CouponId = @CouponId;

            SET @BeforeJson = (SELECT @LanguageCode AS [language], @Before AS [text]
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
            SET @AfterJson = (SELECT @LanguageCode AS [language], @Description AS [text]
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'coupon', @EntityId = @CouponCode, @CouponId = @CouponId,
                @Verb = N'set_translation', @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
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
           @Message AS Message;
END;
