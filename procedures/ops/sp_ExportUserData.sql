SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Everything that is stored about one person, as one JSON document: an object with one
           array for each table, the archives included. The export is audited.
Called by: coupon_ops
Locks:     L11: AuditLog. Reads without locks.
Returns:   SR + DataJson. USER_NOT_FOUND.
Throws:    50001 user missing; 50008 user, actor or correlation id too long; 50102 called in a
           doomed transaction.
Replay:    harmless: each export is one audit row
*/
CREATE OR ALTER PROCEDURE dbo.sp_ExportUserData
    @UserId nvarchar(200),
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
            @Rows int, @Facts nvarchar(max), @Traces nvarchar(max), @Usage nvarchar(max),
            @Billing nvarchar(max), @Logs nvarchar(max), @Data nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @UserId = NULLIF(TRIM(@UserId), N'');
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId', 1;
    IF LEN(@UserId) > 100 THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(TRIM(@Actor)) > 100
        THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@CorrelationId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CorrelationId is longer than 100 characters.', 1;

    EXEC dbo.sp_i_FindPerson
         @UserId = @UserId, @FactsJson = @Facts OUTPUT, @TracesJson = @Traces OUTPUT;
    EXEC dbo.sp_i_CountPerson @UserId = @UserId, @TracesJson = @Traces, @Rows = @Rows OUTPUT;

    IF @Rows > 0
    BEGIN
        BEGIN TRY
            IF @Own = 1 BEGIN TRANSACTION;
            EXEC dbo.sp_i_Audit @Action = N'user.export', @EntityType = N'user',
                 @EntityId = @UserId, @SubjectUserId = @UserId, @Actor = @Actor,
                 @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                 @CorrelationId = @CorrelationId, @Now = @Now;
            IF @Own = 1 COMMIT TRANSACTION;
        END TRY
        BEGIN CATCH
            IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
            THROW;
        END CATCH;

        EXEC dbo.sp_i_ExportUsage @UserId = @UserId, @Json = @Usage OUTPUT;
        EXEC dbo.sp_i_ExportBilling @UserId = @UserId, @Json = @Billing OUTPUT;
        EXEC dbo.sp_i_ExportLogs @UserId = @UserId, @FactsJson = @Facts, @TracesJson = @Traces,
             @Json = @Logs OUTPUT;
        -- Three objects become one: each without its braces.
        SET @Data = CONCAT(N'{', SUBSTRING(@Usage, 2, LEN(@Usage) - 2), N',',
                           SUBSTRING(@Billing, 2, LEN(@Billing) - 2), N',',
                           SUBSTRING(@Logs, 2, LEN(@Logs) - 2), N'}');
    END;

    SELECT CAST(IIF(@Rows > 0, 1, 0) AS bit) AS Success,
           CAST(IIF(@Rows > 0, NULL, N'USER_NOT_FOUND') AS nvarchar(50)) AS ErrorCode,
           CAST(IIF(@Rows > 0, N'User exported.', N'User not found.') AS nvarchar(400)) AS Message,
           @Data AS DataJson;
END;
