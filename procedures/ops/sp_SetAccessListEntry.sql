SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Blocks, watches or trusts a subject: user, address, country, e-mail domain, device,
           payment method, part of a user agent. Adding again updates the entry.
Called by: coupon_ops
Locks:     L11: AccessLists, AuditLog, OutboxEvents
Returns:   SR + EntryId
Throws:    50001, 50002, 50003, 50005, 50006, 50008, 50009, 50102
Replay:    the present state again succeeds and writes nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetAccessListEntry
    @ListKind nvarchar(5),
    @SubjectKind nvarchar(20),
    @SubjectValue nvarchar(254),
    @RiskScore decimal(3,2) = NULL,
    @ExpiresAt datetime2(3) = NULL,
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
            @EntryId bigint, @HasChanged bit;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @ListKind = NULLIF(TRIM(@ListKind), N''), @SubjectKind = NULLIF(TRIM(@SubjectKind), N''),
           @SubjectValue = NULLIF(TRIM(@SubjectValue), N''),
           @Reason = COALESCE(NULLIF(TRIM(@Reason), N''), N'set by hand'),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    IF @ListKind IS NULL THROW 50001, N'ARG_REQUIRED: @ListKind', 1;
    IF @SubjectKind IS NULL THROW 50001, N'ARG_REQUIRED: @SubjectKind', 1;
    IF @SubjectValue IS NULL THROW 50001, N'ARG_REQUIRED: @SubjectValue', 1;
    IF @RiskScore NOT BETWEEN 0 AND 1
        THROW 50002, N'ARG_OUT_OF_RANGE: @RiskScore must be 0 to 1.', 1;
    IF @ListKind COLLATE Latin1_General_100_BIN2 NOT IN (N'block', N'watch', N'white')
        THROW 50003, N'ARG_NOT_IN_LIST: @ListKind must be block, watch or white.', 1;
    IF @SubjectKind COLLATE Latin1_General_100_BIN2
       NOT IN (N'user', N'ip', N'country', N'email_domain', N'disposable_domain', N'device',
               N'payment_method', N'user_agent')
        THROW 50003, N'ARG_NOT_IN_LIST: @SubjectKind is not a kind of subject.', 1;
    IF LEN(@SubjectValue) > CASE WHEN @SubjectKind = N'user' THEN 100
                                 WHEN @SubjectKind = N'ip' THEN 45
                                 WHEN @SubjectKind IN (N'device', N'payment_method') THEN 128
                                 ELSE 254 END
        THROW 50008, N'ARG_TOO_LONG: @SubjectValue', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF @ExpiresAt <= @Now
        THROW 50006, N'ARG_BAD_DATES: @ExpiresAt is in the past.', 1;
    IF @RiskScore IS NOT NULL AND @ListKind <> N'watch'
        THROW 50009, N'ARG_CONFLICT: @RiskScore belongs to the watch list.', 1;
    -- As the steps compare: countries upper, domains lower.
    SET @SubjectValue = CASE
        WHEN @SubjectKind = N'country' THEN UPPER(@SubjectValue)
        WHEN @SubjectKind IN (N'email_domain', N'disposable_domain') THEN LOWER(@SubjectValue)
        ELSE @SubjectValue END;
    IF @SubjectKind = N'country'
       AND @SubjectValue COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Z][A-Z]'
        THROW 50005, N'ARG_BAD_CODE: @SubjectValue must be a country code of two letters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        EXEC dbo.sp_i_SetListEntry
             @ListKind = @ListKind, @SubjectKind = @SubjectKind, @SubjectValue = @SubjectValue,
             @RiskScore = @RiskScore, @RecommendedAction = NULL, @ExpiresAt = @ExpiresAt,
             @Reason = @Reason, @Actor = @Actor, @IpAddress = @IpAddress,
             @UserAgent = @UserAgent, @CorrelationId = @CorrelationId, @Now = @Now,
             @EntryId = @EntryId OUTPUT, @HasChanged = @HasChanged OUTPUT;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Entry stored.' AS nvarchar(400)) AS Message, @EntryId AS EntryId;
END;
