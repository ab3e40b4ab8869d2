SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes hand-made coupons of a file into a campaign, wholly or not at all. A dry run, which
           is the default, tells of each row what would be done with it; so does the import. Codes
           that exist are errors, are skipped, or are updated with what the file names. New codes
           are inactive unless they are to be activated.
Called by: coupon_ops
Locks:     L1 (the key), L3 (existing coupons ascending, each with its stripes; then the new codes,
           whose absence is protected), L11 inserts; the campaign is only read. A dry run: none
Returns:   SR + Rows, Inserted, Updated, Skipped, Errors (filled also with IMPORT_HAS_ERRORS, then
           only the errors are counted); RS2 RowNo, CouponCode, Action, ErrorCode, Message.
           CAMPAIGN_NOT_FOUND, IMPORT_HAS_ERRORS, IDEMPOTENCY_KEY_REUSED
Throws:    50001, 50009, 50102; by its checks 50002, 50004, 50008
Replay:    the same key with the same rows and options returns the first outcome and writes nothing;
           with others IDEMPOTENCY_KEY_REUSED. A dry run neither uses nor takes the key
*/
CREATE OR ALTER PROCEDURE dbo.sp_ImportCoupons
    @CampaignId nvarchar(200),
    @RowsJson nvarchar(max),
    @DryRun bit = 1,
    @SkipDuplicates bit = 0,
    @UpdateExisting bit = 0,
    @ActivateImmediately bit = 0,
    @SendNotifications bit = 0,
    @IdempotencyKey nvarchar(200) = NULL,
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
            @ErrorCode nvarchar(50), @Message nvarchar(400), @RequestHash varbinary(32),
            @State nvarchar(10) = N'new', @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hold bit, @ReadJson nvarchar(max), @PlanJson nvarchar(max), @Rows int,
            @Inserted int, @Updated int, @Skipped int, @Errors int;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'campaign', @CampaignId = @CampaignId OUTPUT, @Actor = @Actor OUTPUT,
        @CorrelationId = @CorrelationId;
    SELECT @RowsJson = NULLIF(TRIM(@RowsJson), N''), @DryRun = COALESCE(@DryRun, 1),
           @IdempotencyKey = NULLIF(TRIM(@IdempotencyKey), N''),
           @SkipDuplicates = COALESCE(@SkipDuplicates, 0),
           @UpdateExisting = COALESCE(@UpdateExisting, 0),
           @ActivateImmediately = COALESCE(@ActivateImmediately, 0),
           @SendNotifications = COALESCE(@SendNotifications, 0);
    SET @Hold = IIF(@DryRun = 0, 1, 0);
    IF @RowsJson IS NULL THROW 50001, N'ARG_REQUIRED: @RowsJson', 1;
    IF LEN(@IdempotencyKey) > 100
        THROW 50008, N'ARG_TOO_LONG: @IdempotencyKey is longer than 100 characters.', 1;
    IF @SkipDuplicates = 1 AND @UpdateExisting = 1
        THROW 50009, N'ARG_CONFLICT: @SkipDuplicates excludes @UpdateExisting.', 1;

    -- The file is read and held against the rules before anything is locked.
    EXEC dbo.sp_i_ReadImportRows
        @CampaignId = @CampaignId, @RowsJson = @RowsJson, @Now = @Now,
        @ReadJson = @ReadJson OUTPUT;
    -- Unit separators keep neighbouring arguments apart.
    SET @RequestHash = HASHBYTES('SHA2_256', CONCAT(
        @CampaignId, @Mark, @SkipDuplicates, @Mark, @UpdateExisting, @Mark, @ActivateImmediately,
        @Mark, @SendNotifications, @Mark, @RowsJson));

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        IF @DryRun = 0 AND @IdempotencyKey IS NOT NULL
            EXEC dbo.sp_i_Idempotency
                @Scope = N'ImportCoupons', @IdempotencyKey = @IdempotencyKey,
                @RequestHash = @RequestHash, @Now = @Now, @State = @State OUTPUT,
                @StoredResult = @Stored OUTPUT;

        IF @State = N'reused'
            SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
                   @Message = N'Key was used with other arguments.';
        ELSE IF @State = N'replay'
            SELECT @ErrorCode = j.ErrorCode, @Message = j.Message, @Rows = j.[Rows],
                   @Inserted = j.Inserted, @Updated = j.Updated, @Skipped = j.Skipped,
                   @Errors = j.Errors, @PlanJson = j.PlanJson
            FROM OPENJSON(@Stored) WITH (
                ErrorCode nvarchar(50) '$.ErrorCode', Message nvarchar(400) '$.Message',
                [Rows] int '$.Rows', Inserted int '$.Inserted', Updated int '$.Updated',
                Skipped int '$.Skipped', Errors int '$.Errors',
                PlanJson nvarchar(max) '$.Plan' AS JSON) AS j;
        ELSE
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM dbo.Campaigns AS c
                           WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL)
                SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
                       @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
            ELSE
                EXEC dbo.sp_i_PlanImport
                    @CampaignId = @CampaignId, @ReadJson = @ReadJson,
                    @SkipDuplicates = @SkipDuplicates, @UpdateExisting = @UpdateExisting,
                    @Hold = @Hold, @PlanJson = @PlanJson OUTPUT, @RowCount = @Rows OUTPUT,
                    @Inserted = @Inserted OUTPUT, @Updated = @Updated OUTPUT,
                    @Skipped = @Skipped OUTPUT, @Errors = @Errors OUTPUT;

            IF @Errors > 0
                SELECT @ErrorCode = N'IMPORT_HAS_ERRORS', @Inserted = 0, @Updated = 0,
                       @Skipped = 0, @Message = CONCAT(@Errors, N' of ', @Rows,
                                                       N' rows have errors. Nothing is written.');
            ELSE IF @ErrorCode IS NULL
                SET @Message = CONCAT(@Inserted, N' inserted, ', @Updated, N' updated, ', @Skipped,
                                      N' skipped', IIF(@DryRun = 1, N' (dry run).', N'.'));
            IF @ErrorCode IS NULL AND @DryRun = 0
                EXEC dbo.sp_i_RecordImport
                    @CampaignId = @CampaignId, @ReadJson = @ReadJson, @PlanJson = @PlanJson,
                    @ActivateImmediately = @ActivateImmediately,
                    @SendNotifications = @SendNotifications, @Rows = @Rows, @Inserted = @Inserted,
                    @Updated = @Updated, @Skipped = @Skipped, @Actor = @Actor,
                    @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
                    @CorrelationId = @CorrelationId;

            IF @DryRun = 0 AND @IdempotencyKey IS NOT NULL
            BEGIN
                SET @Stored = (
                    SELECT @ErrorCode AS ErrorCode, @Message AS Message, @Rows AS [Rows],
                           @Inserted AS Inserted, @Updated AS Updated, @Skipped AS Skipped,
                           @Errors AS Errors, JSON_QUERY(@PlanJson) AS [Plan]
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
                EXEC dbo.sp_i_Idempotency
                    @Scope = N'ImportCoupons', @IdempotencyKey = @IdempotencyKey,
                    @Outcome = @Stored;
            END;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @Rows AS [Rows], @Inserted AS Inserted, @Updated AS Updated,
           @Skipped AS Skipped, @Errors AS Errors;
    SELECT p.RowNo, p.CouponCode, p.Action, p.ErrorCode, p.Message
    FROM OPENJSON(@PlanJson) WITH (
        RowNo int '$.rowNo', CouponCode nvarchar(200) '$.code', Action nvarchar(10) '$.action',
        ErrorCode nvarchar(50) '$.errorCode', Message nvarchar(400) '$.message') AS p
    ORDER BY p.RowNo;
END;
