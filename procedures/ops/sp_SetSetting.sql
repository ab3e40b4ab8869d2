SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes one setting, within its type and range. The three risk thresholds must stay in
           descending order: block, manual review, automatic flag.
Called by: coupon_ops
Locks:     the settings row (for a threshold first auto_flag_threshold), L11 insert
Returns:   SR
Throws:    50001, 50008, 50102
Replay:    the present value again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetSetting
    @SettingName nvarchar(60),
    @SettingValue nvarchar(400),
    @ExpectedRowVer binary(8) = NULL,
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
            @Message nvarchar(400) = N'Setting stored.', @OldValue nvarchar(400),
            @ValueType nvarchar(10), @MinValue decimal(18,4), @MaxValue decimal(18,4),
            @RowVer binary(8), @Number decimal(18,4), @IsThreshold bit, @Guard nvarchar(60),
            @BlockAt decimal(18,4), @ReviewAt decimal(18,4), @FlagAt decimal(18,4),
            @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @SettingName = NULLIF(TRIM(@SettingName), N''),
           @SettingValue = NULLIF(TRIM(@SettingValue), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    SET @IsThreshold = IIF(@SettingName IN (N'risk_score_block_threshold',
                           N'manual_review_threshold', N'auto_flag_threshold'), 1, 0);

    IF @SettingName IS NULL THROW 50001, N'ARG_REQUIRED: @SettingName', 1;
    IF @SettingValue IS NULL THROW 50001, N'ARG_REQUIRED: @SettingValue', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- One row stands guard for the three thresholds, which are judged together.
        IF @IsThreshold = 1
            SELECT @Guard = s.SettingName
            FROM dbo.Settings AS s WITH (UPDLOCK, ROWLOCK)
            WHERE s.SettingName = N'auto_flag_threshold';

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @OldValue = s.SettingValue, @ValueType = s.ValueType, @MinValue = s.MinValue,
               @MaxValue = s.MaxValue, @RowVer = s.RowVer
        FROM dbo.Settings AS s WITH (UPDLOCK, ROWLOCK)
        WHERE s.SettingName = @SettingName;

        SELECT @Now = SYSUTCDATETIME(),
               @Number = CASE WHEN @ValueType = N'decimal'
                                  THEN TRY_CAST(@SettingValue AS decimal(18,4))
                              WHEN @ValueType = N'bit' AND @SettingValue NOT IN (N'0', N'1')
                                  THEN NULL
                              ELSE TRY_CAST(@SettingValue AS int) END;
        SELECT @BlockAt = b.DecimalValue, @ReviewAt = m.DecimalValue, @FlagAt = f.DecimalValue
        FROM dbo.fn_Setting(N'risk_score_block_threshold') AS b
        CROSS JOIN dbo.fn_Setting(N'manual_review_threshold') AS m
        CROSS JOIN dbo.fn_Setting(N'auto_flag_threshold') AS f;
        SELECT @BlockAt = IIF(@SettingName = N'risk_score_block_threshold', @Number, @BlockAt),
               @ReviewAt = IIF(@SettingName = N'manual_review_threshold', @Number, @ReviewAt),
               @FlagAt = IIF(@SettingName = N'auto_flag_threshold', @Number, @FlagAt);

        IF @OldValue IS NULL
            SELECT @ErrorCode = N'SETTING_NOT_FOUND',
                   @Message = CONCAT(N'Setting ', @SettingName, N' not found.');
        ELSE IF @RowVer <> @ExpectedRowVer
            SELECT @ErrorCode = N'CONCURRENT_UPDATE',
                   @Message = N'The setting was changed since it was read.';
        ELSE IF @ValueType <> N'text'
                AND (@Number IS NULL OR @Number < @MinValue OR @Number > @MaxValue)
            SELECT @ErrorCode = N'SETTING_OUT_OF_RANGE',
                   @Message = CONCAT(@SettingName, N' must be ', @ValueType, N' within ', @MinValue,
                                     N' and ', COALESCE(CAST(@MaxValue AS nvarchar(30)), N'any.'));
        ELSE IF @IsThreshold = 1 AND (@BlockAt < @ReviewAt OR @ReviewAt < @FlagAt)
            SELECT @ErrorCode = N'SETTING_OUT_OF_RANGE',
                   @Message = N'Thresholds must descend: block, manual review, automatic flag.';
        ELSE IF @OldValue COLLATE Latin1_General_100_BIN2 <> @SettingValue
        BEGIN
            UPDATE dbo.Settings
            SET SettingValue = @SettingValue, UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE SettingName = @SettingName;
            SET @BeforeJson = (SELECT @OldValue AS value FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @AfterJson = (SELECT @SettingValue AS value FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'setting.update', @EntityType = N'setting',
                 @EntityId = @SettingName, @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
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
