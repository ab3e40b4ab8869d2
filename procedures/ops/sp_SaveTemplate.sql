SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores a named set of coupon attributes to start new coupons from, or with @TemplateId
           another state of one. @Name is declared wider than its column so that 50008 can be told.
Called by: coupon_ops
Locks:     the template, and the absence of the name; L11 inserts
Returns:   SR + TemplateId. NAME_EXISTS, TEMPLATE_NOT_FOUND
Throws:    50001, 50003, 50008, 50102; by its checks 50002, 50004, 50006, 50007
Replay:    the present values again succeed and write nothing; a new template again is NAME_EXISTS
*/
CREATE OR ALTER PROCEDURE dbo.sp_SaveTemplate
    @TemplateId int = NULL,
    @Name nvarchar(200),
    @Category nvarchar(30) = N'general',
    @DefaultsJson nvarchar(max),
    @IsActive bit = 1,
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
            @ErrorCode nvarchar(50), @Message nvarchar(400) = N'Template stored.',
            @Verb nvarchar(20) = N'update', @EntityId nvarchar(120), @DiscountType nvarchar(20),
            @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @Name = NULLIF(TRIM(@Name), N''),
           @Category = COALESCE(NULLIF(TRIM(@Category), N''), N'general'),
           @DefaultsJson = NULLIF(TRIM(@DefaultsJson), N''), @IsActive = COALESCE(@IsActive, 1);
    IF @Name IS NULL THROW 50001, N'ARG_REQUIRED: @Name', 1;
    IF @DefaultsJson IS NULL THROW 50001, N'ARG_REQUIRED: @DefaultsJson', 1;
    IF LEN(@Name) > 100 THROW 50008, N'ARG_TOO_LONG: @Name is longer than 100 characters.', 1;
    IF @Category COLLATE Latin1_General_100_BIN2 NOT IN (N'general', N'seasonal', N'holiday')
        THROW 50003, N'ARG_NOT_IN_LIST: @Category must be general, seasonal or holiday.', 1;
    EXEC dbo.sp_i_CheckCouponDefaults
        @CampaignId = NULL, @CouponDefaultsJson = @DefaultsJson, @ExpirationDate = NULL,
        @AllowPastStart = 0, @Now = @Now, @DiscountType = @DiscountType OUTPUT,
        @Parameter = N'@DefaultsJson';
    SET @AfterJson = (SELECT @Name AS name, @Category AS category,
                             JSON_QUERY(@DefaultsJson) AS defaults, @IsActive AS isActive
                      FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @BeforeJson = (SELECT t.Name AS name, t.Category AS category,
                                     JSON_QUERY(t.DefaultsJson) AS defaults,
                                     t.IsActive AS isActive
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
        FROM dbo.CouponTemplates AS t WITH (UPDLOCK, ROWLOCK)
        WHERE t.TemplateId = @TemplateId;
        SET @Now = SYSUTCDATETIME();

        IF @TemplateId IS NOT NULL AND @BeforeJson IS NULL
            SELECT @ErrorCode = N'TEMPLATE_NOT_FOUND',
                   @Message = CONCAT(N'Template ', @TemplateId, N' not found.');
        -- UPDLOCK, HOLDLOCK: nobody may take the name between this look and the write below.
        ELSE IF EXISTS (SELECT 1 FROM dbo.CouponTemplates AS t WITH (UPDLOCK, HOLDLOCK)
                        WHERE t.Name = @Name
                          AND (@TemplateId IS NULL OR t.TemplateId <> @TemplateId))
            SELECT @ErrorCode = N'NAME_EXISTS',
                   @Message = N'There is a template of that name already.';
        ELSE IF @TemplateId IS NULL
        BEGIN
            INSERT INTO dbo.CouponTemplates
                (Name, Category, DefaultsJson, IsActive, CreatedAt, CreatedBy, UpdatedAt,
                 UpdatedBy)
            VALUES (@Name, @Category, @DefaultsJson, @IsActive, @Now, @Actor, @Now, @Actor);
            SELECT @TemplateId = SCOPE_IDENTITY(), @Verb = N'create';
        END
        ELSE IF @BeforeJson <> @AfterJson COLLATE Latin1_General_100_BIN2
            UPDATE dbo.CouponTemplates
            SET Name = @Name, Category = @Category, DefaultsJson = @DefaultsJson,
                IsActive = @IsActive, UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE TemplateId = @TemplateId;

        IF @ErrorCode IS NULL
           AND COALESCE(@BeforeJson, N'') <> @AfterJson COLLATE Latin1_General_100_BIN2
        BEGIN
            SET @EntityId = CAST(@TemplateId AS nvarchar(20));
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'template', @EntityId = @EntityId, @Verb = @Verb,
                @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
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
           IIF(@ErrorCode IS NULL, @TemplateId, NULL) AS TemplateId;
END;
